// Which events are shown: by role, stream, time of receipt and text. The filters are kept in the address of the page, so that a
// bookmark, or a page that is loaded again, has them.

import { make } from './dom.js';
import { streamName } from './symbols.js';
import { now, timeOf, units } from './times.js';

const names = ['text', 'role', 'stream', 'time', 'since', 'until'];

export class Filters {
  #form;
  #onChange;
  #streams = '';

  // form: the element; onChange(): another filter is wanted.
  constructor(form, onChange) {
    this.#form = form;
    this.#onChange = onChange;
    const wanted = new URLSearchParams(location.search);
    for (const name of names) {
      const value = wanted.get(name);
      if (value === null) continue;
      if (name === 'stream') this.#offerStream(value);
      form.elements[name].value = value;
    }
    this.#showTimes();
    form.addEventListener('input', () => this.#changed());
    form.addEventListener('submit', (submit) => submit.preventDefault());
    form.addEventListener('reset', () => setTimeout(() => this.#changed()));
  }

  #value(name) {
    return this.#form.elements[name].value;
  }

  #changed() {
    this.#showTimes();
    const wanted = new URLSearchParams(names.map((name) => [name, this.#value(name)]).filter(([, value]) => value));
    const query = wanted.size ? `?${wanted}` : location.pathname;
    history.replaceState(null, '', `${query}${location.hash}`);
    this.#onChange();
  }

  #showTimes() {
    const isBetween = this.#value('time') === 'between';
    for (const label of this.#form.querySelectorAll('.between')) label.hidden = !isBetween;
  }

  // offerStreams(counts): a Map of the streams that there are, to the numbers of their events.
  offerStreams(counts) {
    const streams = [...counts.keys()].sort();
    const key = streams.join('\n');
    const select = this.#form.elements.stream;
    if (key === this.#streams || document.activeElement === select) return; // it may be open
    this.#streams = key;
    const chosen = select.value;
    select.replaceChildren(make('option', { value: '' }, 'any'));
    for (const stream of streams) this.#offerStream(stream);
    if (chosen && !counts.has(chosen)) this.#offerStream(chosen);
    select.value = chosen;
  }
  #offerStream(stream) {
    this.#form.elements.stream.append(make('option', { value: stream }, streamName(stream)));
  }

  get stream() {
    return this.#value('stream');
  }
  // setStream(stream): this one only; all of them if it is empty, or already the one.
  setStream(stream) {
    this.#form.elements.stream.value = stream === this.stream ? '' : stream;
    this.#changed();
  }

  focusText() {
    this.#form.elements.text.focus();
    this.#form.elements.text.select();
  }

  // Whether what passes depends on the time that it is now.
  get followsTime() {
    return /^\d/.test(this.#value('time'));
  }

  // test(): a function that tells whether an event passes.
  test() {
    const role = this.#value('role');
    const stream = this.stream;
    const words = this.#value('text').toLowerCase().split(/\s+/).filter(Boolean);
    const [since, until] = this.#times();
    return (event) =>
      (!role || event.role === role) &&
      (!stream || event.stream === stream) &&
      !(event.received < since || event.received >= until) &&
      words.every((word) => event.text.includes(word));
  }

  // [since, until]; what is not given is NaN, to which nothing compares.
  #times() {
    const time = this.#value('time');
    if (time === 'between') return [timeOf(this.#value('since')), timeOf(this.#value('until'))];
    const [, count, unit] = /^(\d+)([smhd])$/.exec(time) ?? [];
    return [count ? now() - count * units[unit] : NaN, NaN];
  }
}
