// SPDX-License-Identifier: Apache-2.0

// The calls between the services of one trace, counted as the collector counts them (DependencyLinks in SpoorModel).

import { h, outside } from './dom.js';
import { duration } from './format.js';

/** `[{parent, child, calls, errors, p50, p99, nodes}]` of a trace, sorted by caller and called service. */
export function callsOf(trace) {
  const edges = new Map();
  const count = (parent, child, node, call, isError) => {
    const key = JSON.stringify([parent, child]);
    if (!edges.has(key)) edges.set(key, { parent, child, calls: 0, errors: 0, durations: [], nodes: [] });
    const edge = edges.get(key);
    edge.calls += 1;
    edge.errors += isError ? 1 : 0;
    edge.nodes.push(node);
    if (call.span.duration) edge.durations.push(call.span.duration);
  };
  // The nearest call or message above each node, or span that entered another service.
  const callers = new Map();
  for (const node of trace.nodes) {
    const above = node.parent;
    if (above) callers.set(node, enters(above, callers.get(above)) ? above : callers.get(above));
    if (!node.span || byKind(node, callers.get(node), count)) continue;
    if (node.service && above?.service && above.service !== node.service) count(above.service, node.service, node, node, node.error);
  }
  return [...edges.values()].map((edge) => {
    edge.durations.sort((a, b) => a - b);
    const quantile = (fraction) => edge.durations[Math.min(edge.durations.length - 1, Math.floor(edge.durations.length * fraction))] ?? 0;
    return { ...edge, p50: quantile(0.5), p99: quantile(0.99) };
  }).sort((a, b) => (a.parent + a.child < b.parent + b.child ? -1 : 1));
}

const enters = (node, caller) => Boolean(node.span) && (Boolean(node.span.kind) || (node.service !== '' && node.service !== (caller?.service ?? '')));

/** Zipkin's rules; `false` if the span is no call by them. */
function byKind(node, ancestor, count) {
  const { span, service: local } = node;
  const remote = span.remoteEndpoint?.serviceName ?? '';
  if (span.kind === 'CLIENT' && node.children.length) return false;
  const kind = span.kind ?? (local && remote ? 'CLIENT' : undefined);
  if (!kind) return false;
  const isCalled = kind === 'SERVER' || kind === 'CONSUMER';
  let parent = isCalled ? remote : local;
  const child = isCalled ? local : remote;
  if (kind === 'PRODUCER' || kind === 'CONSUMER') {
    if (!parent || !child) return false;
    count(parent, child, node, node, node.error);
    return true;
  }
  let isError = node.error;
  let call = node;
  let isCounted = false;
  if (ancestor?.service) {
    if (kind === 'CLIENT' && local && local !== ancestor.service) {
      count(ancestor.service, local, node, node, false);
      isCounted = true;
    }
    if (kind === 'SERVER' || !parent) parent = ancestor.service;
    if (ancestor.span.kind === 'CLIENT' && (ancestor.id === span.parentId || ancestor.id === node.id)) {
      isError ||= ancestor.error;
      call = ancestor;
    }
  }
  if (!parent || !child) return isCounted;
  count(parent, child, node, call, isError);
  return true;
}

/** The calls of an edge of a trace's map, each a way to its span. */
export function callTable(edge, select) {
  return h('table', { class: 'calls' }, h('caption', {}, outside(edge.parent), ' → ', outside(edge.child)), h('tbody', {}, edge.nodes.slice(0, 100).map((node) => h('tr', { onclick: () => select(node) },
    h('td', {}, h('button', { type: 'button', onclick: (event) => { event.stopPropagation(); select(node); } }, outside(node.name || '(no name)')), node.error ? h('span', { class: 'bad' }, ' ✗') : null), h('td', { class: 'number' }, duration(node.span.duration))))));
}
