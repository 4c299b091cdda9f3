// SPDX-License-Identifier: Apache-2.0

// What a span that came by OTLP says beyond Zipkin's fields: typed attributes, events, links, scope and resource.
// Spans may be of a dropped file, so that nothing is taken for granted.

import { h, outside, plain } from './dom.js';
import { folded, valueActions } from './values.js';

const object = (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {});
const list = (value) => (Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []);
const attributes = (value) => list(value).map((one) => ({ key: plain(one.key), value: object(one.value) }));

/** Nanoseconds as text, in microseconds. */
const microseconds = (text) => Number(plain(text)) / 1000 || 0;

const id = (value, digits) => (typeof value === 'string' && new RegExp(`^[0-9a-f]{${digits}}$`).test(value) ? value : '');

/** `{span, resource, scope}` of a span, every field there and of its type; `undefined` for a span of Zipkin's. */
export function content(span) {
  if (typeof span.otlp !== 'object' || span.otlp === null) return undefined;
  const own = object(span.otlp.span);
  const scope = object(span.otlp.scope);
  return {
    span: {
      ...own, traceState: plain(own.traceState), status: { code: object(own.status).code, message: plain(object(own.status).message) },
      attributes: attributes(own.attributes),
      events: list(own.events).map((one) => ({ time: microseconds(one.timeUnixNano), name: plain(one.name), attributes: attributes(one.attributes) })),
      // A 128-bit identifier whose upper half is zero is a 64-bit one.
      links: list(own.links).map((one) => ({ traceId: id(one.traceId, 32).replace(/^0{16}/, ''), spanId: id(one.spanId, 16), attributes: attributes(one.attributes) })).filter((one) => one.traceId && one.spanId),
    },
    resource: { attributes: attributes(object(span.otlp.resource).attributes) },
    scope: { name: plain(scope.name), version: plain(scope.version), attributes: attributes(scope.attributes) },
  };
}

const types = { stringValue: 'string', boolValue: 'bool', intValue: 'int', doubleValue: 'double', bytesValue: 'bytes', arrayValue: 'array', kvlistValue: 'map' };

/** The type of a value, as the page's classes and titles name it. */
export function type(value) {
  return types[Object.keys(types).find((key) => Object.hasOwn(value, key))] ?? 'empty';
}

/** A value as text: strings alone as they are, within arrays and maps in quotes, so that "5" and 5 differ. */
export function text(value, isNested = false, depth = 0) {
  if (depth > 64) return '…';
  switch (type(value)) {
    case 'string': return isNested ? JSON.stringify(plain(value.stringValue)) : plain(value.stringValue);
    case 'bool': return plain(value.boolValue);
    case 'int': return plain(value.intValue);
    // A whole number with a fraction is still one with a fraction.
    case 'double': return typeof value.doubleValue === 'number' && Number.isInteger(value.doubleValue) && Math.abs(value.doubleValue) < 1e15 ? value.doubleValue.toFixed(1) : plain(value.doubleValue);
    case 'bytes': return `base64 ${plain(value.bytesValue)}`;
    case 'array': return `[${list(object(value.arrayValue).values).map((one) => text(one, true, depth + 1)).join(', ')}]`;
    case 'map': return `{${attributes(object(value.kvlistValue).values).map((one) => `${one.key}: ${text(one.value, true, depth + 1)}`).join(', ')}}`;
    default: return '';
  }
}

/** Attributes as a list; a value is in the class of its type, which its title names. */
export function values(attributes, name = 'values', app = undefined) {
  return h('dl', { class: name }, attributes.slice(0, 1000).map(({ key, value }) => [h('dt', {}, outside(key)), h('dd', { class: `value ${type(value)}`, title: type(value) }, folded(text(value)), app ? valueActions(key, text(value), app) : null)]));
}
