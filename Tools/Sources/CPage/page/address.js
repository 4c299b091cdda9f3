// SPDX-License-Identifier: Apache-2.0

// The address of the page is its state. All addresses are relative to the page's own, so that a reverse proxy may
// serve it under any path.

const root = new URL('../', import.meta.url);
const keys = ['q', 'order', 'range', 'from', 'to', 'trace', 'span', 'view', 'logs', 'raw', 'critical', 'with', 'find', 'show'];

/** The time range of a page that names none, in milliseconds. */
export const standardRange = 900_000;

/** The address of one of the collector's routes. */
export function api(path, parameters = {}) {
  const url = new URL(`api/${path}`, root);
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined && value !== '') url.searchParams.set(key, value);
  return url;
}

/** The JSON that a route answers. Throws an error with the collector's words for a refusal, and a `TypeError` without a collector. */
export async function ask(path, parameters) {
  const response = await fetch(api(path, parameters));
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** The address of a state, for links. */
export function link(state = {}) {
  const parameters = new URLSearchParams(Object.entries(state).filter(([, value]) => value));
  return `${root.pathname}${parameters.size ? '?' : ''}${parameters}`;
}

/** The address at which services send spans, as a sender needs it. */
export const spansAddress = () => api('v2/spans').href;

/** The state of the address that is shown. */
export function current() {
  const parameters = new URLSearchParams(location.search);
  return Object.fromEntries(keys.filter((key) => parameters.get(key)).map((key) => [key, parameters.get(key)]));
}

/** The time range of a state for the collector: `lookback` and, if it ends, `endTs`, in milliseconds. */
export function period(state, now = Date.now()) {
  if (state.from || state.to) {
    const end = Number(state.to) || 0;
    const from = Number(state.from) || 0;
    // A range without an end also has what hosts with a fast clock have sent.
    return end > 0 ? { endTs: String(end), lookback: String(Math.max(1, end - from)) } : { lookback: String(Math.max(1, now - from)) };
  }
  return { lookback: state.range === '0' ? String(now) : state.range ?? String(standardRange) };
}

/** The beginning and the end of a state's time range in microseconds; `undefined` for an open one. */
export function limits(state, now = Date.now()) {
  if (state.from || state.to) return { from: Number(state.from) * 1000 || undefined, to: Number(state.to) * 1000 || undefined };
  return state.range === '0' ? {} : { from: (now - Number(state.range ?? standardRange)) * 1000 };
}

/** The part of a state that further views of the same traces keep. */
export const search = ({ q, order, range, from, to }) => ({ q, order, range, from, to });
