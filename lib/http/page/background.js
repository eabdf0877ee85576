// What the map shows besides events: below them the sky's outline, the graticule, the galactic plane and the ecliptic; above them
// the labels of these, and the Sun and the Moon of this minute.

import { moon, moonPhase, sun } from './bodies.js';
import { project, trace } from './projection.js';
import { fromEcliptic, fromGalactic } from './sky.js';

const parallels = [-60, -30, 0, 30, 60];
const meridians = Array.from({ length: 12 }, (_, index) => index * 30);
const galacticCentre = [266.417, -29.008]; // Sgr A*
// The glow along the galactic plane: its width in the map's plane, and its opacity in the middle.
const bandWidth = 0.36;
const bandOpacity = 0.28;
const bandSteps = 14;
// Below this many pixels, only every second label fits.
const narrow = 560;

const galacticPlane = trace((longitude) => fromGalactic(longitude, 0), 0, 360, 72);
const ecliptic = trace((longitude) => fromEcliptic(longitude, 0), 0, 360, 72);
const grid = [
  ...parallels.map((dec) => trace((ra) => [ra, dec], -180, 179.999, 2)),
  ...meridians.filter((ra) => ra !== 180).map((ra) => trace((dec) => [ra, dec], -90, 90, 12)),
].flat();

// strokeLines(context, place, lines): polylines of the plane; place is where the plane lies on the canvas.
export function strokeLines(context, place, lines) {
  context.beginPath();
  tracePath(context, place, lines);
  context.stroke();
}
export function tracePath(context, { x, y, scale }, lines) {
  for (const line of lines) {
    context.moveTo(x + line[0] * scale, y - line[1] * scale);
    for (let index = 2; index < line.length; index += 2)
      context.lineTo(x + line[index] * scale, y - line[index + 1] * scale);
  }
}

function outlinePath(context, { x, y, scale }) {
  context.beginPath();
  context.ellipse(x, y, 2 * scale, scale, 0, 0, 2 * Math.PI);
}

// drawBackground(context, place, colours): colours as in symbols.js. place: x, y (of the middle), scale (of the plane) and width,
// in pixels of CSS.
export function drawBackground(context, place, colours) {
  context.save();
  outlinePath(context, place);
  context.fillStyle = colours.sky;
  context.fill();
  context.clip();
  context.lineJoin = 'round';

  context.strokeStyle = colours.galaxy;
  context.lineCap = 'square'; // up to the edge, where the lines end
  context.globalAlpha = bandOpacity / bandSteps;
  for (let step = 1; step <= bandSteps; ++step) {
    context.lineWidth = (bandWidth * place.scale * step) / bandSteps;
    strokeLines(context, place, galacticPlane);
  }
  context.globalAlpha = 1;
  context.strokeStyle = colours.grid;
  context.lineWidth = 0.7;
  strokeLines(context, place, grid);
  context.lineWidth = 1.2;
  context.strokeStyle = colours.galaxy;
  strokeLines(context, place, galacticPlane);
  context.strokeStyle = colours.ecliptic;
  context.setLineDash([5, 4]);
  strokeLines(context, place, ecliptic);
  context.restore();

  outlinePath(context, place);
  context.strokeStyle = colours['sky-edge'];
  context.lineWidth = 1.2;
  context.stroke();
}

// drawLabels(context, place, colours, date): also the Sun and the Moon of that date.
export function drawLabels(context, place, colours, date) {
  context.lineJoin = 'round';
  drawNames(context, place, colours);
  drawBodies(context, place, colours, date);
}

// With a border that sets it off from events below it.
function put(context, text, x, y, colour, colours) {
  context.strokeStyle = colours.sky;
  context.lineWidth = 3;
  context.globalAlpha = 0.75;
  context.strokeText(text, x, y);
  context.globalAlpha = 1;
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function drawNames(context, place, colours) {
  const { x, y, scale, width } = place;
  const size = width < narrow ? 9 : 11;
  context.font = `${size}px system-ui, sans-serif`;
  const soft = colours['grid-text'];
  context.textBaseline = 'top';
  context.textAlign = 'center';
  const step = width < narrow ? 6 : 2;
  for (let hour = 0; hour < 24; hour += step) {
    const [left] = project(hour * 15 + (hour === 12 ? -0.001 : 0), 0);
    const inside = hour === 12 ? 14 : 0;
    put(context, `${hour}h`, x + left * scale - inside, y + 3, soft, colours);
    if (hour === 12) put(context, '12h', x - left * scale + inside, y + 3, soft, colours);
  }
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const dec of parallels) {
    if (dec === 0) continue;
    const [edge, height] = project(179.999, dec);
    put(context, `${dec < 0 ? '−' : '+'}${Math.abs(dec)}°`, x - Math.abs(edge) * scale - 5, y - height * scale, soft, colours);
  }
  if (width < narrow) return;
  const name = (text, [ra, dec], colour, below) => {
    const [left, height] = project(ra, dec);
    context.textAlign = 'center';
    put(context, text, x + left * scale, y - height * scale + below, colour, colours);
  };
  context.font = `italic ${size}px system-ui, sans-serif`;
  name('galactic plane', fromGalactic(122, 0), colours.galaxy, -12);
  name('ecliptic', fromEcliptic(115, 0), colours.ecliptic, -12);
  name('ecliptic', fromEcliptic(245, 0), colours.ecliptic, 14);
  context.font = `${size}px system-ui, sans-serif`;
  name('+', galacticCentre, colours.galaxy, 0);
  name('GC', galacticCentre, colours.galaxy, 12);
}

function drawBodies(context, place, colours, date) {
  const radius = place.width < narrow ? 5 : 7;
  const at = ([ra, dec]) => {
    const [x, y] = project(ra, dec);
    return [place.x + x * place.scale, place.y - y * place.scale];
  };
  const label = (text, x, y) => {
    context.font = `${place.width < narrow ? 9 : 11}px system-ui, sans-serif`;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    put(context, text, x + radius + 5, y, colours['grid-text'], colours);
  };
  const disc = (x, y, size, colour) => {
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  };

  const [sunX, sunY] = at(sun(date));
  const glow = context.createRadialGradient(sunX, sunY, radius * 0.6, sunX, sunY, radius * 3);
  glow.addColorStop(0, colours.sun);
  glow.addColorStop(1, 'transparent');
  context.globalAlpha = 0.5;
  disc(sunX, sunY, radius * 3, glow);
  context.globalAlpha = 1;
  disc(sunX, sunY, radius, colours.sun);
  label('Sun', sunX, sunY);

  const [moonX, moonY] = at(moon(date));
  const { lit, waxing } = moonPhase(date);
  disc(moonX, moonY, radius, colours['moon-dark']);
  // The lit limb is on the west (right) side while the Moon waxes, as it is seen with north up.
  context.beginPath();
  const from = waxing ? -Math.PI / 2 : Math.PI / 2;
  context.arc(moonX, moonY, radius, from, from + Math.PI);
  context.ellipse(moonX, moonY, radius * Math.abs(1 - 2 * lit), radius, 0, from + Math.PI, from, lit < 0.5);
  context.fillStyle = colours.moon;
  context.fill();
  context.beginPath();
  context.arc(moonX, moonY, radius, 0, 2 * Math.PI);
  context.strokeStyle = colours['grid-text'];
  context.lineWidth = 0.8;
  context.stroke();
  label('Moon', moonX, moonY);
}
