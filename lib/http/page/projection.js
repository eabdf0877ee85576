// The whole sky on a plane: Mollweide's projection, which keeps areas, so that equally many events on equal areas look so.
// Parallels are straight lines. RA 0 is in the middle, and RA grows to the left, because we look at the sky from inside.
// The plane is an ellipse, -2 to 2 in x and -1 to 1 in y; y grows to the north.

import { distance, offset, turn } from './sky.js';

const radian = 180 / Math.PI;

// fromCentre(ra): in [-180, 180).
const fromCentre = (ra) => turn(ra + 180) - 180;

// The auxiliary angle t of a declination: 2 t + sin 2 t = pi sin dec. Newton's method, from a first guess that is close also
// at the poles, where the derivative vanishes.
function auxiliary(dec) {
  const latitude = Math.abs(dec) / radian;
  const target = Math.PI * Math.sin(latitude);
  const fromPole = Math.PI / 2 - latitude;
  if (fromPole < 1e-9) return (Math.sign(dec) * Math.PI) / 2;
  let angle = latitude < 1.2 ? latitude : Math.PI / 2 - Math.cbrt((3 * Math.PI * fromPole * fromPole) / 8);
  for (let step = 0; step < 6; ++step)
    angle -= (2 * angle + Math.sin(2 * angle) - target) / (2 + 2 * Math.cos(2 * angle));
  return Math.sign(dec) * angle;
}

// project(ra, dec): [x, y].
export function project(ra, dec) {
  const angle = auxiliary(dec);
  return [(-fromCentre(ra) / 90) * Math.cos(angle), Math.sin(angle)];
}

// unproject(x, y): [ra, dec], or nothing outside of the ellipse.
export function unproject(x, y) {
  if (x * x / 4 + y * y > 1) return undefined;
  const angle = Math.asin(y);
  const dec = Math.asin((2 * angle + Math.sin(2 * angle)) / Math.PI) * radian;
  const width = Math.cos(angle);
  return [turn(width ? (-x * 90) / width : 0), dec];
}

// Segments are no longer than this in the plane; a segment is halved at most so often.
const longestSegment = 0.03;
const mostHalvings = 12;

// trace(direction, from, to, steps): the curve direction(t) = [ra, dec] as polylines in the plane, each a Float32Array of x and
// y in turn. A curve that leaves the map at one edge continues at the other, as another polyline.
export function trace(direction, from, to, steps) {
  const lines = [];
  let line = [];
  const put = (point) => line.push(point.x, point.y);
  const at = (t) => {
    const [ra, dec] = direction(t);
    const [x, y] = project(ra, dec);
    return { t, x, y, longitude: fromCentre(ra) };
  };
  const join = (a, b, halvings) => {
    const crosses = Math.abs(a.longitude - b.longitude) > 180;
    if (halvings < mostHalvings && (crosses || Math.hypot(a.x - b.x, a.y - b.y) > longestSegment)) {
      const middle = at((a.t + b.t) / 2);
      join(a, middle, halvings + 1);
      join(middle, b, halvings + 1);
      return;
    }
    if (crosses) {
      lines.push(line);
      line = [];
    }
    put(b);
  };
  let last = at(from);
  put(last);
  for (let step = 1; step <= steps; ++step) {
    const next = at(from + ((to - from) * step) / steps);
    join(last, next, 0);
    last = next;
  }
  lines.push(line);
  return lines.filter((each) => each.length > 2).map((each) => Float32Array.from(each));
}

// circle(ra, dec, radius): the circle of this radius on the sphere, in degrees, as trace.
export const circle = (ra, dec, radius) => trace((bearing) => offset(ra, dec, radius, bearing), 0, 360, 16);

// spans(ra, dec, radius, y): which parts of the map's line at y lie within the circle: pairs [x1, x2], in any order.
export function spans(ra, dec, radius, y) {
  const [, latitude] = unproject(0, y);
  const half = Math.sqrt(1 - y * y) * 2;
  const a = latitude / radian;
  const b = dec / radian;
  const nearest = Math.abs(latitude - dec);
  if (nearest > radius) return [];
  const cosine = (Math.cos(radius / radian) - Math.sin(a) * Math.sin(b)) / (Math.cos(a) * Math.cos(b));
  if (!(cosine > -1) || distance(ra + 180, latitude, ra, dec) <= radius) return [[-half, half]];
  const width = Math.acos(Math.min(1, cosine)) * radian;
  const scale = half / 180;
  const left = -(fromCentre(ra) + width) * scale;
  const right = -(fromCentre(ra) - width) * scale;
  if (left < -half) return [[-half, right], [left + 2 * half, half]];
  if (right > half) return [[left, half], [-half, right - 2 * half]];
  return [[left, right]];
}
