// SPDX-License-Identifier: Apache-2.0

// A trace as a tree, by the same rules as SpoorModel in Swift: merges pieces, corrects clocks, shows missing spans.

import { plain } from './dom.js';
import { isBad } from './levels.js';

const isError = (span) => span.tags !== undefined && Object.hasOwn(span.tags, 'error');

/**
 * The spans of a trace, each once; the two sides of a shared span stay apart. The work is linear: pieces are found by
 * their identifier, side and endpoint, and a piece without an endpoint belongs to the first span of its side.
 */
export function merged(spans) {
  const clients = new Set(spans.filter((span) => span.kind === 'CLIENT').map((span) => span.id));
  const sides = new Map();
  const groups = [];
  for (const span of spans) {
    const shared = span.shared === true || (span.kind === 'SERVER' && clients.has(span.id));
    const side = `${span.id}${shared ? '+' : ''}`;
    const endpoint = endpointKey(span.localEndpoint);
    let places = sides.get(side);
    if (!places) sides.set(side, places = { first: undefined, others: new Map() });
    let group = places.first && (!endpoint || !places.first.endpoint || places.first.endpoint === endpoint) ? places.first : places.others.get(endpoint);
    if (!group) {
      group = { endpoint, shared, pieces: [] };
      groups.push(group);
      if (places.first) places.others.set(endpoint, group);
      else places.first = group;
    }
    group.endpoint ||= endpoint;
    group.pieces.push(span);
  }
  return groups.map(({ pieces, shared }) => (pieces.length === 1 ? { ...pieces[0], shared } : whole(pieces, shared)));
}

/** One span from its pieces: the first piece that has a value wins; the earliest start and the longest duration. */
function whole(pieces, shared) {
  const span = {};
  const tags = {};
  const annotations = [];
  for (const piece of pieces) {
    for (const [key, value] of Object.entries(piece)) if (!Object.hasOwn(span, key)) span[key] = value;
    Object.assign(tags, piece.tags);
    for (const one of piece.annotations ?? []) annotations.push(one);
  }
  const most = (values, better) => values.filter((value) => value > 0).reduce((best, value) => (best === undefined || better(value, best) ? value : best), undefined);
  span.timestamp = most(pieces.map((piece) => piece.timestamp), (one, other) => one < other);
  span.duration = most(pieces.map((piece) => piece.duration), (one, other) => one > other);
  return Object.assign(span, { tags, annotations, shared });
}

const endpointKey = (one) => (one ? JSON.stringify([one.serviceName, one.ipv4, one.ipv6, one.port]) : '');

export class Trace {
  /** @param spans as Zipkin's JSON has them; @param logs records of Spoor's log schema */
  constructor(spans, logs = [], { correctsSkew = true } = {}) {
    this.spans = merged(spans);
    this.received = spans;
    this.correctsSkew = correctsSkew;
    this.id = plain(spans[0]?.traceId ?? logs[0]?.trace_id);
    this.build();
    this.attach(logs);
    this.findCriticalPath();
  }

  build() {
    const nodes = this.spans.map((span) => ({
      span, id: span.id, children: [], parent: undefined, skew: 0, service: span.localEndpoint?.serviceName ?? '',
      name: span.name ?? '', error: isError(span), interrupted: span.tags?.['spoor.interrupted'] === 'true'
        || /^interrupted\b/.test(span.tags?.error ?? ''), logs: [], critical: [],
    }));
    const callers = new Map();
    const shared = new Map();
    for (const node of nodes) (node.span.shared ? shared : callers).set(node.id, node);
    const missing = new Map();
    const roots = [];
    for (const node of nodes) {
      let above;
      if (node.span.shared && callers.has(node.id)) above = callers.get(node.id);
      else if (node.span.parentId) {
        // A child of a shared span was called by its server side.
        const server = shared.get(node.span.parentId);
        above = server && server !== node && server.service === node.service ? server : callers.get(node.span.parentId) ?? server;
        if (!above) {
          above = missing.get(node.span.parentId);
          if (!above) {
            above = { id: node.span.parentId, children: [], missing: true, service: '', name: '(not received)', skew: 0, logs: [], critical: [] };
            missing.set(node.span.parentId, above);
          }
        }
      }
      if (above && above !== node) node.parent = above;
    }
    // A cycle of parents is cut at its earliest span.
    const state = new Map();
    for (const node of [...nodes].sort((a, b) => (a.span.timestamp ?? 0) - (b.span.timestamp ?? 0))) {
      const path = [];
      let at = node;
      while (at && !state.has(at)) {
        state.set(at, 1);
        path.push(at);
        at = at.parent;
      }
      if (at && state.get(at) === 1) node.parent = undefined;
      for (const one of path) state.set(one, 2);
    }
    for (const node of nodes) if (node.parent) node.parent.children.push(node);
    for (const node of [...nodes, ...missing.values()]) if (!node.parent) roots.push(node);
    if (this.correctsSkew) this.correct(roots);
    const all = [...nodes, ...missing.values()];
    for (const node of nodes) {
      node.start = node.span.timestamp === undefined ? undefined : node.span.timestamp + node.skew;
      node.end = node.start === undefined ? undefined : node.start + (node.span.duration ?? 0);
    }
    for (const node of missing.values()) {
      const times = node.children.filter((child) => child.start !== undefined);
      node.start = times.length ? times.reduce((least, child) => Math.min(least, child.start), Infinity) : undefined;
      node.end = times.length ? times.reduce((most, child) => Math.max(most, child.end), 0) : undefined;
    }
    const byStart = (a, b) => (a.start ?? Infinity) - (b.start ?? Infinity) || 0;
    roots.sort((a, b) => Number(a.missing ?? false) - Number(b.missing ?? false) || byStart(a, b));
    this.nodes = [];
    const stack = roots.map((node) => [node, 0]).reverse();
    while (stack.length) {
      const [node, depth] = stack.pop();
      node.depth = depth;
      node.index = this.nodes.length;
      this.nodes.push(node);
      node.children.sort(byStart);
      for (let child = node.children.length - 1; child >= 0; child -= 1) stack.push([node.children[child], depth + 1]);
    }
    for (let index = this.nodes.length - 1; index >= 0; index -= 1) {
      const node = this.nodes[index];
      node.size = node.children.reduce((sum, child) => sum + child.size, 1);
      node.errorsBelow = node.children.reduce((sum, child) => sum + child.errorsBelow + (child.error ? 1 : 0), 0);
      node.selfTime = selfTime(node);
    }
    this.roots = roots;
    const timed = all.filter((node) => node.start !== undefined);
    this.start = timed.reduce((least, node) => Math.min(least, node.start), Infinity);
    this.end = timed.reduce((most, node) => Math.max(most, node.end), -Infinity);
    if (!timed.length) this.start = this.end = 0;
    this.duration = this.end - this.start;
    this.services = [...new Set(this.nodes.map((node) => node.service).filter(Boolean))];
    this.errors = nodes.filter((node) => node.error).length;
    this.missing = missing.size;
    this.skewed = nodes.some((node) => node.skew !== 0);
    const root = roots[0]?.missing ? roots[0].children[0] : roots[0];
    this.name = root?.name || this.id;
    this.byId = new Map();
    for (const node of this.nodes) {
      if (!this.byId.has(node.id)) this.byId.set(node.id, node);
      node.key = this.byId.get(node.id) === node ? node.id : `${node.id}+`;
      this.byId.set(node.key, node);
    }
  }

  correct(roots) {
    const stack = [...roots];
    const host = (span) => span?.localEndpoint;
    const same = (a, b) => !a || !b || ((a.ipv4 || a.ipv6) && (b.ipv4 || b.ipv6)
      ? (a.ipv4 !== undefined && a.ipv4 === b.ipv4) || (a.ipv6 !== undefined && a.ipv6 === b.ipv6) : a.serviceName === b.serviceName);
    while (stack.length) {
      const node = stack.pop();
      for (const child of node.children) stack.push(child);
      const parent = node.parent;
      if (!node.span || !parent?.span) continue;
      if (parent.span.kind === 'CLIENT' && node.span.kind === 'SERVER') {
        const begun = (parent.span.timestamp ?? NaN) + parent.skew;
        if (node.span.timestamp < begun && !same(host(node.span), host(parent.span))) {
          const waited = (parent.span.duration ?? 0) - (node.span.duration ?? parent.span.duration ?? 0);
          node.skew = begun - node.span.timestamp + Math.max(0, Math.trunc(waited / 2));
        }
      } else if (same(host(node.span), host(parent.span))) node.skew = parent.skew;
    }
  }

  attach(logs) {
    this.logs = logs.filter((record) => typeof record === 'object' && record !== null).map((record) => ({ record, time: typeof record.timestamp === 'string' ? Date.parse(record.timestamp) * 1000 || 0 : 0, node: this.byId.get(record.span_id), isBad: isBad(record) }))
      .sort((a, b) => a.time - b.time);
    for (const log of this.logs) log.node?.logs.push(log);
  }

  /** The spans that the root waited for, from its end backwards. It does not wait for continuations. */
  findCriticalPath() {
    const root = this.roots.find((node) => node.start !== undefined && !node.missing);
    if (!root) return;
    const stack = [{ node: root, cursor: root.end, floor: root.start, next: undefined }];
    while (stack.length) {
      const step = stack[stack.length - 1];
      step.candidates ??= step.node.children.filter((child) => child.start !== undefined && !continues(child))
        .sort((a, b) => a.end - b.end);
      let child = step.candidates.pop();
      while (child && (child.end > step.cursor || child.end <= step.floor)) {
        // A child that outlasts its parent delayed it up to its end.
        if (child.start < step.cursor && child.end > step.cursor && step.cursor === step.node.end) break;
        child = step.candidates.pop();
      }
      if (!child) {
        if (step.cursor > step.floor) step.node.critical.push([step.floor, step.cursor]);
        stack.pop();
        continue;
      }
      const end = Math.min(child.end, step.cursor);
      if (step.cursor > end) step.node.critical.push([end, step.cursor]);
      step.cursor = Math.max(step.floor, child.start);
      stack.push({ node: child, cursor: end, floor: step.cursor });
    }
    this.critical = this.nodes.filter((node) => node.critical.length)
      .map((node) => ({ node, time: node.critical.reduce((sum, [from, to]) => sum + to - from, 0) }))
      .sort((a, b) => b.time - a.time);
  }

  /** Intervals longer than half the trace in which no span began or ended and only long waits were open. */
  gaps() {
    const marks = new Set();
    for (const node of this.nodes) if (node.start !== undefined) marks.add(node.start).add(node.end);
    for (const log of this.logs) if (log.time >= this.start && log.time <= this.end) marks.add(log.time);
    const times = [...marks].sort((a, b) => a - b);
    const found = [];
    for (let index = 1; index < times.length; index += 1) {
      if (times[index] - times[index - 1] > this.duration / 2) found.push([times[index - 1], times[index]]);
    }
    return found;
  }
}

/** Whether a node continues its parent's work after it, rather than being a part of it. */
export function continues(node) {
  const parent = node.parent;
  if (!parent?.span || !node.span) return false;
  if (node.span.kind === 'CONSUMER' || parent.span.kind === 'PRODUCER') return true;
  return parent.span.duration !== undefined && node.start >= parent.end;
}

function selfTime(node) {
  if (node.start === undefined) return 0;
  let covered = 0;
  let reached = node.start;
  for (const child of [...node.children].filter((one) => one.start !== undefined).sort((a, b) => a.start - b.start)) {
    const from = Math.max(reached, child.start);
    const to = Math.min(node.end, child.end);
    if (to > from) {
      covered += to - from;
      reached = to;
    }
  }
  return node.end - node.start - covered;
}
