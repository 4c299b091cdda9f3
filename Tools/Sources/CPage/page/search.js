// SPDX-License-Identifier: Apache-2.0

// The first screen: latency over time, operations, and traces, updated live without moving what the user holds.
import { h, show, outside, byId, isHeld } from './dom.js';
import { duration, count, many, ago, colour } from './format.js';
import { ask, link, limits, search } from './address.js';
import { scatter } from './charts.js';
import { OperationTable } from './operations.js';
import { Rows } from './rows.js';

const narrow = matchMedia('(max-width: 900px)');
const columns = ['trace', 'services', 'duration', 'spans', 'errors', 'began'];

/** Builds the screen; `app` navigates and knows the state. */
export class SearchScreen {
  constructor(main, app) {
    this.app = app;
    this.traces = [];
    this.chart = h('section', { class: 'chart', 'aria-label': 'Latency over time' });
    this.operations = new OperationTable(app);
    this.order = ['newest', 'slowest'].map((order) => h('button', { type: 'button', 'data-order': order, onclick: () => app.change({ order: order === 'newest' ? '' : order }) }, order));
    this.found = h('span', { role: 'status' });
    this.fresh = h('button', { type: 'button', class: 'fresh', hidden: true, onclick: () => this.showFresh() });
    this.head = h('div', { class: 'hit head', role: 'row' }, columns.map((name) => h('span', { role: 'columnheader', class: name }, name)));
    this.list = h('div', { class: 'results', role: 'table', 'aria-label': 'Traces' }, h('div', { role: 'rowgroup', class: 'heading' }, this.head));
    const choose = (name) => h('button', { type: 'button', 'data-show': name, 'aria-pressed': String(name === 'latency'), onclick: () => this.choose(name) }, name);
    this.choices = h('div', { class: 'choices' }, choose('latency'), choose('operations'));
    this.overview = h('div', { class: 'overview' }, this.chart, this.operations.element);
    this.element = h('div', { class: 'search' }, h('h1', { class: 'hidden' }, 'Traces'), this.choices, this.overview, h('div', { class: 'results-bar' }, ...this.order, this.fresh, h('span', { class: 'grow' }), this.found,
      h('button', { type: 'button', onclick: () => byId('file').click() }, 'open a file')), this.list);
    show(main, this.element);
    this.rows = new Rows(this.list, { height: this.rowHeight, head: 26, render: (index) => this.row(index), key: (index) => this.traces[index].id, version: (index) => this.version(index), label: 'Traces', atEnd: () => this.loadMore() });
    this.empty = h('div', { class: 'empty' });
    this.list.addEventListener('mouseleave', () => { if (!this.isReading()) this.showFresh(); });
    narrow.addEventListener('change', () => this.rows.resize(this.rowHeight));
    this.observer = new ResizeObserver(() => this.drawChart());
    this.observer.observe(this.chart);
  }

  get rowHeight() { return narrow.matches ? 52 : 34; }

  isReading() { return isHeld(this.list); }

  ask(more = {}) {
    const { q, order } = this.app.state;
    return ask('spoor/search', { q, order, limit: '500', ...this.app.period(), ...more });
  }

  /** Loads what the address names, from its beginning. */
  async load() {
    // An answer that arrives after a later request is ignored.
    const turn = this.turn = (this.turn ?? 0) + 1;
    const { order = 'newest' } = this.app.state;
    this.asked = JSON.stringify(search(this.app.state));
    for (const button of this.order) button.setAttribute('aria-pressed', String(button.dataset.order === order));
    let answer;
    try {
      answer = await this.ask();
    } catch (error) {
      if (turn !== this.turn) return;
      this.take([]);
      show(this.found);
      this.say(error instanceof TypeError ? 'The collector does not answer' : 'This query cannot be understood',
        error instanceof TypeError ? 'Trying again. Files can be dropped here all the while.' : error.message);
      return;
    }
    if (this.closed || turn !== this.turn) return;
    this.latest = answer;
    this.list.scrollTop = 0;
    this.take(answer.traces);
    this.summarise(answer);
    if (!answer.traces.length) (await import('./near.js')).explain(this, answer.counts);
  }

  /** Takes in what has happened since, as far as the user does not hold the list. */
  async refresh() {
    if (this.isPaused) return;
    if (!this.latest || !this.traces.length || this.asked !== JSON.stringify(search(this.app.state))) {
      await this.load();
      return;
    }
    const turn = this.turn;
    const answer = await this.ask().catch(() => undefined);
    if (!answer || this.closed || turn !== this.turn) return;
    this.latest = answer;
    this.summarise(answer);
    const known = new Map(answer.traces.map((trace) => [trace.id, trace]));
    // What is in the list changes in its place.
    this.traces = this.traces.map((trace) => known.get(trace.id) ?? trace);
    const here = new Set(this.traces.map((trace) => trace.id));
    this.waiting = answer.traces.filter((trace) => !here.has(trace.id));
    if (this.waiting.length && !this.isReading()) this.showFresh();
    else this.rows.redraw();
    this.tick();
    this.fresh.hidden = !this.waiting.length;
    this.fresh.textContent = `${count(this.waiting.length)} new`;
    this.drawChart();
  }

  /** Shows the rows that waited. */
  showFresh() {
    if (!this.waiting?.length) return;
    this.list.scrollTop = 0;
    this.take(this.latest.traces);
    this.fresh.hidden = true;
  }

  take(traces) {
    this.waiting = [];
    this.fresh.hidden = true;
    this.traces = traces;
    this.element.classList.toggle('nothing', !traces.length);
    this.isWhole = false;
    this.list.setAttribute('aria-rowcount', String(traces.length + 1));
    this.measure();
    this.empty.remove();
    this.rows.reset(traces.length);
    this.drawChart();
  }

  summarise(answer) {
    this.app.counts(answer.counts);
    this.operations.show(answer.operations, answer.counted);
    const { more } = answer;
    show(this.found, `${count(answer.found)}${more ? '+' : ''} found`, this.app.state.order === 'slowest' && (more || answer.found > answer.counted.traces) ? ` · slowest of the newest ${count(answer.counted.traces)}` : '');
  }

  /** The next part of the list, when its end is near. */
  async loadMore() {
    if (this.isLoading || this.isWhole || this.app.state.order === 'slowest' || !this.traces.length || this.traces.length >= 50_000) return;
    if (!this.latest || (this.latest.found <= this.traces.length && !this.latest.more)) return;
    this.isLoading = true;
    const turn = this.turn;
    const answer = await this.ask({ until: String(this.traces[this.traces.length - 1].start) }).catch(() => undefined);
    this.isLoading = false;
    if (!answer || this.closed || turn !== this.turn) return;
    const here = new Set(this.traces.map((trace) => trace.id));
    const older = answer.traces.filter((trace) => !here.has(trace.id));
    this.isWhole = !older.length;
    this.traces = [...this.traces, ...older];
    this.list.setAttribute('aria-rowcount', String(this.traces.length + 1));
    this.rows.reset(this.traces.length);
  }

  /** The length of the longest bar: one outlier must not make all others points. */
  measure() {
    const sorted = this.traces.map((trace) => trace.duration).sort((a, b) => a - b);
    const typical = sorted[Math.floor(sorted.length * 0.95)] ?? 1;
    this.longest = Math.max(1, Math.min(sorted[sorted.length - 1] ?? 1, typical * 20));
  }

  drawChart() {
    if (!this.latest || this.isPaused) return;
    const width = Math.max(280, this.chart.clientWidth - 28);
    show(this.chart, h('h2', {}, 'latency over time'), this.traces.length ? scatter(this.traces, (id) => this.app.openTrace(id), width, limits(this.app.state)) : h('p', { class: 'soft' }, 'no traces'));
  }

  choose(name) {
    this.overview.classList.toggle('of-operations', name === 'operations');
    for (const button of this.choices.children) button.setAttribute('aria-pressed', String(button.dataset.show === name));
    this.drawChart();
  }

  version(index) {
    const { id, name, duration: took, spans, errors, services } = this.traces[index];
    return [id, index, name, took, spans, errors, services.length, this.longest].join(' ');
  }

  /** Writes how long ago the visible traces began, and leaves their rows as they are, because a click may be on one. */
  tick() {
    for (const { element, index } of this.rows.shown.values()) if (this.traces[index]) element.querySelector('.began').textContent = ago(this.traces[index].start);
  }

  row(index) {
    const trace = this.traces[index];
    const share = Math.max(1, Math.min(100, (trace.duration / this.longest) * 100));
    const isOver = trace.duration > this.longest;
    const isFirst = trace.id === this.selected || (!this.traces.some((one) => one.id === this.selected) && index === 0);
    const open = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.select(trace.id);
      this.app.openTrace(trace.id);
    };
    const cell = (name, ...content) => h('span', { role: 'cell', class: name }, ...content);
    return h('div', { class: `hit ${trace.errors ? 'error' : ''} ${trace.id === this.selected ? 'on' : ''}`, 'data-trace': trace.id, role: 'row', 'aria-rowindex': String(index + 2), onclick: open },
      cell('trace', h('i', { class: 'dot' }), h('a', { href: link({ ...search(this.app.state), trace: trace.id }), tabindex: isFirst ? '0' : '-1', onclick: open, onfocus: () => this.select(trace.id) }, outside(trace.name || trace.id))),
      cell('services', trace.services.map((service) => outside(service, { class: 'chip', style: colour(service) }))),
      cell('duration meter', h('i', { class: isOver ? 'over' : '', style: { width: `${(share * 0.6).toFixed(1)}%` } }), duration(trace.duration)),
      cell('spans soft number', many(trace.spans, 'span')), cell('errors bad number', trace.errors ? many(trace.errors, 'error') : ''),
      cell('began soft number', ago(trace.start)));
  }

  say(title, ...content) {
    show(this.empty, h('h2', {}, title), ...content.map((one) => (typeof one === 'string' ? h('p', {}, one) : one)));
    this.list.after(this.empty);
  }

  /** Selects a trace; the selection stays with it wherever it moves. */
  select(id) {
    if (this.selected === id) return;
    this.selected = id;
    // Only the marks change: a row that were drawn anew under the mouse would lose the click.
    for (const [key, { element }] of this.rows.shown) {
      element.classList.toggle('on', key === id);
      element.querySelector('a').tabIndex = key === id ? 0 : -1;
    }
  }

  key(key) {
    const at = this.traces.findIndex((trace) => trace.id === this.selected);
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 12, PageUp: -12 }[key];
    if (step && this.operations.element.contains(document.activeElement)) return this.operations.move(step);
    if (step && this.traces.length) {
      const next = Math.max(0, Math.min(this.traces.length - 1, at < 0 ? 0 : at + step));
      this.select(this.traces[next].id);
      this.rows.reveal(next);
      this.rows.focus(next);
    } else if (key === 'Enter' && at >= 0) this.app.openTrace(this.selected);
    else if (key === 'n' && this.waiting?.length) this.showFresh();
    else return false;
    return true;
  }

  redraw() {
    for (const entry of this.rows.shown.values()) entry.version = undefined;
    this.rows.redraw();
    this.drawChart();
  }

  /** Leaves the page, to come back as it is. */
  pause() {
    this.isPaused = true;
    this.top = this.list.scrollTop;
    this.turn = (this.turn ?? 0) + 1;
  }

  async resume(main) {
    this.isPaused = false;
    show(main, this.element);
    if (this.asked !== JSON.stringify(search(this.app.state))) {
      await this.load();
      return;
    }
    this.list.scrollTop = this.top;
    this.rows.draw();
    const at = this.traces.findIndex((trace) => trace.id === this.selected);
    if (at >= 0) this.rows.focus(at);
    await this.refresh();
  }

  close() {
    this.closed = true;
    this.rows.close();
    this.observer.disconnect();
  }
}
