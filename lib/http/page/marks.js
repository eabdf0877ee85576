// Events as marks on a canvas, fast enough for thousands: each symbol is drawn once per degree of fading, and then copied; error
// circles are gathered, so that those of one colour and one degree of fading are one path.

import { tracePath } from './background.js';
import { outlineOf } from './events.js';
import { colourOf, pathOf, symbolCount } from './symbols.js';

// How an event fades: the opacity until it has this age, in milliseconds.
const minute = 60 * 1000;
const fading = [
  [10 * minute, 1],
  [60 * minute, 0.85],
  [6 * 60 * minute, 0.68],
  [24 * 60 * minute, 0.5],
  [Infinity, 0.35],
];
const circleOpacity = 0.55;
const size = 14; // of a mark with its border, in pixels of CSS

// levelOf(event, now): the index in fading.
export function levelOf(event, now) {
  const age = now - event.received;
  const level = fading.findIndex(([limit]) => age < limit);
  return level < 0 ? fading.length - 1 : level;
}

export class Marks {
  #sheet = document.createElement('canvas');
  #cell = 0;
  #colours;

  // colours as in symbols.js; ratio: of the device's pixels to those of a mark's path.
  constructor(colours, ratio) {
    this.#colours = colours;
    this.#cell = Math.ceil(size * ratio);
    this.#sheet.width = this.#cell * symbolCount;
    this.#sheet.height = this.#cell * fading.length;
    const context = this.#sheet.getContext('2d');
    fading.forEach(([, opacity], level) => {
      for (let symbol = 0; symbol < symbolCount; ++symbol) {
        context.setTransform(ratio, 0, 0, ratio, (symbol + 0.5) * this.#cell, (level + 0.5) * this.#cell);
        context.globalAlpha = opacity;
        this.#drawMark(context, symbol);
      }
    });
  }

  #drawMark(context, symbol) {
    const path = new Path2D(pathOf(symbol));
    context.fillStyle = this.#colours.streams[colourOf(symbol)];
    context.fill(path);
    context.strokeStyle = this.#colours.sky;
    context.lineWidth = 1;
    context.stroke(path);
  }

  // draw(context, place, events, symbolOf, now): one after the other, so the last one is on top. Coordinates of the canvas are
  // those of the device; place is in these, too.
  draw(context, place, events, symbolOf, now) {
    this.#drawCircles(context, place, events, symbolOf, now);
    const cell = this.#cell;
    for (const event of events) {
      if (!event.position) continue;
      const left = Math.round(place.x + event.x * place.scale - cell / 2);
      const top = Math.round(place.y - event.y * place.scale - cell / 2);
      context.drawImage(this.#sheet, symbolOf(event) * cell, levelOf(event, now) * cell, cell, cell, left, top, cell, cell);
    }
  }

  #drawCircles(context, place, events, symbolOf, now) {
    const paths = new Map();
    for (const event of events) {
      if (!event.position || !outlineOf(event).length) continue;
      const key = colourOf(symbolOf(event)) * fading.length + levelOf(event, now);
      if (!paths.has(key)) paths.set(key, []);
      paths.get(key).push(event);
    }
    context.lineWidth = place.ratio;
    for (const [key, group] of paths) {
      context.strokeStyle = this.#colours.streams[Math.floor(key / fading.length)];
      context.globalAlpha = fading[key % fading.length][1] * circleOpacity;
      context.beginPath();
      for (const event of group) tracePath(context, place, outlineOf(event));
      context.stroke();
    }
    context.globalAlpha = 1;
  }
}
