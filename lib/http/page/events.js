// The events that the page keeps, and of each only what the map, the list and the filters need: the rest is fetched when it is
// opened. So the page's memory is bounded, whatever events hold.

import { circle, project } from './projection.js';
import { radiansToDegrees, turn } from './sky.js';
import { timeOf, timeText } from './times.js';

// When more come, the oldest leave.
export const mostEvents = 10000;
// Of the text that the filter searches, in characters.
export const longestText = 1000;
// Of an ivorn, a stream or a role, in characters; an ivorn of a valid event may be longer.
const longestName = 300;

// A circle that is smaller than this would be hidden by the event's mark.
const smallestCircle = 0.5; // degrees

// unitsOf(object): the units of the first two coordinates: each its own (VOEvent 2.1), or else that of "deg deg Mpc" in its place,
// or the last one there is.
function unitsOf(object) {
  const words = (object.position_unit ?? '').split(/[\s,-]+/).filter(Boolean);
  return [0, 1].map((axis) => (object.position?.units?.[axis] || words[axis] || words.at(-1) || 'deg').toLowerCase());
}

// positionOf(object): {ra, dec, error} in degrees, or nothing if the event has none. The unit is degrees unless it is said to be
// radians (VOEvent 2.0, section 3.4.3); with any other unit, or two of them, we do not know where the event is.
export function positionOf(object) {
  const { ra, dec } = object;
  if (typeof ra !== 'number' || typeof dec !== 'number') return undefined;
  const units = unitsOf(object);
  const inRadians = units.every((unit) => /^rad(ians?)?$/.test(unit));
  if (!inRadians && !units.every((unit) => /^deg(rees?)?$/.test(unit))) return undefined;
  const degrees = inRadians ? radiansToDegrees : (value) => value;
  if (!(Math.abs(degrees(dec)) <= 90) || !Number.isFinite(ra)) return undefined;
  const error = typeof object.error_radius === 'number' ? degrees(object.error_radius) : NaN;
  return { ra: turn(degrees(ra)), dec: degrees(dec), error: error > 0 ? error : 0 };
}

// kept(object): what the page keeps of an event's JSON object.
export function kept(object) {
  const text = (value) => (typeof value === 'string' ? value.slice(0, longestName) : '');
  const event = {
    digest: object.digest,
    ivorn: text(object.ivorn),
    stream: text(object.stream),
    role: text(object.role),
    observed: text(timeText(object.event_time ?? object.date)),
    received: timeOf(object.received),
    position: positionOf(object),
    text: searchedText(object),
    x: 0,
    y: 0,
    outline: undefined,
  };
  if (event.position) [event.x, event.y] = project(event.position.ra, event.position.dec);
  return event;
}

function searchedText(object) {
  const inferences = (object.inferences ?? []).flatMap((each) => [each.name, each.concepts]);
  const parts = [object.ivorn, object.author, object.role, object.concepts, inferences, object.description, object.from];
  return parts.flat(2).filter(Boolean).join('\n').slice(0, longestText).toLowerCase();
}

// outlineOf(event): its error circle as trace in projection.js; empty if it is too small to be seen, or the whole sky.
export function outlineOf(event) {
  if (!event.outline) {
    const { ra, dec, error } = event.position;
    event.outline = error >= smallestCircle && error < 180 ? circle(ra, dec, error) : [];
  }
  return event.outline;
}

export class Events {
  #byDigest = new Map();
  #ordered = []; // the oldest first

  // add(objects): keeps those that are new, and gives what it keeps of them, the oldest first.
  add(objects) {
    const added = [];
    for (const object of objects) {
      if (typeof object?.digest !== 'string' || this.#byDigest.has(object.digest)) continue;
      const event = kept(object);
      this.#byDigest.set(event.digest, event);
      added.push(event);
    }
    const order = (a, b) => (a.received || 0) - (b.received || 0); // a stable sort: of equal ones, as they came
    added.sort(order);
    const last = this.#ordered.at(-1);
    const isInOrder = !last || !added.length || order(last, added[0]) <= 0;
    this.#ordered = this.#ordered.concat(added);
    if (!isInOrder) this.#ordered.sort(order);
    for (const event of this.#ordered.splice(0, Math.max(0, this.#ordered.length - mostEvents)))
      this.#byDigest.delete(event.digest);
    return added.filter((event) => this.#byDigest.has(event.digest));
  }

  get(digest) {
    return this.#byDigest.get(digest);
  }
  has(digest) {
    return this.#byDigest.has(digest);
  }
  get size() {
    return this.#ordered.length;
  }
  // The oldest first.
  get all() {
    return this.#ordered;
  }
}
