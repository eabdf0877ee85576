// The map of the sky: canvases, one on top of the other. Background and labels are drawn once a minute. The events are drawn in
// full only when something about all of them changes (the filter, their fading, the size), some milliseconds in each frame, and
// out of sight until they are complete; a new event is added to what is there. What flashes is on top.

import { drawBackground, drawLabels, strokeLines } from './background.js';
import { outlineOf } from './events.js';
import { Marks } from './marks.js';
import { circle, spans } from './projection.js';
import { themeColours } from './symbols.js';
import { now as currentTime } from './times.js';

const margin = { side: 34, top: 8 }; // for labels, in pixels of CSS
const fullSize = 360; // on a map with a smaller scale than half of this, marks are smaller,
const fewEvents = 500; // and where there are more events than this
const smallestMark = 0.65;
const frameBudget = 8; // milliseconds for events in one frame
const sliceLength = 250; // events between two looks at the clock
const flashTime = 4000; // milliseconds
const mostFlashes = 200;
const frameInterval = 20; // milliseconds at least between two drawings of what flashes: of 60 frames a second it uses 30
const fadeInterval = 30 * 1000;
const bodiesInterval = 60 * 1000;
const reach = { mouse: 9, touch: 22 }; // how far a click may miss, in pixels of CSS

export class SkyMap {
  #frame;
  #layers;
  #hidden = document.createElement('canvas');
  #symbolOf;
  #onPick;
  #place = { x: 0, y: 0, scale: 1, width: 0, ratio: 1 };
  #marks;
  #markSize = 1;
  #colours;
  #events = []; // the oldest first
  #drawing; // {events, next}: a drawing of all of them that is not complete
  #flashes = new Map();
  #selected;
  #isScheduled = false;
  #lastPick = { key: '', turn: 0 };
  #stillness = matchMedia('(prefers-reduced-motion: reduce)');
  #lastTop = 0;
  fullDrawings = 0;
  drawings = 0; // of what flashes

  // frame: the element that gets the canvases. symbolOf(event): its symbol. onPick(event): it was clicked.
  constructor(frame, { symbolOf, onPick }) {
    this.#frame = frame;
    this.#symbolOf = symbolOf;
    this.#onPick = onPick;
    this.#layers = ['background', 'marks', 'labels', 'top'].map((name) => {
      const canvas = document.createElement('canvas');
      canvas.className = name;
      canvas.setAttribute('aria-hidden', 'true');
      frame.append(canvas);
      return canvas;
    });
    new ResizeObserver(() => this.#resize()).observe(frame);
    addEventListener('themechange', () => this.#resize());
    setInterval(() => this.#drawBackground(), bodiesInterval);
    setInterval(() => this.#drawAll(), fadeInterval);
    frame.addEventListener('click', (click) => this.#click(click));
    frame.addEventListener('pointermove', (move) => this.#point(move));
  }

  // show(events): these and no others, the oldest first.
  show(events) {
    this.#events = events;
    for (const event of this.#flashes.keys()) if (!events.includes(event)) this.#flashes.delete(event);
    this.#drawAll();
  }

  // append(events, all): new ones, which flash; all of them are what show would be given.
  append(events, all) {
    this.#events = all;
    const now = performance.now();
    for (const event of events) if (event.position) this.#flashes.set(event, now);
    for (const event of this.#flashes.keys()) {
      if (this.#flashes.size <= mostFlashes) break;
      this.#flashes.delete(event);
    }
    if (this.#drawing) this.#drawing.events.push(...events);
    this.#drawEvents(this.#layers[1].getContext('2d'), events);
    this.#schedule();
  }

  // select(event): is marked, until another is; none if it is undefined.
  select(event) {
    this.#selected = event;
    this.#schedule();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#frame;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    const scale = Math.max(10, Math.min((width - 2 * margin.side) / 4, height / 2 - margin.top));
    this.#place = { x: width / 2, y: height / 2, scale, width, ratio };
    for (const canvas of [...this.#layers, this.#hidden]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.#colours = themeColours();
    this.#marks = undefined;
    this.#drawBackground();
    this.#drawAll();
  }

  // In pixels of the device.
  get #devicePlace() {
    const { x, y, scale, ratio } = this.#place;
    return { x: x * ratio, y: y * ratio, scale: scale * ratio, ratio };
  }

  #drawBackground() {
    if (!this.#colours) return;
    drawBackground(this.#empty(this.#layers[0]), this.#place, this.#colours);
    drawLabels(this.#empty(this.#layers[2]), this.#place, this.#colours, new Date(currentTime()));
  }

  // The context of a canvas, emptied, for coordinates of CSS.
  #empty(canvas) {
    const context = canvas.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.scale(this.#place.ratio, this.#place.ratio);
    return context;
  }

  #drawEvents(context, events) {
    this.#marks?.draw(context, this.#devicePlace, events, this.#symbolOf, currentTime());
  }

  #drawAll() {
    if (!this.#colours) return;
    this.#makeMarks();
    this.#drawing = { events: [...this.#events], next: 0 };
    this.#hidden.getContext('2d').clearRect(0, 0, this.#hidden.width, this.#hidden.height);
    this.#schedule();
  }

  // In the size that suits the map and the number of events, in steps, so that they are not made too often.
  #makeMarks() {
    const { scale, ratio } = this.#place;
    const crowd = Math.max(0, Math.log10(this.#events.length / fewEvents));
    const size = Math.min(1, 0.5 + scale / fullSize) * Math.max(smallestMark, 1 - 0.35 * crowd);
    const step = Math.ceil(size * 10) / 10;
    if (this.#marks && this.#markSize === step) return;
    this.#marks = new Marks(this.#colours, ratio * step);
    this.#markSize = step;
  }

  #drawSlices() {
    const { events } = this.#drawing;
    const context = this.#hidden.getContext('2d');
    const until = performance.now() + frameBudget;
    while (this.#drawing.next < events.length && performance.now() < until) {
      this.#drawEvents(context, events.slice(this.#drawing.next, this.#drawing.next + sliceLength));
      this.#drawing.next += sliceLength;
    }
    if (this.#drawing.next < events.length) return;
    this.#drawing = undefined;
    const shown = this.#layers[1].getContext('2d');
    shown.clearRect(0, 0, this.#hidden.width, this.#hidden.height);
    shown.drawImage(this.#hidden, 0, 0);
    ++this.fullDrawings;
  }

  #schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame((now) => {
      this.#isScheduled = false;
      if (this.#drawing) this.#drawSlices();
      const isDue = now - this.#lastTop >= frameInterval;
      if (isDue) {
        this.#lastTop = now;
        ++this.drawings;
        this.#drawTop(now);
      }
      if (!isDue || this.#drawing || (this.#flashes.size && !this.#stillness.matches)) this.#schedule();
    });
  }

  #drawTop(now) {
    if (!this.#colours) return;
    const context = this.#empty(this.#layers[3]);
    if (this.#selected?.position) this.#drawSelected(context);
    for (const [event, begin] of this.#flashes) {
      const part = (now - begin) / flashTime;
      if (part >= 1) this.#flashes.delete(event);
      else this.#drawFlash(context, event, Math.max(0, part));
    }
    // Without motion a flash is a ring that stays until its time is over.
    if (this.#stillness.matches && this.#flashes.size) setTimeout(() => this.#schedule(), flashTime);
  }

  #at(event) {
    const { x, y, scale } = this.#place;
    return [x + event.x * scale, y - event.y * scale];
  }

  #drawFlash(context, event, part) {
    const [x, y] = this.#at(event);
    const colour = this.#colours.streams[this.#symbolOf(event) % this.#colours.streams.length];
    context.strokeStyle = colour;
    const rings = this.#stillness.matches ? [[12, 0.9]] : [0, 0.33].map((delay) => ringAt((part * 3 + delay) % 1, part));
    for (const [radius, opacity] of rings) {
      context.globalAlpha = opacity;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #drawSelected(context) {
    const event = this.#selected;
    const { x, y, scale } = this.#place;
    const { ra, dec, error } = event.position;
    context.fillStyle = context.strokeStyle = this.#colours.accent;
    if (error > 0 && error < 180) {
      context.globalAlpha = 0.18;
      for (let row = Math.ceil(y - scale) + 0.5; row < y + scale; ++row)
        for (const [from, to] of spans(ra, dec, error, (y - row) / scale))
          context.fillRect(x + from * scale, row - 0.5, (to - from) * scale, 1);
      context.globalAlpha = 1;
      context.lineWidth = 1.5;
      strokeLines(context, this.#place, outlineOf(event).length ? outlineOf(event) : circle(ra, dec, error));
    }
    const [left, top] = this.#at(event);
    context.lineWidth = 2;
    context.beginPath();
    context.arc(left, top, 9, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(left + 9 * dx, top + 9 * dy);
      context.lineTo(left + 16 * dx, top + 16 * dy);
    }
    context.stroke();
  }

  // near(x, y, limit): the events there, the nearest first, of equally near ones the newest.
  near(x, y, limit) {
    const found = [];
    for (let index = this.#events.length - 1; index >= 0; --index) {
      const event = this.#events[index];
      if (!event.position) continue;
      const [left, top] = this.#at(event);
      const away = Math.hypot(left - x, top - y);
      if (away <= limit) found.push({ event, away });
    }
    return found.sort((a, b) => a.away - b.away).map((each) => each.event);
  }

  // Where the map's plane is, in pixels of CSS from the frame's corner: x, y (of the middle), scale, width, and ratio, of the
  // device's pixels to these.
  get place() {
    return this.#place;
  }

  // A click again at the same place goes on to the next event there.
  #click(click) {
    const box = this.#frame.getBoundingClientRect();
    const limit = click.pointerType === 'touch' ? reach.touch : reach.mouse;
    const found = this.near(click.clientX - box.left, click.clientY - box.top, limit);
    if (!found.length) return;
    const key = `${Math.round(click.clientX / 4)} ${Math.round(click.clientY / 4)}`;
    this.#lastPick = { key, turn: key === this.#lastPick.key ? this.#lastPick.turn + 1 : 0 };
    this.#onPick(found[this.#lastPick.turn % found.length]);
  }

  #point(move) {
    const box = this.#frame.getBoundingClientRect();
    const found = this.near(move.clientX - box.left, move.clientY - box.top, reach.mouse);
    this.#frame.classList.toggle('over-event', found.length > 0);
    const more = found.length > 1 ? `\n(and ${found.length - 1} more here)` : '';
    this.#frame.title = found.length ? `${found[0].ivorn}\n${found[0].role}, ${found[0].observed}${more}` : '';
  }
}

// ringAt(phase, part): [radius, opacity] of a ring that grows, three times in the time of a flash.
function ringAt(phase, part) {
  return [6 + 22 * phase, (1 - phase) * (1 - part * 0.6)];
}
