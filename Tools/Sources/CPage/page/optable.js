// SPDX-License-Identifier: Apache-2.0

// The operations of a trace as a table: how often, how long, and how long by themselves.
import { h, show, outside } from './dom.js';
import { duration, count, colour } from './format.js';

const columns = [['operation', (one) => one.service + one.name], ['count', (one) => one.nodes.length], ['errors', (one) => one.errors], ['self', (one) => one.own], ['total', (one) => one.total], ['mean', (one) => one.total / one.nodes.length], ['longest', (one) => one.longest]];

/** The operations of a trace. `total` counts time once for each span, so that nested spans of one operation count twice. */
export function operationsOf(trace) {
  const found = new Map();
  for (const node of trace.nodes) {
    if (!node.span) continue;
    const key = JSON.stringify([node.service, node.name]);
    if (!found.has(key)) found.set(key, { service: node.service, name: node.name, nodes: [], errors: 0, own: 0, total: 0, longest: 0 });
    const one = found.get(key);
    const took = node.start === undefined ? 0 : node.end - node.start;
    one.nodes.push(node);
    one.errors += node.error ? 1 : 0;
    one.own += Math.max(0, node.selfTime);
    one.total += took;
    if (took >= one.longest) Object.assign(one, { longest: took, slowest: node });
  }
  return [...found.values()];
}

export class SpanTable {
  constructor(trace, { select }) {
    this.operations = operationsOf(trace);
    this.work = Math.max(1, this.operations.reduce((sum, one) => sum + one.own, 0));
    this.onSelect = select;
    this.sorted = 'self';
    this.element = h('div', { class: 'span-table' });
  }

  draw() {
    const value = columns.find(([name]) => name === this.sorted)[1];
    const isText = this.sorted === 'operation';
    const rows = [...this.operations].sort((a, b) => (isText ? (value(a) < value(b) ? -1 : 1) : value(b) - value(a)));
    const heading = ([name]) => h('th', { scope: 'col', class: name === 'operation' ? '' : 'number', 'aria-sort': name === this.sorted ? (isText ? 'ascending' : 'descending') : undefined },
      h('button', { type: 'button', 'data-sort': name, onclick: () => { this.sorted = name; this.draw(); this.element.querySelector(`[data-sort=${name}]`).focus(); } }, name, name === this.sorted ? (isText ? ' ▴' : ' ▾') : ''));
    show(this.element, h('table', {}, h('caption', { class: 'soft' }, `${count(this.operations.length)} operations; the button leads to the slowest span of each`), h('thead', {}, h('tr', {}, columns.map(heading), h('th', { scope: 'col', class: 'share' }, 'share of the work'))),
      h('tbody', {}, rows.slice(0, 1000).map((one, index) => h('tr', { onclick: () => this.onSelect(one.slowest ?? one.nodes[0]) },
        h('th', { scope: 'row' }, h('button', { type: 'button', 'data-row': String(index), tabindex: index === 0 ? '0' : '-1', onclick: (event) => { event.stopPropagation(); this.onSelect(one.slowest ?? one.nodes[0]); } }, outside(one.service, { class: 'chip', style: colour(one.service) }), outside(one.name || '(no name)'))),
        h('td', { class: 'number' }, count(one.nodes.length)), h('td', { class: `number ${one.errors ? 'bad' : 'soft'}` }, one.errors ? count(one.errors) : ''), h('td', { class: 'number' }, duration(one.own)), h('td', { class: 'number' }, duration(one.total)), h('td', { class: 'number' }, duration(one.total / one.nodes.length)), h('td', { class: 'number' }, duration(one.longest)),
        h('td', { class: 'share' }, h('span', { class: 'meter' }, h('i', { style: { width: `${((one.own / this.work) * 70).toFixed(1)}%` } }), `${((one.own / this.work) * 100).toFixed(0)} %`)))))));
  }

  key(key) {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key];
    if (!step) return false;
    const all = [...this.element.querySelectorAll('[data-row]')];
    const at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))];
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next?.focus();
    return Boolean(next);
  }

  close() {}
}
