// The page as a whole: events come from live.js, are kept in events.js, pass the filters, and are shown on the map and the list;
// what is opened is in the address (#event=DIGEST or #ivorn=IVORN), so that links, bookmarks and the back button work.

import { Detail } from './detail.js';
import { byId, make } from './dom.js';
import { Events, kept, mostEvents } from './events.js';
import { Filters } from './filters.js';
import { handleKeys } from './keys.js';
import { Legend } from './legend.js';
import { List } from './list.js';
import { Live } from './live.js';
import { SkyMap } from './map.js';
import { Status } from './status.js';
import { Symbols, streamName } from './symbols.js';
import { now } from './times.js';

const announceInterval = 5000; // milliseconds between two announcements to a screen reader
const filterInterval = 10 * 1000; // between two looks at which events have become too old for the filter

const events = new Events();
const symbols = new Symbols();
const symbolOf = (event) => symbols.of(event.stream);
let shown = []; // what passes the filters, the oldest first

export const map = new SkyMap(byId('map'), { symbolOf, onPick: (event) => open(event) });
const list = new List(byId('list'), byId('to-newest'), {
  symbolOf,
  onOpen: (event) => open(event),
  onActive: (event) => (detail.isOpen ? open(event) : map.select(event)),
});
const detail = new Detail(byId('detail'), () => close());
const legend = new Legend(byId('legend'), symbols, (stream) => filters.setStream(stream));
const filters = new Filters(byId('filters'), () => showAll());
const live = new Live({
  most: mostEvents,
  onHistory: (objects) => {
    if (events.add(objects).length) showAll();
  },
  onNew: (objects) => take(events.add(objects)),
  onState: (state) => {
    status.setState(state);
    if (state === 'lost') announce('connection to the broker lost');
  },
});
const status = new Status(byId('state'), live);

function showAll() {
  shown = events.all.filter(filters.test());
  map.show(shown);
  list.show(shown);
  showCounts();
}

function take(added) {
  if (!added.length) return;
  const passes = filters.test();
  const passing = added.filter(passes);
  const gone = shown.findIndex((event) => events.has(event.digest));
  shown = (gone > 0 ? shown.slice(gone) : gone < 0 ? [] : shown).concat(passing);
  map.append(passing, shown);
  list.append(passing, shown);
  showCounts();
  if (passing.length) announceEvents(passing);
}

function showCounts() {
  const counts = new Map();
  for (const event of events.all) counts.set(event.stream, (counts.get(event.stream) ?? 0) + 1);
  symbols.keep(counts);
  filters.offerStreams(counts);
  legend.show(counts, filters.stream);
  const number = (value) => value.toLocaleString('en');
  byId('count').textContent = shown.length === events.size
    ? `${number(events.size)} event${events.size === 1 ? '' : 's'}`
    : `${number(shown.length)} of ${number(events.size)} events`;
  byId('nothing').hidden = shown.length > 0;
  byId('nothing').textContent = events.size ? 'No event passes the filters.' : 'No events yet.';
  const placeless = shown.reduce((total, event) => total + (event.position ? 0 : 1), 0);
  byId('caption').textContent =
    `Mollweide projection, RA and Dec (ICRS), east to the left; ${number(shown.length - placeless)} events` +
    (placeless ? `, and ${number(placeless)} without a position` : '');
  if (events.size) status.sawEvent(events.all.at(-1).received);
}

// What is announced while the last announcement is read is counted.
let unannounced = 0;
let isAnnouncing = false;
function announceEvents(added) {
  unannounced += added.length;
  if (isAnnouncing) return;
  isAnnouncing = true;
  const newest = added.at(-1);
  announce(unannounced === 1 ? `new event, ${newest.role}, ${streamName(newest.ivorn)}` : `${unannounced} new events`);
  unannounced = 0;
  setTimeout(() => (isAnnouncing = false), announceInterval);
}
function announce(text) {
  byId('announcement').textContent = text;
}

// open(event): by the address, which show then reads.
function open(event) {
  list.select(event);
  map.select(event);
  const fragment = `#event=${event.digest}`;
  if (location.hash === fragment) show();
  else if (detail.isOpen) replace(fragment);
  else location.hash = fragment;
}
function close() {
  replace(location.pathname + location.search);
  list.focus();
}
function replace(address) {
  history.replaceState(null, '', address);
  show();
}

async function show() {
  const [, kind, value] = /^#(event|ivorn)=(.+)$/.exec(location.hash) ?? [];
  document.body.classList.toggle('has-detail', Boolean(kind));
  if (!kind) {
    detail.close();
    return;
  }
  const object = kind === 'event' ? await detail.openDigest(value) : await detail.openIvorn(decoded(value));
  if (!object) return;
  const event = events.get(object.digest) ?? kept(object); // one from long ago is shown on the map only
  list.select(event);
  map.select(event);
}
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function showClock() {
  const [date, time] = new Date(now()).toISOString().slice(0, 19).split('T');
  byId('clock').replaceChildren(make('span', { class: 'date' }, `${date} `), `${time} UTC`);
}

handleKeys({ list, detail, filters, close });
addEventListener('hashchange', show);
showCounts();
showClock();
setInterval(showClock, 1000);
setInterval(() => filters.followsTime && showAll(), filterInterval);
live.start();
status.start();
show();
