// One pane of log records in the order of time: this span's, its subtree's, the whole trace's.
import { h, show, outside } from './dom.js';
import { clock, colour, count } from './format.js';
import { Rows } from './rows.js';
import { isBad } from './waterfall.js';

const known = new Set(['timestamp', 'level', 'service', 'trace_id', 'span_id', 'trace_flags', 'event', 'logger', 'error.stack_trace', 'error.fingerprint', 'error.spans', 'error.causes']);

export class LogPane {
  constructor(trace, { scope, changeScope, light }) {
    this.trace = trace;
    this.light = light;
    this.scopes = ['span', 'subtree', 'trace'].map((name) => h('button', { type: 'button', 'data-scope': name, onclick: () => changeScope(name) }, name === 'span' ? 'this span' : name));
    this.number = h('span', { class: 'soft' });
    this.scroller = h('div', { class: 'scroll', tabindex: '0', 'aria-label': 'Log records' });
    this.element = h('section', { class: 'logs', 'aria-label': 'Logs' }, h('div', { class: 'tools' }, h('h3', {}, 'logs'), ...this.scopes, h('span', { class: 'grow' }), this.number), this.scroller);
    this.rows = new Rows(this.scroller, { height: 24, render: (index) => this.row(this.records[index]), label: 'Log records' });
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

  row(log) {
    const { record } = log;
    const fields = Object.entries(record).filter(([key]) => !known.has(key));
    return h('div', { class: `log ${isBad(record) ? 'error' : ''} ${record.level ?? ''} ${log === this.selected ? 'on' : ''}`, role: 'row', tabindex: '0', onclick: () => this.choose(log), onkeydown: (event) => { if (event.key === 'Enter') this.choose(log); } },
      h('span', { class: 'mono soft' }, clock(log.time)), outside(record.level ?? '', { class: 'level' }), outside(record.service ?? '', { class: 'chip', style: colour(String(record.service ?? '')) }),
      outside(record.event ?? record.message ?? ''), h('span', {}, fields.slice(0, 30).map(([key, value]) => [h('span', { class: 'key' }, outside(key), '='), outside(text(value).slice(0, 400)), ' '])));
  }

  choose(log) {
    this.selected = log;
    this.light(log.node);
    this.rows.redraw();
  }

  close() { this.rows.close(); }
}

const text = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));
