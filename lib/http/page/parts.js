// The parts of what is shown about an event, each made of its JSON object (see JSON in listenvo(1)): elements, or nothing if
// the event has no such part.

import { inner, make, onward } from './dom.js';
import { positionOf } from './events.js';
import { angleText, decText, degreesText, raText, toGalactic } from './sky.js';
import { ageText, exactText, now, timeOf, timeText } from './times.js';

const asList = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const isShown = (value) => value !== undefined && value !== null && value !== '';

// facts(pairs): a list of [name, value]; those without a value are left out.
function facts(pairs) {
  const rows = pairs.filter(([, value]) => isShown(value));
  const items = rows.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value)));
  return items.length ? make('dl', {}, items) : null;
}

export function section(title, ...children) {
  const content = children.filter(Boolean);
  return content.length ? make('section', {}, make('h3', {}, title), content) : null;
}

const withUnit = (value, unit) => (value === undefined ? undefined : `${value}${unit ? ` ${unit}` : ''}`);

export function summaryPart(event) {
  const received = timeOf(event.received);
  const age = Number.isNaN(received) ? '' : ` (${ageText(now() - received)} ago)`;
  return facts([
    ['role', event.role],
    ['author', event.author],
    ['written', exactText(event.date)],
    ['received', `${timeText(event.received)}${age}`],
    ['from', event.from],
    ['expires', exactText(event.expires)],
    ['importance', event.importance],
    ['concepts', event.concepts?.join(', ')],
    ['VOEvent', event.version],
    ['signature', signatureText(event)],
    ['digest', make('code', {}, event.digest)],
  ]);
}

function signatureText({ signature, signed_by: by }) {
  if (!signature) return 'not checked by this broker';
  return by ? [`${signature}, by `, make('code', {}, by)] : signature;
}

export function descriptionPart(event) {
  return event.description ? section('Description', make('p', { class: 'prose' }, event.description)) : null;
}

export function timePart(event) {
  const time = event.time ?? {};
  return section('Time of the observation', facts([
    ['time', exactText(event.event_time)],
    ['start', exactText(time.start)],
    ['stop', exactText(time.stop)],
    ['scale', time.scale],
    ['offset', withUnit(time.offset, time.unit)],
    ['error', withUnit(time.error, time.unit)],
  ]));
}

export function positionPart(event) {
  const position = positionOf(event);
  const pairs = [];
  if (position) {
    const { ra, dec, error } = position;
    const [longitude, latitude] = toGalactic(ra, dec);
    pairs.push(['RA, Dec', `${degreesText(ra)}, ${dec < 0 ? '' : '+'}${degreesText(dec)}`]);
    pairs.push(['', `${raText(ra)}, ${decText(dec)}`]);
    pairs.push(['error radius', error >= 180 ? `${angleText(error)} (the whole sky)` : error ? angleText(error) : undefined]);
    pairs.push(['galactic l, b', `${degreesText(longitude)}, ${latitude < 0 ? '' : '+'}${degreesText(latitude)}`]);
  }
  if (event.position && (!position || event.position.dimensions !== 2)) pairs.push(...coordinatePairs(event.position));
  pairs.push(['frame', event.frame]);
  return section('Position', facts(pairs), position ? placeLinks(position, timeOf(event.event_time ?? event.date)) : null);
}

// What is no RA and Dec, or more than these, as the event has it.
function coordinatePairs({ names = [], values = [], errors = [], units = [], unit }) {
  return values.map((value, index) => {
    const error = isShown(errors[index]) ? ` ± ${errors[index]}` : '';
    return [names[index] ?? `coordinate ${index + 1}`, withUnit(`${value ?? '?'}${error}`, units[index] ?? unit)];
  });
}

// Elsewhere, at this position. GCN has no search by position: its circulars of the days around the observation are what it has.
const smallestSearch = 2 / 60; // degrees
const largestSimbadSearch = 20;
const day = 24 * 3600 * 1000;
function placeLinks({ ra, dec, error }, time) {
  const place = `${ra.toFixed(6)} ${dec < 0 ? '' : '+'}${dec.toFixed(6)}`;
  const radius = Math.max(smallestSearch, error);
  const address = (base, parameters) => `${base}?${new URLSearchParams(parameters)}`;
  const simbad = address('https://simbad.cds.unistra.fr/simbad/sim-coo', {
    Coord: place, CooFrame: 'ICRS', Radius: Math.min(radius, largestSimbadSearch).toFixed(4), 'Radius.unit': 'deg',
  });
  const aladin = address('https://aladin.cds.unistra.fr/AladinLite/', {
    target: place, fov: Math.min(180, 6 * radius).toFixed(3),
  });
  const links = [onward(simbad, 'Simbad'), onward(aladin, 'Aladin Lite')];
  if (!Number.isNaN(time)) {
    const date = (offset) => new Date(time + offset).toISOString().slice(0, 10);
    const circulars = address('https://gcn.nasa.gov/circulars', { startDate: date(0), endDate: date(7 * day) });
    links.push(onward(circulars, 'GCN circulars of that week'));
  }
  return make('p', { class: 'links' }, links);
}

export function inferencePart(event) {
  const items = (event.inferences ?? []).map((inference) =>
    make('li', {},
      make('b', {}, asList(inference.name).join(', ') || inference.concepts?.join(', ') || 'unnamed'),
      isShown(inference.probability) ? ` probability ${inference.probability}` : null,
      inference.relation ? `, ${inference.relation}` : null,
      inference.name && inference.concepts ? ` (${inference.concepts.join(', ')})` : null));
  return items.length ? section('Inferences', make('ul', {}, items)) : null;
}

export function referencePart(event) {
  const items = (event.references ?? []).map((reference) => {
    const notes = [
      reference.section && `in ${reference.section}`, reference.param && `of parameter ${reference.param}`, reference.type,
      reference.mimetype, reference.meaning,
    ].filter(Boolean);
    const uri = onward(reference.uri);
    const note = notes.length ? make('small', {}, ` ${notes.join(', ')}`) : null;
    return make('li', {}, reference.name ? `${reference.name}: ` : null, uri, note);
  });
  return items.length ? section('References', make('ul', {}, items)) : null;
}

// The events that this one cites. Which ones cite it, only the broker knows.
export function citationPart(event) {
  const items = (event.citations ?? []).map(({ ivorn, cite }) =>
    make('li', {}, cite ? `${cite} ` : null, inner(`ivorn=${encodeURIComponent(ivorn)}`, ivorn)));
  return items.length ? section('Cites', make('ul', {}, items)) : null;
}

export function parameterPart(event) {
  const names = Object.keys(event.params ?? {});
  if (!names.length) return null;
  const info = event.param_info ?? {};
  const rows = names.flatMap((name) => {
    const facts = asList(info[name]);
    return asList(event.params[name]).map((value, index) => {
      const { unit, ucd } = facts[index] ?? {};
      const kind = typeof value === 'number' ? 'number' : null;
      const cells = [make('td', { class: kind }, value), make('td', {}, unit), make('td', {}, ucd)];
      return make('tr', {}, make('th', { scope: 'row' }, name), cells);
    });
  });
  const head = ['parameter', 'value', 'unit', 'UCD'].map((title) => make('th', { scope: 'col' }, title));
  const table = make('table', {}, make('thead', {}, make('tr', {}, head)), make('tbody', {}, rows));
  const title = `Parameters (${rows.length})`;
  return section(title, make('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': title }, table));
}

// What is shown by the parts above, and what a later version of the broker may add.
const known = new Set(['ivorn', 'role', 'version', 'stream', 'author', 'date', 'event_time', 'ra', 'dec', 'error_radius',
  'position_unit', 'frame', 'time', 'position', 'concepts', 'importance', 'expires', 'inferences', 'citations', 'references',
  'description', 'params', 'param_info', 'received', 'from', 'digest', 'shortened', 'signature', 'signed_by']);
export function otherPart(event) {
  const rest = Object.keys(event).filter((key) => !known.has(key));
  return section('More', facts(rest.map((key) => [key, make('code', {}, JSON.stringify(event[key]))])));
}
