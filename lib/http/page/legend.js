// The streams of the events that are kept, with their symbols and the numbers of their events. A click shows only one stream.

import { make } from './dom.js';
import { mark, setMark, streamName } from './symbols.js';

// The streams with the most events are shown; the rest are counted.
const mostStreams = 40;
const interval = 1000; // between two drawings, in milliseconds

export class Legend {
  #list;
  #symbols;
  #items = new Map(); // by stream
  #rest = make('li');
  #wanted; // {counts, chosen}
  #isScheduled = false;
  #chosen;

  // list: the element. onPick(stream): it was clicked.
  constructor(list, symbols, onPick) {
    this.#list = list;
    this.#symbols = symbols;
    list.addEventListener('click', (click) => {
      const button = click.target.closest('button');
      if (button) onPick(button.dataset.stream);
    });
  }

  // show(counts, chosen): a Map of streams to the numbers of their events; chosen: the stream that is filtered by.
  show(counts, chosen) {
    this.#wanted = { counts, chosen };
    if (!this.#items.size || chosen !== this.#chosen) this.#draw();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => {
      this.#isScheduled = false;
      this.#draw();
    }, interval);
  }

  #draw() {
    const { counts, chosen } = this.#wanted;
    this.#chosen = chosen;
    const streams = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const old = this.#items;
    this.#items = new Map();
    for (const [stream, count] of streams.slice(0, mostStreams)) {
      const item = old.get(stream) ?? this.#makeItem(stream);
      this.#update(item, stream, count, chosen);
      this.#items.set(stream, item);
      old.delete(stream);
    }
    for (const item of old.values()) item.remove();
    // What somebody is about to click does not move.
    const isPointedAt = this.#list.matches(':hover, :focus-within');
    let next = this.#list.firstChild;
    for (const item of this.#items.values()) {
      if (item === next) next = next.nextSibling;
      else if (!item.parentNode || !isPointedAt) this.#list.insertBefore(item, next);
    }
    this.#rest.textContent = streams.length > mostStreams ? `and ${streams.length - mostStreams} more streams` : '';
    this.#list.append(this.#rest);
  }

  #makeItem(stream) {
    const button = make('button', { type: 'button', 'data-stream': stream, title: `${stream}: show only this stream` },
      mark(this.#symbols.of(stream)), `${streamName(stream)} `, make('small'));
    return make('li', {}, button);
  }

  #update(item, stream, count, chosen) {
    const button = item.firstChild;
    button.setAttribute('aria-pressed', String(stream !== '' && stream === chosen));
    button.lastChild.textContent = count;
    setMark(button.firstChild, this.#symbols.of(stream));
  }
}
