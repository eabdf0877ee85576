// Where the Sun and the Moon are, seen from the centre of the Earth: [ra, dec] in degrees, of J2000. Both follow
// J. Meeus, Astronomical Algorithms (2nd edition, 1998). An observer sees the Moon up to 1 degree from there (parallax).

import { cos, fromEcliptic, sin, turn } from './sky.js';

const secondsOfCentury = 36525 * 86400;
const j2000 = Date.UTC(2000, 0, 1, 12) / 1000;

// centuries(date): since J2000, in dynamical time, which is 69 s ahead of UTC since 2017.
const centuries = (date) => (date.getTime() / 1000 + 69.2 - j2000) / secondsOfCentury;

// precession(t): the general precession in longitude since J2000 (chapter 21); what it does to the latitude is ignored.
const precession = (t) => 1.396971 * t + 0.0003086 * t * t;

// Chapter 25, "low accuracy": 0.01 degrees; the aberration of 0.0057 degrees is in it.
function sunLongitude(t) {
  const mean = 280.46646 + 36000.76983 * t + 0.0003032 * t * t;
  const anomaly = 357.52911 + 35999.05029 * t - 0.0001537 * t * t;
  const centre =
    (1.914602 - 0.004817 * t) * sin(anomaly) + (0.019993 - 0.000101 * t) * sin(2 * anomaly) + 0.000289 * sin(3 * anomaly);
  return mean + centre - 0.00569;
}

export function sun(date) {
  const t = centuries(date);
  return fromEcliptic(turn(sunLongitude(t) - precession(t)), 0);
}

// The largest terms of tables 47.A and 47.B: multiples of D, M, M', F, and the factor in degrees. What is left out adds up to
// at most 0.1 degrees, and is typically 0.02.
const longitudeTerms = [
  [0, 0, 1, 0, 6.288774], [2, 0, -1, 0, 1.274027], [2, 0, 0, 0, 0.658314], [0, 0, 2, 0, 0.213618],
  [0, 1, 0, 0, -0.185116], [0, 0, 0, 2, -0.114332], [2, 0, -2, 0, 0.058793], [2, -1, -1, 0, 0.057066],
  [2, 0, 1, 0, 0.053322], [2, -1, 0, 0, 0.045758], [0, 1, -1, 0, -0.040923], [1, 0, 0, 0, -0.03472],
  [0, 1, 1, 0, -0.030383], [2, 0, 0, -2, 0.015327], [0, 0, 1, 2, -0.012528], [0, 0, 1, -2, 0.01098],
];
const latitudeTerms = [
  [0, 0, 0, 1, 5.128122], [0, 0, 1, 1, 0.280602], [0, 0, 1, -1, 0.277693], [2, 0, 0, -1, 0.173237],
  [2, 0, -1, 1, 0.055413], [2, 0, -1, -1, 0.046271], [2, 0, 0, 1, 0.032573], [0, 0, 2, 1, 0.017198],
  [2, 0, 1, -1, 0.009266], [0, 0, 2, -1, 0.008822],
];

export function moon(date) {
  const t = centuries(date);
  const mean = 218.3164477 + 481267.88123421 * t;
  const elongation = 297.8501921 + 445267.1114034 * t;
  const sunAnomaly = 357.5291092 + 35999.0502909 * t;
  const moonAnomaly = 134.9633964 + 477198.8675055 * t;
  const latitudeArgument = 93.272095 + 483202.0175233 * t;
  const sum = (terms) =>
    terms.reduce((total, [d, m, n, f, factor]) =>
      total + factor * sin(d * elongation + m * sunAnomaly + n * moonAnomaly + f * latitudeArgument), 0);
  return fromEcliptic(turn(mean + sum(longitudeTerms) - precession(t)), sum(latitudeTerms));
}

// moonPhase(date): the illuminated part of the disc, 0 to 1, and whether it grows. The Sun counts as infinitely far away, which
// errs by less than 0.003.
export function moonPhase(date) {
  const [sunRa, sunDec] = sun(date);
  const [moonRa, moonDec] = moon(date);
  const cosine = sin(sunDec) * sin(moonDec) + cos(sunDec) * cos(moonDec) * cos(sunRa - moonRa);
  return { lit: (1 - cosine) / 2, waxing: turn(moonRa - sunRa) < 180 };
}
