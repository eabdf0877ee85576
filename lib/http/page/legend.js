// The streams of the events that are kept, with their symbols and the numbers of their events. A click shows only one stream.

import { add, make } from './dom.js';
import { mark, streamName } from './symbols.js';

// The streams with the most events are shown; the rest are counted.
const mostStreams = 40;

export class Legend {
  #list;
  #symbols;
  #onPick;
  #drawn = '';

  // list: the element. onPick(stream): it was clicked.
  constructor(list, symbols, onPick) {
    this.#list = list;
    this.#symbols = symbols;
    this.#onPick = onPick;
    list.addEventListener('click', (click) => {
      const button = click.target.closest('button');
      if (button) this.#onPick(button.dataset.stream);
    });
  }

  // show(counts, chosen): a Map of streams to the numbers of their events; chosen: the stream that is filtered by.
  show(counts, chosen) {
    const streams = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const shown = streams.slice(0, mostStreams);
    const key = JSON.stringify([shown, streams.length, chosen]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = document.activeElement?.closest('#legend button')?.dataset.stream;
    this.#list.replaceChildren(...shown.map(([stream, count]) => this.#item(stream, count, chosen)));
    if (streams.length > shown.length) add(this.#list, make('li', {}, `and ${streams.length - shown.length} more streams`));
    if (focused !== undefined)
      [...this.#list.querySelectorAll('button')].find((button) => button.dataset.stream === focused)?.focus();
  }

  #item(stream, count, chosen) {
    const attributes = { type: 'button', 'data-stream': stream, title: `${stream}: show only this stream` };
    if (stream) attributes['aria-pressed'] = String(stream === chosen);
    return make('li', {},
      make('button', attributes, mark(this.#symbols.of(stream)), streamName(stream), ' ', make('small', {}, count)));
  }
}
