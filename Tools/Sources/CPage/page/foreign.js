// SPDX-License-Identifier: Apache-2.0

// Spans and log records of other formats, as spans of Zipkin and records of Spoor: OTLP JSON and Jaeger JSON.
import { plain } from './dom.js';
import { text } from './otlp.js';

const list = (value) => (Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []);
const pick = (value, name) => value?.[name] ?? value?.[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
const microseconds = (nanoseconds) => { try { return Number(BigInt(plain(nanoseconds) || '0') / 1000n); } catch { return 0; } };
/** An id in hexadecimal digits; some programs write bytes in base64. */
function hexID(value, bytes) {
  const id = plain(value);
  if (/^[0-9a-f]*$/i.test(id) && id.length === bytes * 2) return id.toLowerCase();
  try {
    const decoded = [...atob(id)].map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');
    return decoded.length === bytes * 2 ? decoded : id.toLowerCase();
  } catch { return id.toLowerCase(); }
}
const attributesOf = (value) => Object.fromEntries(list(value).map((one) => [plain(one.key), text(one.value ?? {})]));
const kinds = { 2: 'SERVER', 3: 'CLIENT', 4: 'PRODUCER', 5: 'CONSUMER', SPAN_KIND_SERVER: 'SERVER', SPAN_KIND_CLIENT: 'CLIENT', SPAN_KIND_PRODUCER: 'PRODUCER', SPAN_KIND_CONSUMER: 'CONSUMER' };

/** The spans of an OTLP export, each with what Zipkin has no place for, as the collector answers them. */
export function otlpSpans(body) {
  return list(pick(body, 'resourceSpans')).flatMap((group) => list(pick(group, 'scopeSpans')).flatMap((scope) => list(scope.spans).map((span) => {
    const tags = attributesOf(span.attributes);
    const resource = attributesOf(group.resource?.attributes);
    const start = microseconds(pick(span, 'startTimeUnixNano'));
    const status = span.status ?? {};
    const isFailed = status.code === 2 || status.code === 'STATUS_CODE_ERROR';
    const events = list(span.events);
    if (isFailed) tags.error ??= plain(status.message) || plain(attributesOf(events.find((one) => one.name === 'exception')?.attributes)['exception.message']) || 'true';
    const parent = hexID(pick(span, 'parentSpanId'), 8);
    return {
      traceId: hexID(pick(span, 'traceId'), 16), id: hexID(pick(span, 'spanId'), 8), ...(parent ? { parentId: parent } : {}), name: plain(span.name), kind: kinds[span.kind],
      timestamp: start, duration: Math.max(1, microseconds(pick(span, 'endTimeUnixNano')) - start), localEndpoint: { serviceName: resource['service.name'] ?? 'unknown_service' },
      annotations: events.map((one) => ({ timestamp: microseconds(pick(one, 'timeUnixNano')), value: plain(one.name) })), tags,
      otlp: { span: { ...span, status: { ...status, code: isFailed ? 2 : status.code === 1 || status.code === 'STATUS_CODE_OK' ? 1 : 0 } }, resource: group.resource, scope: scope.scope },
    };
  })));
}

/** The records of an OTLP export of logs. */
export function otlpRecords(body) {
  return list(pick(body, 'resourceLogs')).flatMap((group) => list(pick(group, 'scopeLogs')).flatMap((scope) => list(pick(scope, 'logRecords')).map((record) => {
    const time = microseconds(pick(record, 'timeUnixNano')) || microseconds(pick(record, 'observedTimeUnixNano'));
    return {
      ...(time ? { timestamp: new Date(time / 1000).toISOString() } : {}), level: plain(pick(record, 'severityText')) || ['trace', 'debug', 'info', 'warning', 'error', 'critical'][Math.floor((Number(pick(record, 'severityNumber')) - 1) / 4)] || '',
      service: attributesOf(group.resource?.attributes)['service.name'] ?? '', trace_id: hexID(pick(record, 'traceId'), 16), span_id: hexID(pick(record, 'spanId'), 8),
      event: plain(pick(record, 'eventName')) || text(record.body ?? {}), ...attributesOf(record.attributes),
    };
  })));
}

/** The spans of an answer of Jaeger's query service or of a file that its page saved. */
export function jaegerSpans(body) {
  return list(body.data).flatMap((trace) => list(trace.spans).map((span) => {
    const tags = Object.fromEntries(list(span.tags).map((one) => [plain(one.key), plain(one.value)]));
    const kind = { server: 'SERVER', client: 'CLIENT', producer: 'PRODUCER', consumer: 'CONSUMER' }[tags['span.kind']];
    if (tags.error === 'false') delete tags.error;
    const parent = list(span.references).find((one) => one.refType === 'CHILD_OF') ?? list(span.references)[0];
    const process = trace.processes?.[span.processID] ?? span.process ?? {};
    return {
      traceId: plain(span.traceID), id: plain(span.spanID), parentId: plain(parent?.spanID ?? span.parentSpanID), name: plain(span.operationName), kind, timestamp: Number(span.startTime), duration: Math.max(1, Number(span.duration)),
      localEndpoint: { serviceName: plain(process.serviceName) }, tags,
      annotations: list(span.logs).map((one) => {
        const fields = Object.fromEntries(list(one.fields).map((field) => [plain(field.key), plain(field.value)]));
        return { timestamp: Number(one.timestamp), value: Object.keys(fields).length === 1 && fields.event ? fields.event : Object.entries(fields).map(([key, value]) => `${key}=${value}`).join(' ') };
      }),
    };
  }));
}
