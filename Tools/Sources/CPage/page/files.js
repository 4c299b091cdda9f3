// SPDX-License-Identifier: Apache-2.0

// Reads files that were dropped on the page: spans of Zipkin, OTLP and Jaeger, log records, and this page's own.

import { plain } from './dom.js';
import { jaegerSpans, otlpRecords, otlpSpans } from './foreign.js';

const hex = /^[0-9a-f]{1,32}$/;
const kinds = new Set(['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER']);

/** An endpoint whose members are text where the page expects text. */
function endpoint(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  const result = {};
  for (const key of ['serviceName', 'ipv4', 'ipv6', 'port']) if (value[key] !== undefined && value[key] !== null) result[key] = plain(value[key]);
  if (result.serviceName) result.serviceName = result.serviceName.toLowerCase();
  return result;
}

/** One external span in Zipkin's normal form; `undefined` if it is not a span. */
export function span(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  const lower = (text) => (typeof text === 'string' ? text.toLowerCase() : text);
  const [traceId, id] = [lower(value.traceId), lower(value.id)];
  if (typeof traceId !== 'string' || !hex.test(traceId) || /^0+$/.test(traceId)) return undefined;
  if (typeof id !== 'string' || !hex.test(id) || id.length > 16 || /^0+$/.test(id)) return undefined;
  const result = { ...value, traceId: pad(traceId), id: id.padStart(16, '0') };
  const parent = typeof value.parentId === 'string' && hex.test(lower(value.parentId)) ? lower(value.parentId).padStart(16, '0') : '';
  if (parent && !/^0+$/.test(parent) && parent !== result.id) result.parentId = parent;
  else delete result.parentId;
  for (const key of ['timestamp', 'duration']) if (typeof value[key] !== 'number' || !(value[key] > 0)) delete result[key];
  result.name = typeof value.name === 'string' ? value.name.toLowerCase() : '';
  result.tags = Object.fromEntries(Object.entries(value.tags ?? {}).map(([key, text]) => [key, plain(text)]));
  result.annotations = (Array.isArray(value.annotations) ? value.annotations : []).filter((one) => one && typeof one.timestamp === 'number' && one.timestamp > 0)
    .map((one) => ({ timestamp: one.timestamp, value: plain(one.value) }));
  if (!kinds.has(value.kind)) delete result.kind;
  for (const key of ['localEndpoint', 'remoteEndpoint']) result[key] = endpoint(value[key]);
  return result;
}

function pad(id) {
  const long = id.padStart(id.length > 16 ? 32 : 16, '0');
  return long.length === 32 && /^0{16}/.test(long) ? long.slice(16) : long;
}

/** `{spans, logs, refused}` of a file's text: a JSON list, one span, lists of lists, OTLP, Jaeger, this page's own, or lines. */
export function read(text) {
  const result = { spans: [], logs: [], refused: 0 };
  const take = (value) => {
    if (Array.isArray(value)) {
      for (const one of value) take(one);
    } else if (Array.isArray(value?.resourceSpans)) {
      take(otlpSpans(value));
    } else if (Array.isArray(value?.resourceLogs)) {
      take(otlpRecords(value));
    } else if (Array.isArray(value?.data) && value.data.some((one) => Array.isArray(one?.spans))) {
      take(jaegerSpans(value));
    } else if (Array.isArray(value?.spans) && value.processes) {
      take(jaegerSpans({ data: [value] }));
    } else if (value && Array.isArray(value.spans)) {
      take(value.spans);
      for (const log of Array.isArray(value.logs) ? value.logs : []) take(log);
    } else {
      const read = value?.traceId ? span(value) : undefined;
      if (read) result.spans.push(read);
      else if (value && typeof value === 'object' && (value.event !== undefined || value.timestamp || value.message || value.msg || value.body)) result.logs.push(withLowerIds(value));
      else result.refused += 1;
    }
  };
  try {
    take(JSON.parse(text));
  } catch {
    for (const line of text.split('\n')) {
      if (!line.trim()) continue;
      try { take(JSON.parse(line)); } catch { result.refused += 1; }
    }
  }
  return result;
}

/** A log record whose ids are in lower case, as the spans' are. */
function withLowerIds(record) {
  const result = { ...record };
  for (const key of ['trace_id', 'span_id']) if (typeof record[key] === 'string') result[key] = record[key].toLowerCase();
  return result;
}

/** The text of a file, unpacked if it is gzip. */
export async function textOf(file) {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (head[0] !== 0x1f || head[1] !== 0x8b) return file.text();
  return new Response(file.stream().pipeThrough(new DecompressionStream('gzip'))).text();
}
