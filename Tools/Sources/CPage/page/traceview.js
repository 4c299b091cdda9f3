// SPDX-License-Identifier: Apache-2.0

// One trace: the waterfall with the selected span and the logs, its other views, and late spans as they come in.
import { h, show, outside, byId } from './dom.js';
import { duration, many, stamp } from './format.js';
import { api, link, search } from './address.js';
import { Trace } from './model.js';
import { Waterfall } from './waterfall.js';
import { FlameGraph } from './flame.js';
import { SpanTable } from './optable.js';
import { LogPane } from './logs.js';
import { Find } from './find.js';
import { criticalPath, detail } from './detail.js';
import { CallMap } from './map.js';
import { callsOf, callTable } from './calls.js';
import { drawCompare } from './compare.js';
import { chromeEvents, whole, zipkin, save } from './export.js';
import { quoted } from './query.js';

const views = ['waterfall', 'flame', 'table', 'map', 'compare'];
const viewKeys = { w: 'waterfall', g: 'flame', o: 'table', m: 'map', d: 'compare' };
const scopes = ['trace', 'span', 'subtree'];

export class TraceScreen {
  constructor(main, app) {
    Object.assign(this, { main, app });
  }

  async load() {
    const { trace: id } = this.app.state;
    try {
      this.data = await this.app.fetchTrace(id);
    } catch (error) {
      if (!this.closed) this.fail(error);
      return;
    }
    if (!this.closed) this.build();
  }

  fail(error) {
    const evicted = this.app.lastCounts?.evicted;
    show(this.main, h('div', { class: 'empty' }, h('h1', {}, error.status === 404 ? 'This trace is not here' : 'This trace cannot be shown'), h('p', {}, error.message),
      error.status === 404 && evicted ? h('p', {}, `${evicted} traces were evicted to stay within --max-bytes; it may be one of them.`) : null,
      error.status === 404 ? h('p', {}, 'It is shown as soon as its first span arrives.') : null,
      h('p', {}, h('a', { href: link(search(this.app.state)), onclick: (event) => { event.preventDefault(); this.app.go(search(this.app.state)); } }, '‹ back to the search'))));
  }

  build() {
    const { state } = this.app;
    const isRaw = state.raw === '1';
    const trace = this.trace = new Trace(this.data.spans, this.data.logs, { correctsSkew: !isRaw });
    this.showsCritical = state.critical !== '0';
    document.title = `${trace.name} · Spoor`;
    this.gaps = trace.gaps();
    this.pane?.close();
    this.logs?.close();
    this.pane = this.logs = undefined;
    this.find = new Find({ changed: (text) => this.app.change({ find: text }, { replace: true }), select: (node) => this.select(node), selected: () => this.node() });
    this.body = h('div', { class: 'trace' });
    this.late = h('div', { class: 'note late-note', role: 'status', hidden: true });
    const missing = trace.missing ? h('div', { class: 'note incomplete' }, `Incomplete: ${many(trace.missing, 'parent')} not received (${trace.nodes.filter((node) => node.missing).slice(0, 5).map((node) => node.id).join(', ')}${trace.missing > 5 ? ', …' : ''}).`) : null;
    this.outlier = h('div', { class: 'note', hidden: true }, 'Some spans are far from all others, perhaps by a wrong clock, and are not in the first view. ', h('button', { type: 'button', onclick: () => { this.pane.zoomBy('whole'); this.outlier.hidden = true; } }, 'show the whole time'));
    show(this.main, this.titleBar(isRaw), missing, this.outlier, this.late, this.body);
    this.update();
  }

  titleBar(isRaw) {
    const { trace, app } = this;
    const { state } = app;
    const button = (name, text, title, run, more = {}) => h('button', { type: 'button', 'data-do': name, title, onclick: run, ...more }, text);
    const toggle = (name, text, title, isOn, run) => button(name, text, title, run, { 'aria-pressed': String(isOn) });
    this.tabs = views.map((name) => toggle(name, name, `${name} (${Object.entries(viewKeys).find(([, view]) => view === name)[0]})`, false, () => this.view(name)));
    this.expansion = h('select', { 'aria-label': 'What is expanded', title: 'x', 'data-do': 'expand', onchange: () => this.app.change({ show: this.expansion.value === 'all' ? '' : this.expansion.value }, { replace: true }) },
      [['all', 'all levels'], ['none', 'collapsed'], ['2', '2 levels'], ['3', '3 levels'], ['5', '5 levels'], ['10', '10 levels'], ['errors', 'ways to errors']].map(([value, text]) => h('option', { value }, text)));
    return h('div', { class: 'title' },
      h('div', { class: 'name' }, h('a', { href: link(search(state)), title: 'Back (Esc)', 'aria-label': 'Back', onclick: (event) => { event.preventDefault(); app.back(); } }, '‹'), h('h1', {}, outside(trace.name)),
        h('span', { class: 'facts' }, h('span', { class: 'mono', title: trace.id }, `${trace.id.slice(0, 8)}…`), ` ${duration(trace.duration)} · ${many(trace.services.length, 'service')} · ${many(trace.spans.length, 'span')}`,
          trace.errors ? h('span', { class: 'bad' }, ` · ${many(trace.errors, 'error')}`) : null, ` · ${stamp(trace.start)}`)),
      h('div', { class: 'tabs', role: 'group', 'aria-label': 'Views of the trace' }, this.tabs),
      this.actions = h('div', { class: 'actions' }, this.find.element, this.expansion,
        toggle('critical', 'critical path', 'c', this.showsCritical, () => this.key('c')),
        this.gaps.length ? toggle('fold', 'fold gaps', 'Gaps longer than half the trace', Boolean(this.folded), () => this.fold()) : null,
        trace.skewed || isRaw ? toggle('raw', isRaw ? 'raw clocks' : 'clocks corrected', 'Clock skew', isRaw, () => app.change({ raw: isRaw ? '' : '1' })) : null,
        button('error', 'next error', 'n', () => this.key('n'), { disabled: !trace.errors }),
        button('json', 'json', 'Save as Zipkin JSON', () => save(`${trace.id}.json`, zipkin(trace))),
        button('whole', 'with logs', 'Save with the log records; dropped on the page, it is shown again', () => save(`${trace.id}.trace.json`, whole(trace))),
        button('chrome', 'perfetto', 'Save as Chrome trace events, for Perfetto', () => save(`${trace.id}.trace-events.json`, chromeEvents(trace)))));
  }

  view(name) { this.app.change({ view: name === 'waterfall' ? '' : name }); }

  update() {
    if (!this.trace) return;
    const { state } = this.app;
    if ((state.raw === '1') === this.trace.correctsSkew) {
      this.build();
      return;
    }
    const view = views.includes(state.view) ? state.view : 'waterfall';
    for (const tab of this.tabs) tab.setAttribute('aria-pressed', String(tab.dataset.do === view));
    this.actions.classList.toggle('of-waterfall', view === 'waterfall');
    this.find.run(this.trace, state.find ?? '');
    if (view === 'compare') this.showCompare();
    else if (view === 'waterfall') this.showWaterfall();
    else this.showView(view);
  }

  node() { return this.trace.byId.get(this.app.state.span) ?? this.trace.nodes.find((node) => node.error) ?? this.trace.nodes[0]; }

  /** Selects a span, in the waterfall. */
  select(node) { this.app.change({ span: node.key, view: '' }, { replace: !this.app.state.view }); }

  replace(view, make) {
    if (this.shown === view && this.pane) return false;
    this.pane?.close();
    this.logs?.close();
    this.logs = undefined;
    this.pane = make();
    this.shown = view;
    return true;
  }

  showWaterfall() {
    const { state } = this.app;
    const node = this.node();
    const isNew = this.replace('waterfall', () => new Waterfall(this.trace, { select: (one) => this.app.change({ span: one.key }, { replace: true }), selected: node, showsCritical: () => this.showsCritical, found: new Set(this.find.found) }));
    if (isNew) {
      this.side = h('aside', { class: 'side', 'aria-label': 'Span', tabindex: '0' });
      this.logs = new LogPane(this.trace, { scope: state.logs || 'trace', changeScope: (logs) => this.app.change({ logs: logs === 'trace' ? '' : logs }, { replace: true }), light: (one) => one && this.pane.light(one) });
      this.body.className = `trace ${this.trace.logs.length ? '' : 'without-logs'}`;
      show(this.body, this.pane.element, this.side, this.logs.element);
      this.outlier.hidden = !this.pane.isCut;
      this.expanded = undefined;
      // What is beside takes its room first, so that the selected row is revealed where it stays.
      show(this.side, detail(node, this.trace, this.app), this.showsCritical ? criticalPath(this.trace) : null);
      this.logs.update(state.logs || 'trace', node);
      this.pane.indent();
      this.pane.rows.redraw();
      if (node) this.pane.select(node, { quiet: true });
      if (this.folded) this.pane.fold(this.gaps);
    } else {
      this.pane.found = new Set(this.find.found);
      if (node && this.pane.selected !== node) this.pane.select(node, { quiet: true });
      else this.pane.rows.redraw();
    }
    if ((state.show ?? 'all') !== (this.expanded ?? 'all')) this.pane.expand(state.show ?? 'all', { keeps: isNew });
    this.expanded = this.expansion.value = state.show ?? 'all';
    show(this.side, detail(node, this.trace, this.app), this.showsCritical ? criticalPath(this.trace) : null);
    this.logs.update(state.logs || 'trace', node);
  }

  showView(view) {
    const makers = {
      flame: () => new FlameGraph(this.trace, { select: (node) => this.select(node) }),
      table: () => new SpanTable(this.trace, { select: (node) => this.select(node) }),
      map: () => new CallMap({ calls: (edge) => callTable(edge, (node) => this.select(node)) }),
    };
    if (!this.replace(view, makers[view])) return;
    this.body.className = `scroll-page ${view === 'map' ? 'map' : ''}`;
    this.body.tabIndex = -1;
    show(this.body, this.pane.element);
    if (view === 'map') this.pane.show(callsOf(this.trace));
    this.pane.draw?.();
  }

  async showCompare() {
    this.replace('compare', () => ({ close() {} }));
    this.body.className = 'scroll-page compare';
    const id = this.app.state.with;
    let other;
    let problem;
    if (id) {
      try {
        const data = await this.app.fetchTrace(id);
        other = new Trace(data.spans, data.logs);
      } catch (error) { problem = error.message; }
    }
    let recent = [];
    if (!other && !this.data.isFile) {
      const root = this.trace.roots[0];
      const q = root?.name && root.service ? `service=${quoted(root.service)} name=${quoted(root.name)}` : '';
      const response = await fetch(api('spoor/search', { q, limit: '12', lookback: String(Date.now()) })).catch(() => undefined);
      if (response?.ok) recent = (await response.json()).traces.filter((one) => one.id !== this.trace.id);
    }
    if (this.app.state.view !== 'compare' || this.closed) return;
    drawCompare(this.body, this.trace, other, { problem, recent, choose: (other) => this.app.change({ with: other }), select: (node) => this.select(node) });
  }

  /** Takes in spans and log records that have come since, and keeps what the user holds. */
  async refresh() {
    const { trace: id } = this.app.state;
    if (!id || this.isRefreshing) return;
    this.isRefreshing = true;
    try {
      const data = await this.app.fetchTrace(id, this.data).catch(() => undefined);
      if (!data || this.closed || data === this.data || data.isFile || (this.data && data.tag === this.data.tag)) return;
      const before = this.trace;
      this.data = data;
      if (before) this.takeIn(before);
      else this.build();
    } finally { this.isRefreshing = false; }
  }

  takeIn(before) {
    const pane = this.shown === 'waterfall' ? this.pane : undefined;
    const held = pane && { collapsed: new Set([...pane.collapsed].map((node) => node.key)), top: pane.scroller.scrollTop, window: pane.window, isWhole: pane.window[0] === before.start && pane.window[1] === before.end };
    const focus = document.activeElement?.closest?.('[role=treegrid], .side, .find, .divider, .logs .scroll')?.className.split(' ')[0];
    const typed = this.find.input === document.activeElement ? this.find.input.selectionStart : undefined;
    this.build();
    const late = this.trace.nodes.filter((node) => node.span && !before.byId.get(node.key)?.span);
    for (const node of late) node.isLate = true;
    const records = this.trace.logs.length - before.logs.length;
    this.arrived = { spans: (this.arrived?.spans ?? 0) + late.length, records: (this.arrived?.records ?? 0) + Math.max(0, records) };
    this.late.hidden = false;
    show(this.late, `${[this.arrived.spans ? many(this.arrived.spans, 'span') : '', this.arrived.records ? many(this.arrived.records, 'log record') : ''].filter(Boolean).join(' and ') || 'Changes'} arrived while this trace was open. `, h('button', { type: 'button', onclick: () => { this.late.hidden = true; this.arrived = undefined; } }, 'ok'));
    if (!held || this.shown !== 'waterfall') return;
    this.pane.collapsed = new Set(this.trace.nodes.filter((node) => held.collapsed.has(node.key)));
    this.pane.layOut();
    if (!held.isWhole) this.pane.zoom(held.window);
    this.pane.scroller.scrollTop = held.top;
    this.pane.rows.redraw();
    if (typed !== undefined) {
      this.find.input.focus();
      this.find.input.setSelectionRange(typed, typed);
    } else if (focus) this.main.querySelector(focus === 'scroll' ? '.logs .scroll' : `.${focus}`)?.focus({ preventScroll: true });
  }

  fold() {
    this.folded = !this.folded;
    byId('main').querySelector('[data-do=fold]').setAttribute('aria-pressed', String(this.folded));
    if (this.shown === 'waterfall') this.pane.fold(this.folded ? this.gaps : []);
  }

  key(key) {
    if (!this.trace) return key === 'Escape' ? (this.app.back(), true) : false;
    if (this.shown !== 'waterfall' && this.pane?.key?.(key)) return true;
    const view = viewKeys[key];
    if (view) this.view(view === this.app.state.view ? 'waterfall' : view);
    else if (key === 'f') this.find.input.select();
    else if (key === 'Escape') this.app.back();
    else if (key === 't') this.app.go(search(this.app.state));
    else if (this.shown !== 'waterfall') return false;
    else return this.waterfallKey(key);
    return true;
  }

  waterfallKey(key) {
    const { pane } = this;
    const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 15, PageUp: -15 };
    const zooms = { '+': 'in', '=': 'in', '-': 'out', 0: 'whole', '[': 'earlier', ']': 'later' };
    if (steps[key]) pane.move(steps[key]);
    else if (zooms[key]) {
      pane.zoomBy(zooms[key]);
      this.outlier.hidden = true;
    } else if (key === 'Home' || key === 'End') pane.select(pane.visible[key === 'Home' ? 0 : pane.visible.length - 1]);
    else if (key === 'n' || key === 'N') pane.nextError(key === 'n' ? 1 : -1);
    else if (key === 'c') {
      this.showsCritical = !this.showsCritical;
      byId('main').querySelector('[data-do=critical]').setAttribute('aria-pressed', String(this.showsCritical));
      this.app.change({ critical: this.showsCritical ? '' : '0' }, { replace: true });
    } else if (key === 'x') {
      const all = [...this.expansion.options].map((one) => one.value);
      const next = all[(all.indexOf(this.expansion.value) + 1) % all.length];
      this.app.change({ show: next === 'all' ? '' : next }, { replace: true });
    } else if (key === 'l') {
      const next = scopes[(scopes.indexOf(this.app.state.logs || 'trace') + 1) % scopes.length];
      this.app.change({ logs: next === 'trace' ? '' : next }, { replace: true });
    } else if (key === 'ArrowLeft' || key === 'ArrowRight') this.stepInto(key === 'ArrowRight');
    else return false;
    return true;
  }

  /** Collapses the selected span or goes to its parent; expands it or goes to its first child. */
  stepInto(opens) {
    const { pane } = this;
    const node = pane.selected;
    if (!node) return;
    const isOpen = node.children.length && !pane.collapsed.has(node);
    if (opens && node.children.length) {
      if (isOpen) pane.select(node.children[0]);
      else pane.toggle(node);
    } else if (!opens && isOpen) pane.toggle(node);
    else if (!opens && node.parent) pane.select(node.parent);
  }

  redraw() {
    if (!this.trace) return;
    const { pane } = this;
    if (this.shown === 'waterfall') {
      pane.redraw();
      this.logs.rows.redraw();
      show(this.side, detail(this.node(), this.trace, this.app), this.showsCritical ? criticalPath(this.trace) : null);
    } else this.pane?.draw?.();
  }

  close() {
    this.closed = true;
    this.pane?.close();
    this.logs?.close();
  }
}
