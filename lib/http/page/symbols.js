// How a stream is told from another on map, list and legend: seven colours that also the colour-blind distinguish (after M. Okabe
// and K. Ito, Color Universal Design, 2008; style.css has them) and five shapes. Numbers that follow each other differ in both.

import { mostEvents } from './events.js';

const colours = 7;
const shapes = [
  'M0-4.2A4.2 4.2 0 1 1 0 4.2A4.2 4.2 0 1 1 0-4.2Z',
  'M-3.7-3.7H3.7V3.7H-3.7Z',
  'M0-5L4.7 3.6H-4.7Z',
  'M0-5.3L4.6 0L0 5.3L-4.6 0Z',
  'M-1.6-4.8H1.6V-1.6H4.8V1.6H1.6V4.8H-1.6V1.6H-4.8V-1.6H-1.6Z',
];
const hashes = 65521; // a prime
export const symbolCount = colours * shapes.length;
const svg = 'http://www.w3.org/2000/svg';

// A symbol is a number below symbolCount.
export const colourOf = (symbol) => symbol % colours;
export const pathOf = (symbol) => shapes[symbol % shapes.length];

export class Symbols {
  #byStream = new Map();
  #users = new Array(symbolCount).fill(0);

  // of(stream): its symbol, which stays the same: one that as few others as possible have, in a colour that as few as possible
  // have. Of those the one that its name leads to, so that it nearly always has the same one on every screen.
  of(stream) {
    let symbol = this.#byStream.get(stream);
    if (symbol === undefined) {
      symbol = this.#choose(stream);
      ++this.#users[symbol];
      this.#byStream.set(stream, symbol);
    }
    return symbol;
  }

  #choose(stream) {
    const withColour = (colour) => this.#users.reduce((sum, users, each) => sum + (colourOf(each) === colour ? users : 0), 0);
    const ofColour = Array.from({ length: colours }, (_, colour) => withColour(colour));
    let hash = 0;
    for (const character of stream) hash = (hash * 31 + character.codePointAt(0)) % hashes;
    const cost = (symbol) =>
      (this.#users[symbol] * mostEvents + ofColour[colourOf(symbol)]) * symbolCount + (symbol - hash + hashes) % symbolCount;
    let best = 0;
    for (let symbol = 1; symbol < symbolCount; ++symbol) if (cost(symbol) < cost(best)) best = symbol;
    return best;
  }

  // keep(streams): forgets all others, so that streams that are gone cost nothing.
  keep(streams) {
    for (const [stream, symbol] of this.#byStream) {
      if (streams.has(stream)) continue;
      --this.#users[symbol];
      this.#byStream.delete(stream);
    }
  }
}

// mark(symbol): an element that shows it.
export function mark(symbol) {
  const image = document.createElementNS(svg, 'svg');
  image.setAttribute('viewBox', '-6 -6 12 12');
  image.setAttribute('aria-hidden', 'true');
  image.append(document.createElementNS(svg, 'path'));
  setMark(image, symbol);
  return image;
}

export function setMark(image, symbol) {
  image.setAttribute('class', `mark colour-${colourOf(symbol)}`);
  image.firstChild.setAttribute('d', pathOf(symbol));
}

// themeColours(): the colours of the theme, from style.css, as texts for a canvas.
export function themeColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const streams = Array.from({ length: colours }, (_, index) => read(`colour-${index}`));
  const names = ['sky', 'sky-edge', 'grid', 'grid-text', 'galaxy', 'ecliptic', 'sun', 'moon', 'moon-dark', 'accent'];
  return { streams, ...Object.fromEntries(names.map((name) => [name, read(name)])) };
}

// streamName("ivo://nasa.gsfc.gcn/SWIFT"): what it is called here.
export const streamName = (stream) => stream.replace(/^ivo:\/\//i, '') || '(no stream)';
