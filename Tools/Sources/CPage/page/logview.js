// SPDX-License-Identifier: Apache-2.0

// All log records of the time range that meet the query, with and without a trace, and new ones as they come in.
import { h, show, outside, plain, isHeld } from './dom.js';
import { count, colour, stamp } from './format.js';
import { ask, link, search } from './address.js';
import { eventOf, levelOf } from './levels.js';
import { fieldsOf } from './logs.js';
import { folded, valueActions } from './values.js';

const levels = ['debug', 'info', 'warning', 'error'];
const part = 300;

export class LogScreen {
  constructor(main, app) {
    this.app = app;
    this.records = [];
    this.open = new Set();
    this.body = h('tbody');
    this.number = h('span', { role: 'status' });
    this.fresh = h('button', { type: 'button', class: 'fresh', hidden: true, onclick: () => this.showFresh() });
    this.more = h('button', { type: 'button', hidden: true, onclick: () => this.loadOlder() }, 'older records');
    this.least = levels.map((level) => h('button', { type: 'button', 'data-level': level, onclick: () => this.filter(level) }, level === 'error' ? level : `${level} +`));
    this.table = h('table', { class: 'records' }, h('thead', {}, h('tr', {}, ['time', 'level', 'service', 'event', 'fields'].map((name) => h('th', { scope: 'col', class: name }, name)))), this.body);
    this.scroller = h('div', { class: 'log-list' }, this.table, this.more);
    this.empty = h('div', { class: 'empty', hidden: true });
    show(main, h('div', { class: 'log-view' }, h('h1', { class: 'hidden' }, 'Log records'), h('div', { class: 'results-bar' }, h('span', { class: 'soft' }, 'level'), this.least, this.fresh, h('span', { class: 'grow' }), this.number), this.scroller, this.empty));
    this.scroller.addEventListener('scroll', () => {
      const { scrollTop, clientHeight, scrollHeight } = this.scroller;
      if (scrollTop + clientHeight > scrollHeight - 300) this.loadOlder();
    }, { passive: true });
    this.scroller.addEventListener('mouseleave', () => { if (!this.isReading()) this.showFresh(); });
  }

  isReading() { return isHeld(this.scroller); }

  ask(more = {}) { return ask('spoor/logs', { q: this.app.state.q, limit: String(part), ...this.app.period(), ...more }); }

  async load() {
    const turn = this.turn = (this.turn ?? 0) + 1;
    const least = /(?:^|\s)level>=(\w+)/.exec(this.app.state.q ?? '')?.[1];
    for (const button of this.least) button.setAttribute('aria-pressed', String(button.dataset.level === least));
    let answer;
    try {
      answer = await this.ask();
    } catch (error) {
      if (turn !== this.turn) return;
      this.take([]);
      this.say(error instanceof TypeError ? 'The collector does not answer' : 'This query cannot be understood', error instanceof TypeError ? 'Trying again.' : error.message);
      return;
    }
    if (this.closed || turn !== this.turn) return;
    this.scroller.scrollTop = 0;
    this.app.counts(answer.counts);
    this.next = answer.next;
    this.read = answer.read;
    this.take(answer.logs);
    if (answer.logs.length) return;
    const { logs } = answer.counts;
    this.say(answer.more ? 'Nothing among the newest' : this.app.state.q ? 'No record matches' : 'No log records in this time', logs ? `${count(logs)} records are here; ${count(answer.read)} were compared with the query.` : 'The collector has no log records yet: `spoor collect --logs FILE` follows a file, and POST /logs takes lines of JSON.');
  }

  /** Adds what has come since, as far as the user does not hold the list. */
  async refresh() {
    const turn = this.turn;
    const answer = await this.ask().catch(() => undefined);
    if (!answer || this.closed || turn !== this.turn) return;
    this.app.counts(answer.counts);
    const known = new Set(this.records.map((one) => one.id));
    this.waiting = answer.logs.filter((one) => !known.has(one.id));
    if (this.waiting.length && (!this.records.length || !this.isReading())) this.showFresh();
    this.fresh.hidden = !this.waiting.length;
    this.fresh.textContent = `${this.waiting.length >= part ? `${part}+` : this.waiting.length} new`;
  }

  showFresh() {
    if (!this.waiting?.length) return;
    // With more new ones than one part, those between would be missing.
    if (this.waiting.length >= part) {
      this.load();
      return;
    }
    this.scroller.scrollTop = 0;
    const all = [...this.waiting, ...this.records].sort((a, b) => b.time - a.time);
    const fresh = new Set(this.waiting.map((one) => one.id));
    this.take(all.slice(0, 5000));
    for (const row of this.body.querySelectorAll('tr[data-id]')) if (fresh.has(row.dataset.id)) row.classList.add('late');
  }

  async loadOlder() {
    if (this.isLoading || !this.next || this.records.length >= 20_000) return;
    this.isLoading = true;
    const turn = this.turn;
    const answer = await this.ask({ before: this.next }).catch(() => undefined);
    this.isLoading = false;
    if (!answer || this.closed || turn !== this.turn) return;
    this.next = answer.next;
    this.read += answer.read;
    this.records = [...this.records, ...answer.logs];
    this.body.append(...answer.logs.flatMap((one) => this.rowsOf(one)));
    this.summarise();
  }

  take(records) {
    this.waiting = [];
    this.fresh.hidden = true;
    this.empty.hidden = true;
    this.records = records;
    const held = document.activeElement?.closest?.('tr[data-id]')?.dataset.id;
    show(this.body, records.flatMap((one) => this.rowsOf(one)));
    this.setStop(held ?? this.stop);
    if (held) this.body.querySelector('button[tabindex="0"]')?.focus({ preventScroll: true });
    this.summarise();
  }

  summarise() {
    this.more.hidden = !this.next;
    this.table.hidden = !this.records.length;
    show(this.number, `${count(this.records.length)}${this.next ? '+' : ''} records`, this.next && this.read > this.records.length ? ` of ${count(this.read)} compared` : '');
  }

  say(title, text) {
    this.empty.hidden = false;
    show(this.empty, h('h2', {}, title), h('p', {}, text), this.next ? h('button', { type: 'button', onclick: () => this.loadOlder() }, 'look further back') : null);
  }

  rowsOf(one) {
    const { record } = one;
    const level = one.level ?? levelOf(record);
    const isOpen = this.open.has(one.id);
    const row = h('tr', { class: `record ${levels.includes(level) || level === 'critical' ? level : ''}`, 'data-id': one.id, onclick: () => this.toggle(one) },
      h('td', { class: 'time mono' }, h('button', { type: 'button', tabindex: '-1', 'aria-expanded': String(isOpen), onclick: (event) => { event.stopPropagation(); this.toggle(one); }, onfocus: () => this.setStop(one.id) }, h('span', { class: 'day' }, `${stamp(one.time).slice(0, 10)} `), stamp(one.time).slice(11))),
      h('td', { class: 'level' }, level || outside(record.level ?? '')), h('td', { class: 'service' }, outside(record.service ?? record['service.name'] ?? '', { class: 'chip', style: colour(plain(record.service)) })),
      h('td', { class: 'event' }, outside(plain(eventOf(record)).slice(0, 400))), h('td', { class: 'fields' }, fieldsOf(record)));
    return isOpen ? [row, this.unfolded(one)] : [row];
  }

  /** All fields of a record, and the way to its trace. */
  unfolded(one) {
    const { record } = one;
    const id = typeof record.trace_id === 'string' ? record.trace_id.toLowerCase() : '';
    const openTrace = (event) => {
      event.preventDefault();
      this.app.openTrace(id, plain(record.span_id).toLowerCase());
    };
    return h('tr', { class: 'unfolded' }, h('td', { colspan: '5' }, /^[0-9a-f]{16,32}$/.test(id) ? h('p', {}, h('a', { href: link({ ...search(this.app.state), trace: id, span: plain(record.span_id) }), onclick: openTrace }, `open its trace ${id.slice(0, 8)}…`)) : h('p', { class: 'soft' }, 'without a trace'),
      h('dl', {}, Object.entries(record).map(([key, value]) => [h('dt', {}, outside(key)), h('dd', {}, /stack/.test(key) ? h('pre', { class: 'stack' }, outside(plain(value))) : folded(plain(value)), valueActions(key, plain(value), this.inLogs()))]))));
  }

  /** A search for a value stays in this view. */
  inLogs() {
    const { app } = this;
    return { state: app.state, go: (state) => app.go({ ...state, view: 'logs' }) };
  }

  toggle(one) {
    const row = this.body.querySelector(`tr[data-id="${one.id}"]`);
    if (this.open.delete(one.id)) row.nextElementSibling?.remove();
    else {
      this.open.add(one.id);
      row.after(this.unfolded(one));
    }
    row.querySelector('button').setAttribute('aria-expanded', String(this.open.has(one.id)));
  }

  /** The record whose button is the list's one stop for the tabulator. */
  setStop(id) {
    this.stop = id;
    const wanted = (id && this.body.querySelector(`tr[data-id="${id}"] button`)) || this.body.querySelector('button');
    for (const one of this.body.querySelectorAll('td.time button[tabindex="0"]')) if (one !== wanted) one.tabIndex = -1;
    if (wanted) wanted.tabIndex = 0;
  }

  /** Only records of at least a level. */
  filter(level) {
    const { q = '' } = this.app.state;
    const rest = q.replace(/(?:^|\s)level>=\w+/, '').trim();
    const isOn = q.includes(`level>=${level}`);
    this.app.change({ q: isOn ? rest : `level>=${level} ${rest}`.trim() });
  }

  redraw() { this.take(this.records); }

  key(key) {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key];
    if (step) {
      const all = [...this.body.querySelectorAll('td.time button')];
      const at = all.findIndex((one) => one.tabIndex === 0);
      const next = all[this.body.contains(document.activeElement) ? Math.max(0, Math.min(all.length - 1, at + step)) : Math.max(0, at)];
      next?.focus();
    } else if (key === 'n' && this.waiting?.length) this.showFresh();
    else return false;
    return true;
  }

  close() { this.closed = true; }
}
