// SPDX-License-Identifier: Apache-2.0

// A pane of log records in order of time: those of a span, its subtree or the whole trace.
import { h, show, outside, plain } from './dom.js';
import { clock, colour, count } from './format.js';
import { eventOf, levelOf } from './levels.js';
import { Rows } from './rows.js';

const known = new Set(['timestamp', '@timestamp', 'time', 'level', 'severity', 'service', 'trace_id', 'span_id', 'trace_flags', 'event', 'message', 'logger', 'error.stack_trace', 'error.fingerprint', 'error.spans', 'error.causes', 'resource', 'scope']);

/** The fields of a record that have no place of their own, as `key=value`. */
export const fieldsOf = (record) => Object.entries(record).filter(([key]) => !known.has(key)).slice(0, 30).map(([key, value]) => [h('span', { class: 'key' }, outside(key), '='), outside(plain(value).slice(0, 400)), ' ']);

export class LogPane {
  constructor(trace, { scope, changeScope, light }) {
    this.trace = trace;
    this.light = light;
    this.scopes = ['span', 'subtree', 'trace'].map((name) => h('button', { type: 'button', 'data-scope': name, onclick: () => changeScope(name) }, name === 'span' ? 'this span' : name));
    this.number = h('span', { class: 'soft' });
    this.scroller = h('div', { class: 'scroll', tabindex: '0', role: 'table', 'aria-label': 'Log records', onkeydown: (event) => this.key(event) });
    this.element = h('section', { class: 'logs', 'aria-label': 'Logs', hidden: !trace.logs.length }, h('div', { class: 'tools' }, h('h2', {}, 'logs'), ...this.scopes, h('span', { class: 'grow' }), this.number), this.scroller);
    this.rows = new Rows(this.scroller, { height: 24, render: (index) => this.row(this.records[index], index), label: 'Log records' });
    this.scope = scope;
    this.records = [];
  }

  update(scope, node) {
    this.scope = scope;
    for (const button of this.scopes) button.setAttribute('aria-pressed', String(button.dataset.scope === scope));
    const { logs } = this.trace;
    this.records = scope === 'trace' || !node ? logs
      : scope === 'span' ? node.logs
      : logs.filter((log) => log.node && log.node.index >= node.index && log.node.index < node.index + node.size);
    this.rows.reset(this.records.length);
    show(this.number, `${count(this.records.length)} of ${count(logs.length)}`);
  }

  row(log, index) {
    const { record } = log;
    const cell = (...content) => h('span', { role: 'cell' }, ...content);
    return h('div', { class: `log ${log.isBad ? 'error' : ''} ${levelOf(record)} ${log === this.selected ? 'on' : ''}`, id: `log-${index}`, role: 'row', onclick: () => this.choose(log) },
      h('span', { class: 'mono soft', role: 'cell' }, clock(log.time)), h('span', { class: 'level', role: 'cell' }, outside(record.level ?? record.severity ?? '')), cell(outside(record.service ?? '', { class: 'chip', style: colour(plain(record.service)) })),
      cell(outside(eventOf(record))), cell(fieldsOf(record)));
  }

  /** By keys: the pane has the focus, and the rows the selection. */
  key(event) {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step || !this.records.length) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.records.indexOf(this.selected);
    const next = at < 0 ? 0 : Math.max(0, Math.min(this.records.length - 1, at + step));
    this.choose(this.records[next]);
    this.rows.reveal(next);
    this.scroller.focus({ preventScroll: true });
  }

  choose(log) {
    this.selected = log;
    this.light(log.node);
    this.rows.redraw();
  }

  close() { this.rows.close(); }
}
