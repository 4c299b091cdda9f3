// SPDX-License-Identifier: Apache-2.0

// Takes files that were dropped on the page or chosen: their traces are shown as if they came from the collector.
import { h, show, byId, outside } from './dom.js';
import { many } from './format.js';
import { read, textOf } from './files.js';

/** Reads files and opens what they hold. */
export async function take(app, files) {
  const all = { spans: [], logs: [], refused: 0 };
  const broken = [];
  for (const file of files) {
    try {
      const one = read(await textOf(file));
      for (const span of one.spans) all.spans.push(span);
      for (const log of one.logs) all.logs.push(log);
      all.refused += one.refused;
    } catch (error) { broken.push(`${file.name} cannot be read: ${error.message}`); }
  }
  const found = await tracesOf(app, all);
  if (!found.length) show(byId('status'), h('span', { class: 'bad' }, broken.length ? broken.join('; ') : 'Neither spans nor log records in there'));
  else if (found.length === 1) app.openTrace(found[0].id);
  else choose(app, found, all);
}

async function tracesOf(app, all) {
  const traces = new Map();
  // A 64-bit id belongs to the first 128-bit one that ends in it; two of 128 bits are two traces.
  const ids = [...all.spans.map((span) => span.traceId), ...all.logs.map((log) => log.trace_id)].filter((id) => typeof id === 'string' && id);
  const wide = new Map();
  for (const id of ids) if (id.length === 32 && !wide.has(id.slice(16))) wide.set(id.slice(16), id);
  const of = (text) => {
    const id = wide.get(text) ?? text;
    if (!traces.has(id)) traces.set(id, { id, spans: [], logs: [], isFile: true });
    return traces.get(id);
  };
  for (const span of all.spans) of(span.traceId).spans.push(span);
  for (const log of all.logs) of(typeof log.trace_id === 'string' && log.trace_id ? log.trace_id : 'logs').logs.push(log);
  // A log file's records of a trace that the collector has are shown with its spans.
  for (const trace of traces.values()) {
    if (!trace.spans.length && trace.id !== 'logs') {
      const known = await app.fetchTrace(trace.id).catch(() => undefined);
      if (known) Object.assign(trace, { spans: known.spans, logs: [...known.logs, ...trace.logs] });
    }
    app.files.set(trace.id, trace);
  }
  return [...traces.values()].sort((a, b) => b.spans.length - a.spans.length);
}

function choose(app, traces, all) {
  app.leave();
  app.kind = 'files';
  app.screen = { load() {}, close() {}, key: () => false };
  const open = (trace) => app.openTrace(trace.id);
  show(app.main, h('div', { class: 'scroll-page' }, h('h1', {}, `${many(traces.length, 'trace')}, ${many(all.spans.length, 'span')}, ${many(all.logs.length, 'log record')}${all.refused ? `, ${all.refused} entries that are neither` : ''}`),
    h('table', { class: 'file-traces' }, h('tbody', {}, traces.slice(0, 500).map((trace) => h('tr', { 'data-trace': trace.id, onclick: () => open(trace) },
      h('th', { scope: 'row' }, h('button', { type: 'button', onclick: (event) => { event.stopPropagation(); open(trace); } }, outside(trace.spans.find((span) => !span.parentId)?.name || trace.id))), h('td', { class: 'mono' }, outside(trace.id)), h('td', { class: 'number' }, many(trace.spans.length, 'span')), h('td', { class: 'number' }, many(trace.logs.length, 'log record'))))))));
}
