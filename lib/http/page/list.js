// The list of events, the newest first. Only the rows in view exist as elements, so that ten thousand events cost no more than
// twenty. To assistive technology it is a listbox: the list has the focus, and names the row that is active.

import { make } from './dom.js';
import { mark, setMark, streamName } from './symbols.js';
import { ageText, now } from './times.js';

const rowHeight = 46; // as in style.css, in pixels
const spare = 6; // rows beyond each end of the view
const freshTime = 15 * 1000; // a row is marked as new for so long
const ageInterval = 1000;

export class List {
  #box;
  #space = make('div', { class: 'space', role: 'presentation' });
  #toNewest;
  #symbolOf;
  #onOpen;
  #onActive;
  #events = []; // the oldest first
  #rows = new Map(); // by digest
  #active = ''; // a digest
  #fresh = new Map(); // digest to when it came, as performance.now()
  #pressed; // a digest
  #unseen = 0;
  #isScheduled = false;

  // box: the element; toNewest: a button that is shown while newer events are out of view. symbolOf(event): its symbol.
  // onOpen(event): it was clicked, or Enter was pressed. onActive(event): the active row is another.
  constructor(box, toNewest, { symbolOf, onOpen, onActive }) {
    this.#box = box;
    this.#toNewest = toNewest;
    this.#symbolOf = symbolOf;
    this.#onOpen = onOpen;
    this.#onActive = onActive;
    box.append(this.#space);
    box.addEventListener('scroll', () => this.#schedule(), { passive: true });
    box.addEventListener('keydown', (key) => this.key(key));
    // A row may move on between press and release.
    box.addEventListener('pointerdown', (press) => (this.#pressed = press.target.closest('[role=option]')?.dataset.digest));
    box.addEventListener('click', (click) => {
      const event = this.#events[this.#indexOf(this.#pressed ?? click.target.closest('[role=option]')?.dataset.digest)];
      this.#pressed = undefined;
      if (event) this.open(event);
    });
    toNewest.addEventListener('click', () => this.#scrollTo(0));
    new ResizeObserver(() => this.#schedule()).observe(box);
    addEventListener('themechange', () => this.#schedule());
    setInterval(() => this.#drawAges(), ageInterval);
  }

  // show(events): these and no others, the oldest first.
  show(events) {
    this.#events = events;
    this.#unseen = 0;
    this.#schedule();
  }

  // append(events, all): new ones, at the top; all of them are what show would be given. What is in view stays in view.
  append(events, all) {
    const before = this.#events.length;
    this.#events = all;
    const time = performance.now();
    for (const event of events) this.#fresh.set(event.digest, time);
    for (const [digest, came] of this.#fresh) if (time - came > freshTime) this.#fresh.delete(digest);
    if (this.#box.scrollTop > rowHeight / 2) {
      this.#stretch();
      this.#box.scrollTop += events.length * rowHeight;
      this.#unseen += events.length;
    }
    if (before !== all.length || events.length) this.#schedule();
  }

  // select(event): makes it the active row and shows it, without opening it.
  select(event) {
    this.#active = event?.digest ?? '';
    const index = this.#indexOf(this.#active);
    if (index >= 0) this.#scrollIntoView(this.#events.length - 1 - index);
    this.#schedule();
  }

  open(event) {
    this.select(event);
    this.#onOpen(event);
  }

  focus() {
    this.#box.focus({ preventScroll: true });
  }

  // move(by): the active row is the one so many rows further down; the first one if there is none.
  move(by) {
    if (!this.#events.length) return;
    const last = this.#events.length - 1;
    const index = this.#indexOf(this.#active);
    const row = index < 0 ? 0 : Math.min(last, Math.max(0, last - index + by));
    const event = this.#events[last - row];
    this.select(event);
    this.#onActive(event);
  }

  openActive() {
    const event = this.#events[this.#indexOf(this.#active)];
    if (event) this.#onOpen(event);
  }

  get pageLength() {
    return Math.max(1, Math.floor(this.#box.clientHeight / rowHeight) - 1);
  }

  // -1 if it is not shown.
  #indexOf(digest) {
    return digest ? this.#events.findLastIndex((event) => event.digest === digest) : -1;
  }

  // key(event): does what a key that was pressed means for the list; false if it means nothing.
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return false;
    const moves = {
      ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: this.pageLength, PageUp: -this.pageLength,
      Home: -Infinity, End: Infinity,
    };
    if (event.key in moves) this.move(moves[event.key]);
    else if (event.key === 'Enter') this.openActive();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #scrollTo(top) {
    this.#box.scrollTop = top;
    this.#schedule();
  }
  #scrollIntoView(row) {
    this.#stretch();
    const top = row * rowHeight;
    const height = this.#box.clientHeight;
    if (top < this.#box.scrollTop) this.#scrollTo(top);
    else if (top + rowHeight > this.#box.scrollTop + height) this.#scrollTo(top + rowHeight - height);
  }

  #stretch() {
    this.#space.style.height = `${this.#events.length * rowHeight}px`;
  }

  #schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const draw = () => {
      if (!this.#isScheduled) return;
      this.#isScheduled = false;
      this.#draw();
    };
    // A page in the background has no frames.
    if (document.hidden) setTimeout(draw, 100);
    else requestAnimationFrame(draw);
  }

  #draw() {
    this.#stretch();
    const top = this.#box.scrollTop;
    const first = Math.max(0, Math.floor(top / rowHeight) - spare);
    const end = Math.min(this.#events.length, Math.ceil((top + this.#box.clientHeight) / rowHeight) + spare);
    const old = this.#rows;
    this.#rows = new Map();
    for (let row = first; row < end; ++row) {
      const event = this.#events[this.#events.length - 1 - row];
      const element = old.get(event.digest) ?? this.#makeRow(event);
      old.delete(event.digest);
      this.#place(element, event, row);
      this.#rows.set(event.digest, element);
    }
    for (const element of old.values()) element.remove();
    let next = this.#space.firstChild; // in the order in which they are read aloud
    for (const element of this.#rows.values()) {
      if (element === next) next = next.nextSibling;
      else this.#space.insertBefore(element, next);
    }
    const active = this.#rows.get(this.#active);
    if (active) this.#box.setAttribute('aria-activedescendant', active.id);
    else this.#box.removeAttribute('aria-activedescendant');
    if (top < rowHeight) this.#unseen = 0;
    this.#toNewest.hidden = !this.#unseen;
    this.#toNewest.textContent = `↑ ${this.#unseen} new`;
    this.#drawAges();
  }

  #makeRow(event) {
    const hash = event.ivorn.indexOf('#');
    const [stream, local] = hash < 0 ? [event.ivorn, ''] : [event.ivorn.slice(0, hash), event.ivorn.slice(hash)];
    return make('div', { role: 'option', id: `row-${event.digest}`, 'data-digest': event.digest, title: event.ivorn },
      make('span', { class: 'stream' }, mark(this.#symbolOf(event)), streamName(event.stream)),
      make('span', { class: 'role', 'data-role': event.role }, event.role),
      make('span', { class: 'age', title: 'since it was received' }),
      make('time', { title: 'time of the observation, UTC' }, event.observed),
      make('span', { class: 'ivorn' }, make('span', {}, make('bdi', { dir: 'ltr' }, stream)), local ? make('b', {}, local) : null));
  }

  #place(element, event, row) {
    element.style.transform = `translateY(${row * rowHeight}px)`;
    element.setAttribute('aria-setsize', this.#events.length);
    element.setAttribute('aria-posinset', row + 1);
    element.setAttribute('aria-selected', event.digest === this.#active);
    element.classList.toggle('fresh', performance.now() - (this.#fresh.get(event.digest) ?? -Infinity) < freshTime);
    setMark(element.querySelector('svg'), this.#symbolOf(event));
  }

  #drawAges() {
    for (const [digest, element] of this.#rows) {
      const event = this.#events[this.#indexOf(digest)];
      if (!event) continue;
      const age = element.querySelector('.age');
      const text = ageText(now() - event.received);
      if (age.textContent !== text) age.textContent = text;
    }
  }
}
