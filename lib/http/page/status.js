// The line that says whether the page sees the broker, and how the broker is.

import { make } from './dom.js';
import { fetchJson } from './live.js';
import { ageText, now, setClock, timeOf } from './times.js';

const pollInterval = 10 * 1000;
const words = {
  connecting: 'connecting …',
  loading: 'loading …',
  live: 'live',
  lost: 'connection lost; reconnecting …',
};

export class Status {
  #line;
  #live;
  #state = 'connecting';
  #status;
  #error = '';
  #newest = NaN;
  #polls = []; // of the last two: {last, received}
  #shown = '';

  // line: the element; live: what is restarted if it is silent although the log grows.
  constructor(line, live) {
    this.#line = line;
    this.#live = live;
  }

  start() {
    this.#poll();
    setInterval(() => this.#draw(), 1000);
  }

  setState(state) {
    this.#state = state;
    this.#draw();
  }

  // sawEvent(received): in milliseconds since 1970.
  sawEvent(received) {
    if (!(received < this.#newest)) this.#newest = received;
    this.#draw();
  }

  async #poll() {
    try {
      this.#status = await fetchJson('api/v1/status');
      this.#error = '';
      setClock(timeOf(this.#status.now));
      this.#watchStream();
    } catch (error) {
      this.#error = error.message;
      this.#polls = [];
    }
    this.#draw();
    setTimeout(() => this.#poll(), pollInterval);
  }

  // A stream whose connection died without a word looks like one on which nothing happens. It is opened anew if the log grew
  // between the poll before the last one and the last one, and no event came since then.
  #watchStream() {
    const [before, previous] = this.#polls;
    const current = { last: this.#status.last, received: this.#live.received };
    this.#polls = [previous, current].filter(Boolean);
    if (!before || !previous || this.#state !== 'live') return;
    if (previous.last > before.last && current.received === before.received) {
      this.#polls = [];
      this.#live.restart();
    }
  }

  #draw() {
    const status = this.#status;
    const parts = [['state', words[this.#state], '']];
    if (this.#error) parts.push(['bad', 'no answer', this.#error]);
    if (status?.outage) parts.push(['bad', `outage: ${status.outage}`, '']);
    const newest = Number.isNaN(this.#newest) ? timeOf(status?.last_event) : this.#newest;
    if (!Number.isNaN(newest)) parts.push(['', `last event ${ageText(now() - newest)} ago`, new Date(newest).toISOString()]);
    if (status) {
      const upstreams = status.upstreams ?? [];
      const connected = upstreams.filter((upstream) => upstream.connected).length;
      const list = upstreams.map((each) => `${each.name}: ${each.connected ? 'connected' : 'not connected'}`).join('\n');
      const isExplained = connected < upstreams.length || status.outage;
      if (status.ready === false && !isExplained) parts.push(['bad', 'not ready', 'see /readyz']);
      if (upstreams.length)
        parts.push([connected < upstreams.length ? 'bad' : '', `${connected} of ${upstreams.length} upstreams connected`, list]);
      parts.push(['', `${status.subscribers} subscriber${status.subscribers === 1 ? '' : 's'}`, '']);
      parts.push(['who', status.local_ivo ?? '', `brokerd ${status.version ?? ''}`]);
    }
    const shown = parts.filter(([, text]) => text);
    const key = JSON.stringify([this.#state, shown]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#line.dataset.state = this.#error ? 'lost' : this.#state;
    const element = ([kind, text, title]) => make('span', { class: kind || null, title: title || null }, text);
    this.#line.replaceChildren(...shown.map(element));
  }
}
