// Numbers, times and colours as the page and the terminal write them.

/** Microseconds as people say them: `412 ms`. */
export function duration(microseconds) {
  if (!(microseconds >= 0)) return '';
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  const [value, unit] = microseconds < 1e6 ? [microseconds / 1000, 'ms']
    : microseconds < 6e7 ? [microseconds / 1e6, 's']
    : microseconds < 3.6e9 ? [microseconds / 6e7, 'min'] : [microseconds / 3.6e9, 'h'];
  return `${value >= 100 ? Math.round(value) : value >= 10 ? trim(value, 1) : trim(value, 2)} ${unit}`;
}

const trim = (value, digits) => String(Number(value.toFixed(digits)));

/** `1 204`, the groups held together by narrow spaces. */
export const count = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** `9 spans`, `1 error`. */
export const many = (value, word) => `${count(value)} ${word}${value === 1 ? '' : 's'}`;

/** How long ago, from microseconds since 1970. */
export function ago(microseconds, now = Date.now()) {
  const seconds = Math.round((now - microseconds / 1000) / 1000);
  if (seconds < -60) return clock(microseconds).slice(0, 8);
  if (seconds <= 0) return 'now';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return new Date(microseconds / 1000).toISOString().slice(0, 10);
}

/** `14:23:01.234`, UTC as in the logs. */
export function clock(microseconds) {
  const date = new Date(microseconds / 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(11, 23);
}

/** `2023-11-07 14:23:01.234Z`. */
export function stamp(microseconds) {
  const date = new Date(microseconds / 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace('T', ' ');
}

const hues = new Map();

/** A service's hue, the same in every session: from the name's bytes (FNV-1a), red left to errors, amber to slowness. */
export function hue(service) {
  let value = hues.get(service);
  if (value === undefined) {
    let hash = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(service)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    // 120° to 330° of OKLCH: neither red nor amber. The high bits are the better mixed ones.
    value = 120 + (((hash ^ (hash >>> 15)) >>> 0) % 210);
    hues.set(service, value);
  }
  return value;
}

/** The CSS class-free way to give an element its service's colour: `style: colour(service)`. */
export const colour = (service) => ({ '--hue': String(hue(service ?? '')) });

/** Microseconds from `412ms`, `1.5 s`; `NaN` for anything else. */
export function microseconds(text) {
  const match = /^([\d.]+)\s*(µs|us|ms|s|min|m)?$/.exec(text.trim());
  return match ? Number(match[1]) * { 'µs': 1, us: 1, ms: 1000, s: 1e6, m: 6e7, min: 6e7 }[match[2] ?? 'µs'] : NaN;
}
