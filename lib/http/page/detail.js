// Everything about one event, fetched from the broker when it is opened.

import { add, inner, make } from './dom.js';
import { fetchJson } from './live.js';
import * as parts from './parts.js';
import { streamName } from './symbols.js';

const mostCiting = 100;

export class Detail {
  #panel;
  #onClose;
  #opened = ''; // the address of what is shown; an answer that comes later than another opening is not shown

  constructor(panel, onClose) {
    this.#panel = panel;
    this.#onClose = onClose;
  }

  get isOpen() {
    return !this.#panel.hidden;
  }

  close() {
    this.#opened = '';
    this.#panel.hidden = true;
    this.#panel.replaceChildren();
  }

  focus() {
    this.#panel.focus({ preventScroll: true });
  }

  // openDigest(digest): gives the event, or nothing if it could not be fetched, or something else was opened meanwhile.
  async openDigest(digest) {
    const [event] = await this.#open(`api/v1/events/${digest}.json`, (answer) => [answer], `event ${digest}`);
    return event;
  }

  // openIvorn(ivorn): the event, or a list if there are several with this ivorn.
  async openIvorn(ivorn) {
    const [event, ...others] = await this.#open(`api/v1/events?ivorn=${encodeURIComponent(ivorn)}&limit=${mostCiting}`,
      (answer) => answer.events, ivorn);
    return others.length ? undefined : event;
  }

  async #open(address, eventsOf, title) {
    this.#opened = address;
    if (!this.isOpen) this.#show(title, make('p', {}, 'loading …'));
    let events = [];
    let problem = 'this broker does not have the event';
    try {
      events = eventsOf(await fetchJson(address));
    } catch (error) {
      problem = `the event could not be loaded: ${error.message}`;
    }
    if (this.#opened !== address) return [];
    if (!events.length) this.#show(title, make('p', { class: 'bad' }, problem));
    else if (events.length > 1) this.#show(title, make('ul', {}, events.map(eventLink)));
    else this.#showEvent(events[0], address);
    return events;
  }

  #show(title, ...content) {
    const close = make('button', { type: 'button', class: 'close', title: 'Close (Esc)', 'aria-label': 'Close' }, '×');
    close.addEventListener('click', () => this.#onClose());
    const head = make('div', { class: 'head' }, make('h2', {}, title), close);
    this.#panel.replaceChildren(head, make('div', { class: 'body' }, ...content));
    this.#panel.hidden = false;
    this.#panel.scrollTop = 0;
  }

  #showEvent(event, address) {
    const citing = make('div', {});
    const left = [
      parts.summaryPart(event), parts.descriptionPart(event), parts.timePart(event), parts.positionPart(event),
    ];
    const right = [
      parts.inferencePart(event), parts.citationPart(event), citing, parts.parameterPart(event), parts.referencePart(event),
      parts.otherPart(event), sources(event),
    ];
    const column = (children) => make('div', { class: 'column' }, children);
    const title = [make('small', {}, streamName(event.stream ?? '')), ' ', event.ivorn ?? event.digest];
    this.#show(title, column(left), column(right));
    if (event.ivorn) this.#addCiting(event.ivorn, citing, address);
  }

  async #addCiting(ivorn, place, address) {
    let items;
    try {
      const { events, next } = await fetchJson(`api/v1/events?cites=${encodeURIComponent(ivorn)}&limit=${mostCiting}`);
      if (!events.length) return;
      items = events.map(eventLink);
      if (next) items.push(make('li', {}, 'and more'));
    } catch (error) {
      items = [make('li', { class: 'bad' }, `could not be loaded: ${error.message}`)];
    }
    if (this.#opened === address) add(place, parts.section('Cited by', make('ul', {}, items)));
  }
}

const eventLink = (event) =>
  make('li', {}, inner(`event=${event.digest}`, event.ivorn ?? event.digest),
    make('small', {}, ` ${event.role}, ${event.date ?? ''}`));

// The event as XML, shown when it is wanted, and as files.
function sources(event) {
  const xml = `api/v1/events/${event.digest}.xml`;
  const text = make('pre', { tabindex: '0' });
  const details = make('details', {}, make('summary', {}, 'XML'), text);
  details.addEventListener('toggle', async () => {
    if (!details.open || text.textContent) return;
    try {
      const answer = await fetch(xml);
      if (!answer.ok) throw new Error(`HTTP status ${answer.status}`);
      text.textContent = decode(await answer.arrayBuffer());
    } catch (error) {
      text.textContent = `The XML could not be loaded: ${error.message}`;
    }
  });
  const file = (address, name) => make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, name);
  const files = make('p', { class: 'links' }, file(xml, 'XML file'), file(`api/v1/events/${event.digest}.json`, 'JSON file'));
  return parts.section('Document', files, details);
}

// The text of a document in the encoding that it declares.
function decode(bytes) {
  const start = new Uint8Array(bytes.slice(0, 200));
  let encoding = /^<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)/.exec(String.fromCharCode(...start))?.[1] ?? 'utf-8';
  if (start[0] === 0xfe && start[1] === 0xff) encoding = 'utf-16be';
  if (start[0] === 0xff && start[1] === 0xfe) encoding = 'utf-16le';
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
