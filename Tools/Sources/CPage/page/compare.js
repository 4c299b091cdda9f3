// SPDX-License-Identifier: Apache-2.0

// Two traces side by side: what is slower, what is new, what is missing.
import { h, show, outside } from './dom.js';
import { duration, colour } from './format.js';

/** The spans of both by their path from the root: service, name, and an index if there are several. */
export function differences(one, other) {
  const paths = (trace) => {
    const result = new Map();
    const path = new Map();
    const seen = new Map();
    for (const node of trace.nodes) {
      const base = `${node.parent ? path.get(node.parent) : ''}/${JSON.stringify([node.service, node.name])}`;
      const nth = (seen.get(base) ?? 0) + 1;
      seen.set(base, nth);
      path.set(node, `${base}#${nth}`);
      if (node.span) result.set(`${base}#${nth}`, node);
    }
    return result;
  };
  const [left, right] = [paths(one), paths(other)];
  const rows = [];
  for (const [key, node] of left) {
    const match = right.get(key);
    const [a, b] = [node.span.duration ?? 0, match?.span.duration ?? 0];
    const kind = !match ? 'gone' : b > a * 1.2 && b - a > 500 ? 'slower' : a > b * 1.2 && a - b > 500 ? 'faster' : 'same';
    rows.push({ kind, left: node, right: match, delta: match ? b - a : -a });
  }
  for (const [key, node] of right) if (!left.has(key)) rows.push({ kind: 'new', right: node, delta: node.span.duration ?? 0 });
  const order = { slower: 0, new: 1, gone: 2, faster: 3, same: 4 };
  return rows.sort((a, b) => order[a.kind] - order[b.kind] || Math.abs(b.delta) - Math.abs(a.delta));
}

/** Draws the comparison of `trace` with `other`, or asks for the other trace. */
export function drawCompare(element, trace, other, { choose, problem, recent = [], select }) {
  const field = h('input', { type: 'text', 'aria-label': 'The other trace', placeholder: 'the other trace: its id', value: other?.id ?? '', list: 'recent-traces' });
  const form = h('form', { onsubmit: (event) => { event.preventDefault(); choose(field.value.trim().toLowerCase()); } }, h('span', {}, 'compare with'), field,
    h('datalist', { id: 'recent-traces' }, recent.map((one) => h('option', { value: one.id }, `${one.name} ${duration(one.duration)}`))), h('button', { type: 'submit' }, 'compare'),
    recent.slice(0, 6).map((one) => h('button', { type: 'button', class: 'soft', onclick: () => choose(one.id) }, outside(one.name), ` ${duration(one.duration)}`)));
  if (!other) {
    show(element, form, problem ? h('p', { class: 'bad' }, problem) : h('p', { class: 'soft' }, 'A trace of the same operation, a fast one beside a slow one, says most.'));
    return;
  }
  const rows = differences(trace, other);
  const most = Math.max(1, ...rows.map((row) => Math.max(row.left?.span.duration ?? 0, row.right?.span.duration ?? 0)));
  const words = { slower: 'slower', faster: 'faster', new: 'new', gone: 'missing', same: 'same' };
  const percent = (node) => `${(((node?.span.duration ?? 0) / most) * 100).toFixed(1)}%`;
  const tally = (kind) => rows.filter((row) => row.kind === kind).length;
  const name = (row, node) => {
    const content = [outside(node.service, { class: 'chip', style: colour(node.service) }), outside(node.name || '(no name)')];
    return row.left ? h('button', { type: 'button', onclick: () => select(row.left) }, content) : content;
  };
  show(element, form, h('p', { class: 'verdict' }, `${duration(trace.duration)} here, ${duration(other.duration)} there: ${tally('slower')} slower there, ${tally('new')} only there, ${tally('gone')} only here, ${tally('faster')} faster there`),
    h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'span'), h('th', { class: 'number', scope: 'col' }, 'here'), h('th', { class: 'number', scope: 'col' }, 'there'), h('th', { class: 'number', scope: 'col' }, 'difference'), h('th', { class: 'verdict', scope: 'col' }, 'there'), h('th', { class: 'pairs', scope: 'col' }, 'here and there'))),
      h('tbody', {}, rows.slice(0, 500).map((row) => {
        const node = row.left ?? row.right;
        return h('tr', { class: row.kind }, h('th', { scope: 'row' }, name(row, node), node.error ? h('span', { class: 'bad' }, ' ✗') : null),
          h('td', { class: 'number' }, row.left ? duration(row.left.span.duration) : '–'), h('td', { class: 'number' }, row.right ? duration(row.right.span.duration) : '–'),
          h('td', { class: 'number delta' }, row.left && row.right ? `${row.delta < 0 ? '−' : '+'}${duration(Math.abs(row.delta))}` : ''), h('td', { class: 'delta verdict' }, words[row.kind]),
          h('td', { class: 'pairs' }, h('div', { class: 'pair' }, h('i', { style: { width: percent(row.left) } }), h('i', { style: { width: percent(row.right) } }))));
      }))), rows.length > 500 ? h('p', { class: 'soft' }, `and ${rows.length - 500} more`) : null);
}
