// Directions on the sphere, in degrees: frames, distances, circles, and the texts of a position. RA and Dec are ICRS, which
// at this page's accuracy is the same as FK5 J2000.

const radian = 180 / Math.PI;
export const sin = (degrees) => Math.sin(degrees / radian);
export const cos = (degrees) => Math.cos(degrees / radian);
const atan2 = (y, x) => Math.atan2(y, x) * radian;
const asin = (value) => Math.asin(Math.min(1, Math.max(-1, value))) * radian;

// Of J2000: Astronomical Almanac, section L (IAU 1976).
const obliquity = 23.4392911;
// The galactic pole, and the galactic longitude of the celestial pole, in J2000: The Hipparcos and Tycho Catalogues,
// ESA SP-1200 (1997), volume 1, section 1.5.3.
const galacticPole = { ra: 192.85948, dec: 27.12825, longitude: 122.93192 };

// turn(angle): the same angle in [0, 360).
export function turn(angle) {
  const rest = angle % 360;
  return rest < 0 ? rest + 360 : rest;
}

export const radiansToDegrees = (value) => value * radian;

// distance(ra, dec, ra, dec): the angle between two directions, accurate also for very small ones (haversine).
export function distance(ra1, dec1, ra2, dec2) {
  const h = sin((dec2 - dec1) / 2) ** 2 + cos(dec1) * cos(dec2) * sin((ra2 - ra1) / 2) ** 2;
  return 2 * asin(Math.sqrt(h));
}

// offset(ra, dec, radius, bearing): the direction that lies so far away, at this bearing from north through east.
export function offset(ra, dec, radius, bearing) {
  const declination = asin(sin(dec) * cos(radius) + cos(dec) * sin(radius) * cos(bearing));
  const east = atan2(sin(bearing) * sin(radius) * cos(dec), cos(radius) - sin(dec) * sin(declination));
  return [turn(ra + east), declination];
}

// fromEcliptic(longitude, latitude): [ra, dec]; both of J2000.
export function fromEcliptic(longitude, latitude) {
  const dec = asin(sin(latitude) * cos(obliquity) + cos(latitude) * sin(obliquity) * sin(longitude));
  const y = sin(longitude) * cos(obliquity) * cos(latitude) - sin(latitude) * sin(obliquity);
  return [turn(atan2(y, cos(longitude) * cos(latitude))), dec];
}

// fromGalactic(longitude, latitude): [ra, dec]. toGalactic(ra, dec): [longitude, latitude].
export function fromGalactic(longitude, latitude) {
  const pole = galacticPole;
  const from = pole.longitude - longitude;
  const dec = asin(sin(pole.dec) * sin(latitude) + cos(pole.dec) * cos(latitude) * cos(from));
  const y = cos(latitude) * sin(from);
  const x = cos(pole.dec) * sin(latitude) - sin(pole.dec) * cos(latitude) * cos(from);
  return [turn(pole.ra + atan2(y, x)), dec];
}
export function toGalactic(ra, dec) {
  const pole = galacticPole;
  const from = ra - pole.ra;
  const latitude = asin(sin(pole.dec) * sin(dec) + cos(pole.dec) * cos(dec) * cos(from));
  const y = cos(dec) * sin(from);
  const x = cos(pole.dec) * sin(dec) - sin(pole.dec) * cos(dec) * cos(from);
  return [turn(pole.longitude - atan2(y, x)), latitude];
}

// Texts. A value is rounded before it is divided, so that no "60" seconds occur.

// sexagesimal(value, decimals): [whole, minutes, seconds] as texts, of a value that is not negative.
function sexagesimal(value, decimals) {
  const scale = 10 ** decimals;
  let rest = Math.round(value * 3600 * scale);
  const seconds = rest % (60 * scale);
  rest = (rest - seconds) / (60 * scale);
  const two = (number) => String(number).padStart(2, '0');
  const fraction = decimals ? `.${String(seconds % scale).padStart(decimals, '0')}` : '';
  return [two(Math.floor(rest / 60)), two(rest % 60), two(Math.floor(seconds / scale)) + fraction];
}

// raText(83.6331): "05h 34m 31.94s". decText(22.0145): "+22° 00′ 52.2″".
export function raText(ra) {
  let [hours, minutes, seconds] = sexagesimal(turn(ra) / 15, 2);
  if (hours === '24') hours = '00';
  return `${hours}h ${minutes}m ${seconds}s`;
}
export function decText(dec) {
  const [degrees, minutes, seconds] = sexagesimal(Math.abs(dec), 1);
  return `${dec < 0 ? '−' : '+'}${degrees}° ${minutes}′ ${seconds}″`;
}

// degreesText(22.0145): "22.01450°". angleText(0.01): "36″", with the unit that suits the size.
export const degreesText = (value) => `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(5)}°`;
export function angleText(degrees) {
  const significant = (value) => String(Number(value.toPrecision(3)));
  // Rounded first, so that there are neither 60″ nor 60′.
  if (Number(significant(degrees * 3600)) < 60) return `${significant(degrees * 3600)}″`;
  if (Number(significant(degrees * 60)) < 60) return `${significant(degrees * 60)}′`;
  return `${significant(degrees)}°`;
}
