// SPDX-License-Identifier: Apache-2.0

// The span beside the waterfall: its data, its failure and its stack.
import { h, outside, plain } from './dom.js';
import { duration, stamp, clock, colour } from './format.js';
import { content, text, values } from './otlp.js';
import { link as address } from './address.js';
import { folded, valueActions } from './values.js';

export function detail(node, trace, app) {
  if (!node) return [h('p', { class: 'soft' }, 'Select a span.')];
  if (node.missing) {
    return [h('h2', {}, '? (not received)'), h('p', {}, `Others name the span ${node.id} as their parent, and no one has sent it. It may be on its way, its service may not send here, or it was never ended.`)];
  }
  const { span } = node;
  // What came by OTLP is shown with its types; Zipkin's tags and annotations are made of it.
  const otlp = content(span);
  // The stack stands above, readable.
  const tags = otlp ? [] : Object.entries(span.tags ?? {}).filter(([key]) => key !== 'error.stack_trace');
  const facts = [
    ['took', h('span', {}, duration(span.duration) || 'unknown', h('span', { class: 'soft' }, ` · self ${duration(node.selfTime)}`))],
    ['began', h('span', {}, `${duration(Math.max(0, (node.start ?? trace.start) - trace.start))} into the trace`, h('div', { class: 'soft' }, stamp(node.start)))],
    node.critical.length ? ['critical', `${duration(node.critical.reduce((sum, [from, to]) => sum + to - from, 0))} of the critical path`] : null,
    span.kind ? ['kind', span.kind.toLowerCase()] : null,
    span.remoteEndpoint ? ['other side', outside(endpoint(span.remoteEndpoint))] : null,
    ['recorded by', outside(endpoint(span.localEndpoint))],
    node.skew ? ['clock', `moved by ${node.skew < 0 ? '−' : '+'}${duration(Math.abs(node.skew))}: its host's clock differs from its caller's`] : null,
    ['id', outside(span.id, { class: 'mono' })],
  ].filter(Boolean);
  return [
    crumbs(node, app),
    h('h2', {}, outside(node.name || '(no name)')),
    outside(node.service, { class: 'chip', style: colour(node.service) }),
    node.interrupted ? h('div', { class: 'failure' }, h('b', {}, 'interrupted'), ' The process ended in the middle of it; its duration is a guess.') : null,
    node.error && !node.interrupted ? h('div', { class: 'failure' }, h('b', {}, '✗ '), outside(span.tags.error || 'failed')) : null,
    ...failures(node),
    h('h3', {}, 'span'), h('dl', {}, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    tags.length ? [h('h3', {}, 'tags'), h('dl', { class: 'tags' }, tags.map(([key, value]) => [h('dt', {}, outside(key)), h('dd', {}, link(key, value, app), valueActions(key, value, app))]))] : null,
    otlp ? typed(otlp, node, app) : null,
    !otlp && span.annotations?.length ? [h('h3', {}, 'annotations'), h('dl', { class: 'annotations' }, span.annotations.slice(0, 500).map((one) => [h('dt', { class: 'mono' }, clock(one.timestamp + node.skew)), h('dd', {}, outside(one.value))]))] : null,
  ];
}

/** The spans of the critical path with the longest share. */
export function criticalPath(trace) {
  const path = trace.critical ?? [];
  if (!path.length) return null;
  return [h('h3', {}, 'critical path'), h('dl', { class: 'critical-path' }, path.slice(0, 8).map(({ node, time }) => [h('dt', {}, duration(time)), h('dd', {}, outside(node.service), ' ', outside(node.name))]))];
}

/** A list of attributes, each value in the class of its type. */
function attributes(title, list, name, app) {
  return list.length ? [h('h3', {}, title), values(list, name, app)] : null;
}

function typed(otlp, node, app) {
  const { span, resource, scope } = otlp;
  const dropped = [['attributes', span.droppedAttributesCount], ['events', span.droppedEventsCount], ['links', span.droppedLinksCount]].filter(([, number]) => number > 0);
  const facts = [
    span.traceState ? ['trace state', outside(span.traceState)] : null,
    span.status.code ? ['status', outside([{ 1: 'ok', 2: 'error' }[span.status.code], span.status.message].filter(Boolean).join(': '))] : null,
    dropped.length ? ['dropped', dropped.map(([what, number]) => `${number} ${what}`).join(', ')] : null,
  ].filter(Boolean);
  return [
    facts.length ? h('dl', {}, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])) : null,
    attributes('attributes', span.attributes.filter((one) => one.key !== 'error.stack_trace'), 'tags', app),
    span.events.length ? [h('h3', {}, 'events'), h('dl', { class: 'events' }, span.events.slice(0, 500).map((one) => [h('dt', { class: 'mono' }, clock(one.time + node.skew)), h('dd', {}, outside(one.name), one.attributes.length ? values(one.attributes) : null)]))] : null,
    span.links.length ? [h('h3', {}, 'links'), h('dl', { class: 'links' }, span.links.slice(0, 500).map((one) => [h('dt', {}, to(one.traceId, one.spanId, app)), h('dd', {}, one.attributes.length ? values(one.attributes) : null)]))] : null,
    scope.name || scope.version ? [h('h3', {}, 'scope'), h('p', { class: 'scope' }, outside([scope.name, scope.version].filter(Boolean).join(' ')))] : null,
    scope.attributes.length ? values(scope.attributes) : null,
    attributes('resource', resource.attributes, 'resource'),
  ];
}

/** The parents of a span, the root first, each a way to it; of many only the outermost and the nearest. */
function crumbs(node, app) {
  const above = [];
  for (let one = node.parent; one; one = one.parent) above.unshift(one);
  if (!above.length) return null;
  const crumb = (one) => [h('button', { type: 'button', class: 'crumb', onclick: () => app.change({ span: one.key }, { replace: true }) }, outside(one.missing ? '?' : one.name || one.service || one.id, { style: colour(one.service), class: 'chip' })), h('span', { 'aria-hidden': 'true' }, '›')];
  const middle = above.length > 5 ? above.slice(1, -3) : [];
  const ends = above.length > 5 ? [above.slice(0, 1), above.slice(-3)] : [above, []];
  return h('nav', { class: 'crumbs', 'aria-label': 'Parents' }, ends[0].map(crumb), middle.length ? h('details', {}, h('summary', {}, `… ${middle.length} more`), middle.map(crumb)) : null, ends[1].map(crumb));
}

const endpoint = (one) => (one ? [one.serviceName, one.ipv4 ?? one.ipv6, one.port].filter(Boolean).join(' · ') : 'unknown');

/** A link to another span is a tag `link.N` = `TRACEID-SPANID`. */
function link(key, value, app) {
  const match = /^link\.\d+$/.test(key) && /^([0-9a-f]{16,32})-([0-9a-f]{16})$/.exec(value);
  return match ? to(match[1], match[2], app) : folded(plain(value));
}

const to = (trace, span, app) => h('a', { href: address({ trace, span }), onclick: (event) => { event.preventDefault(); app.openTrace(trace, span); } }, `${trace}-${span}`);

/** The failures in the span's log records, and in its tags. */
function failures(node) {
  const records = node.logs.map((log) => log.record).filter((record) => record['error.type']);
  if (!records.length && node.span.tags?.['error.stack_trace']) records.push(node.span.tags);
  // OpenTelemetry's form of the same.
  if (!records.length) for (const event of content(node.span)?.span.events ?? []) if (event.name === 'exception') records.push(exception(event));
  return records.slice(0, 20).map((record) => h('div', { class: 'failure' },
    h('b', {}, outside(record['error.type'] ?? 'error')), ' ', outside(record['error.message'] ?? ''),
    record['error.handled'] === true || record['error.handled'] === 'true' ? h('span', { class: 'soft' }, '  (handled)') : null,
    stack(plain(record['error.stack_trace'])),
    (Array.isArray(record['error.causes']) ? record['error.causes'] : []).map((cause) => h('div', { class: 'cause' }, h('span', { class: 'soft' }, 'caused by '), outside(cause?.type), ' ', outside(cause?.message)))));
}

function exception(event) {
  const of = (name) => { const one = event.attributes.find(({ key }) => key === `exception.${name}`); return one ? text(one.value) : ''; };
  return { 'error.type': of('type') || 'exception', 'error.message': of('message'), 'error.stack_trace': of('stacktrace') };
}

const ofRuntime = /^(swift_|_swift|\$ss|Swift\.|_Concurrency|__libc|_start|main\b.*libc|start_thread|clone|partial apply|closure #\d+ in closure|NIO|_NIO|Hummingbird|Dispatch|_dispatch)|libswift|\/usr\/lib|\/lib\//;

/** The project's own frames are open, runs of other frames are folded. */
function stack(frameText) {
  const frames = frameText.split('\n').map((line) => line.trim()).filter(Boolean);
  if (!frames.length) return null;
  // A stack of another language is text.
  if (!frames.some((frame) => / at \S/.test(frame) || / in \S+\.so/.test(frame))) return h('pre', { class: 'stack' }, outside(frameText));
  const isOurs = (frame) => / at \S+\.(swift|c|cpp|m|h)(:\d+)?/.test(frame) && !ofRuntime.test(frame);
  const ours = frames.filter(isOurs);
  const shown = ours.length ? ours : frames.slice(0, 3);
  const rest = frames.filter((frame) => !shown.includes(frame));
  return h('ol', { class: 'stack' }, shown.slice(0, 200).map(frameRow), rest.length ? h('li', {}, h('details', {}, h('summary', {}, `${rest.length} frame${rest.length === 1 ? '' : 's'} of the runtime`), h('ol', { class: 'stack' }, rest.slice(0, 400).map(frameRow)))) : null);
}

function frameRow(frame) {
  const at = frame.lastIndexOf(' at ');
  return h('li', {}, outside(at > 0 ? frame.slice(0, at) : frame), at > 0 ? outside(frame.slice(at + 4), { class: 'at mono' }) : null);
}
