// Times and ages as texts, in UTC.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

export const units = { s: second, m: minute, h: hour, d: day };

// now(): as the broker's clock has it, once it is known; ages are right even where this computer's clock is not.
let ahead = 0;
export const now = () => Date.now() + ahead;
const mostDelay = 2 * second; // an answer takes time; a smaller difference says nothing
export function setClock(brokersNow) {
  const difference = brokersNow - Date.now();
  if (!Number.isNaN(difference)) ahead = Math.abs(difference) > mostDelay ? difference : 0;
}

// timeOf(text): milliseconds since 1970 of an xs:dateTime, which is in UTC if it has no zone; NaN if it is none.
export function timeOf(text) {
  if (typeof text !== 'string') return NaN;
  return Date.parse(/[zZ]$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
}

// timeText("2024-03-05T06:05:04.3"): "2024-03-05 06:05:04"; a text that is no time stays as it is.
export function timeText(text) {
  if (typeof text !== 'string') return '';
  const time = timeOf(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

// exactText("2024-03-05T06:05:04.3"): "2024-03-05 06:05:04.3".
export const exactText = (text) => text?.replace(/^(-?\d{4,}-\d\d-\d\d)T/, '$1 ');

// ageText(milliseconds): "12 s", "5 min", "3 h", "2 d".
export function ageText(age) {
  if (Number.isNaN(age)) return '';
  if (age < minute) return `${Math.max(0, Math.floor(age / second))} s`;
  if (age < hour) return `${Math.floor(age / minute)} min`;
  if (age < 2 * day) return `${Math.floor(age / hour)} h`;
  return `${Math.floor(age / day)} d`;
}
