// SPDX-License-Identifier: Apache-2.0

// Numbers, times and colours as the page and the terminal write them.

/** Microseconds in readable form: `412 ms`. */
export function duration(microseconds) {
  if (!(microseconds >= 0)) return '';
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  const [value, unit] = microseconds < 1e6 ? [microseconds / 1000, 'ms']
    : microseconds < 6e7 ? [microseconds / 1e6, 's']
    : microseconds < 3.6e9 ? [microseconds / 6e7, 'min'] : [microseconds / 3.6e9, 'h'];
  return `${value >= 100 ? Math.round(value) : value >= 10 ? trim(value, 1) : trim(value, 2)} ${unit}`;
}

const trim = (value, digits) => String(Number(value.toFixed(digits)));

/** `1 204`, grouped by narrow no-break spaces. */
export const count = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** `9 spans`, `1 error`. */
export const many = (value, word) => `${count(value)} ${word}${value === 1 ? '' : 's'}`;

/** How long ago, from microseconds since 1970; `in 2 h` for times of hosts whose clock is fast. */
export function ago(microseconds, now = Date.now()) {
  const seconds = Math.round((now - microseconds / 1000) / 1000);
  if (seconds < -5) return `in ${span(-seconds)}`;
  if (seconds <= 0) return 'now';
  return seconds < 86400 ? span(seconds) : stamp(microseconds).slice(0, 10);
}

const span = (seconds) => (seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`);

let isUTC = localStorage.getItem('zone') !== 'local';

/** Whether times are in UTC, as in the logs, or in the browser's zone. */
export const zone = {
  get isUTC() { return isUTC; },
  /** `UTC` or `UTC+02:00`. */
  get name() { return isUTC ? 'UTC' : `UTC${offset(new Date())}`; },
  toggle() {
    isUTC = !isUTC;
    localStorage.setItem('zone', isUTC ? 'utc' : 'local');
  },
};

function offset(date) {
  const minutes = -date.getTimezoneOffset();
  const two = (value) => String(Math.floor(value)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

/** `2023-11-07T14:23:01.234` in the zone, and the zone's mark; `undefined` for no time. */
function iso(microseconds) {
  const date = new Date(microseconds / 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  if (isUTC) return [date.toISOString().slice(0, -1), 'Z'];
  return [new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, -1), offset(date)];
}

/** `14:23:01.234` in the zone. */
export const clock = (microseconds) => iso(microseconds)?.[0].slice(-12) ?? '';

/** `2023-11-07 14:23:01.234Z`, or `+02:00` instead of `Z`. */
export function stamp(microseconds) {
  const found = iso(microseconds);
  return found ? `${found[0].replace('T', ' ')}${found[1]}` : '';
}

/** The value of a `datetime-local` field, in the zone, to the second. */
export const fieldTime = (microseconds) => iso(microseconds)?.[0].slice(0, 19) ?? '';

/** Milliseconds since 1970 of such a field; `NaN` if it is empty. */
export const timeOfField = (text) => Date.parse(isUTC ? `${text}Z` : text);

const hues = new Map();

/** A service's hue, the same in every session: from the name's bytes (FNV-1a), red is reserved for errors, amber for slowness. */
export function hue(service) {
  let value = hues.get(service);
  if (value === undefined) {
    let hash = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(service)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    // 120° to 330° of OKLCH: neither red nor amber. The high bits are better mixed.
    value = 120 + (((hash ^ (hash >>> 15)) >>> 0) % 210);
    hues.set(service, value);
  }
  return value;
}

/** The style that gives an element its service's colour, without a CSS class: `style: colour(service)`. */
export const colour = (service) => ({ '--hue': String(hue(service ?? '')) });
