// One trace: the waterfall, the selected span beside it, the logs below; map, comparison and export of the same trace.
import { h, show, outside, byId } from './dom.js';
import { duration, many, stamp } from './format.js';
import { Trace } from './model.js';
import { Waterfall } from './waterfall.js';
import { LogPane } from './logs.js';
import { detail } from './detail.js';
import { drawMap, edgesOf } from './map.js';
import { drawCompare } from './compare.js';
import { chromeEvents, zipkin, save } from './files.js';

export class TraceScreen {
  constructor(main, app) {
    this.main = main;
    this.app = app;
  }

  async load() {
    const { trace: id, raw } = this.app.state;
    try {
      this.data = await this.app.fetchTrace(id);
    } catch (error) {
      const evicted = this.app.lastCounts?.evicted;
      show(this.main, h('div', { class: 'empty' }, h('h2', {}, error.status === 404 ? 'This trace is not here' : 'This trace cannot be shown'), h('p', {}, error.message),
        error.status === 404 && evicted ? h('p', {}, `${evicted} traces were evicted to stay within --max-bytes; it may be one of them.`) : null,
        h('p', {}, h('a', { href: '/', onclick: (event) => { event.preventDefault(); this.app.go({}); } }, '‹ back to the search'))));
      return;
    }
    if (this.closed) return;
    this.build(raw === '1');
  }

  build(isRaw) {
    const trace = new Trace(this.data.spans, this.data.logs, { correctsSkew: !isRaw });
    this.trace = trace;
    const { state } = this.app;
    this.showsCritical = state.critical !== '0';
    document.title = `${trace.name} · Spoor`;
    const toggle = (name, text, title, isOn, run, disabled = false) => h('button', { type: 'button', 'data-do': name, title, 'aria-pressed': String(isOn), disabled, onclick: run }, text);
    this.tabs = ['waterfall', 'map', 'compare'].map((name) => toggle(name, name, name, (state.view || 'waterfall') === name, () => this.app.change({ view: name === 'waterfall' ? '' : name })));
    this.gaps = trace.gaps();
    const bar = h('div', { class: 'title' }, h('a', { href: '/', title: 'Back', onclick: (event) => { event.preventDefault(); this.app.back(); } }, '‹'), h('h1', {}, outside(trace.name)),
      h('span', { class: 'facts' }, h('span', { class: 'mono', title: trace.id }, `${trace.id.slice(0, 8)}…`), ` ${duration(trace.duration)} · ${many(trace.services.length, 'service')} · ${many(trace.spans.length, 'span')}`,
        trace.errors ? h('span', { class: 'bad' }, ` · ${many(trace.errors, 'error')}`) : null, ` · ${stamp(trace.start)}`), h('span', { class: 'grow' }), ...this.tabs,
      toggle('critical', 'critical path', 'c', this.showsCritical, () => this.key('c')),
      this.gaps.length ? toggle('fold', 'fold gaps', 'Gaps longer than half the trace', false, () => this.fold()) : null,
      trace.skewed || isRaw ? toggle('raw', isRaw ? 'raw clocks' : 'clocks corrected', 'Clock skew', isRaw, () => this.app.change({ raw: isRaw ? '' : '1' })) : null,
      toggle('error', 'n next error', 'n', false, () => this.key('n'), !trace.errors),
      h('button', { type: 'button', 'data-do': 'json', title: 'Save as Zipkin JSON', onclick: () => save(`${trace.id}.json`, zipkin(trace)) }, 'json'),
      h('button', { type: 'button', 'data-do': 'chrome', title: 'Save as Chrome trace events, for Perfetto', onclick: () => save(`${trace.id}.trace-events.json`, chromeEvents(trace)) }, 'perfetto'));
    const note = trace.missing ? h('div', { class: 'note' }, `Incomplete: ${many(trace.missing, 'parent')} not received (${trace.nodes.filter((node) => node.missing).slice(0, 5).map((node) => node.id).join(', ')}${trace.missing > 5 ? ', …' : ''}).`) : null;
    this.body = h('div', { class: 'trace' });
    this.close();
    this.closed = false;
    this.waterfall = undefined;
    show(this.main, bar, note, this.body);
    this.update();
  }

  update() {
    const { state } = this.app;
    if ((state.raw === '1') === this.trace.correctsSkew) {
      this.build(state.raw === '1');
      return;
    }
    const view = state.view || 'waterfall';
    for (const tab of this.tabs) tab.setAttribute('aria-pressed', String(tab.dataset.do === view));
    if (view === 'map') this.showMap();
    else if (view === 'compare') this.showCompare();
    else this.showWaterfall();
  }

  node() { return this.trace.byId.get(this.app.state.span) ?? this.trace.nodes.find((node) => node.error) ?? this.trace.nodes[0]; }

  showWaterfall() {
    const { state } = this.app;
    const node = this.node();
    if (!this.waterfall || !this.body.contains(this.waterfall.element)) {
      this.waterfall?.close();
      this.logs?.close();
      this.waterfall = new Waterfall(this.trace, { select: (one) => this.app.change({ span: one.key }, { replace: true }), selected: node, showsCritical: () => this.showsCritical });
      this.side = h('aside', { class: 'side', 'aria-label': 'Span', tabindex: '0' });
      this.logs = new LogPane(this.trace, { scope: state.logs || 'trace', changeScope: (logs) => this.app.change({ logs: logs === 'trace' ? '' : logs }, { replace: true }), light: (one) => one && this.waterfall.light(one) });
      this.body.className = 'trace';
      show(this.body, this.waterfall.element, this.side, this.logs.element);
      this.waterfall.rows.redraw();
      if (node) this.waterfall.select(node, { quiet: true });
      if (this.folded) this.waterfall.fold(this.gaps);
    } else if (node && this.waterfall.selected !== node) this.waterfall.select(node, { quiet: true });
    show(this.side, detail(node, this.trace, this.app), this.criticalSummary());
    this.logs.update(state.logs || 'trace', node);
  }

  criticalSummary() {
    const path = this.trace.critical ?? [];
    if (!path.length || !this.showsCritical) return null;
    return [h('h3', {}, 'critical path'), h('dl', { class: 'critical-path' }, path.slice(0, 8).map(({ node, time }) => [h('dt', {}, duration(time)), h('dd', {}, outside(node.service), ' ', outside(node.name))]))];
  }

  showMap() {
    this.body.className = 'scroll-page map';
    const edges = this.edges ??= edgesOf(this.trace);
    const draw = (selected) => {
      drawMap(this.body, edges, draw, selected);
      if (!selected) return;
      this.body.append(h('h3', {}, outside(selected.parent), ' → ', outside(selected.child)), h('table', { class: 'calls' }, h('tbody', {}, selected.nodes.slice(0, 100).map((node) => h('tr', { tabindex: '0', onclick: () => this.app.change({ view: '', span: node.key }) }, h('td', {}, outside(node.name), node.error ? h('span', { class: 'bad' }, ' ✗') : null), h('td', { class: 'number' }, duration(node.span.duration)))))));
    };
    draw();
  }

  async showCompare() {
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
      const text = (one) => (/\s/.test(one) ? `"${one}"` : one);
      const q = root?.name && root.service ? `service=${text(root.service)} name=${text(root.name)}` : '';
      const response = await fetch(`/api/spoor/search?${new URLSearchParams({ q, limit: '12', lookback: String(Date.now()) })}`).catch(() => undefined);
      if (response?.ok) recent = (await response.json()).traces.filter((one) => one.id !== this.trace.id);
    }
    if (this.app.state.view !== 'compare' || this.closed) return;
    drawCompare(this.body, this.trace, other, { problem, recent, choose: (other) => this.app.change({ with: other }) });
  }

  fold() {
    this.folded = !this.folded;
    byId('main').querySelector('[data-do=fold]').setAttribute('aria-pressed', String(this.folded));
    this.waterfall?.fold(this.folded ? this.gaps : []);
  }

  key(key) {
    const { waterfall } = this;
    if (key === 'm') this.app.change({ view: this.app.state.view === 'map' ? '' : 'map' });
    else if (key === 'd') this.app.change({ view: this.app.state.view === 'compare' ? '' : 'compare' });
    else if (key === 'Escape') this.app.back();
    else if (!waterfall || (this.app.state.view || 'waterfall') !== 'waterfall') return false;
    else if (key === 'j' || key === 'ArrowDown') waterfall.move(1);
    else if (key === 'k' || key === 'ArrowUp') waterfall.move(-1);
    else if (key === 'n') waterfall.nextError();
    else if (key === 'c') {
      this.showsCritical = !this.showsCritical;
      byId('main').querySelector('[data-do=critical]').setAttribute('aria-pressed', String(this.showsCritical));
      this.app.change({ critical: this.showsCritical ? '' : '0' }, { replace: true });
      waterfall.rows.redraw();
    } else if (key === 'l') {
      const scopes = ['trace', 'span', 'subtree'];
      const next = scopes[(scopes.indexOf(this.app.state.logs || 'trace') + 1) % 3];
      this.app.change({ logs: next === 'trace' ? '' : next }, { replace: true });
    } else if (key === 'ArrowLeft' || key === 'ArrowRight') {
      const node = waterfall.selected;
      if (!node) return true;
      const isOpen = node.children.length && !waterfall.collapsed.has(node);
      if (key === 'ArrowLeft' && isOpen) waterfall.toggle(node);
      else if (key === 'ArrowLeft' && node.parent) waterfall.select(node.parent);
      else if (key === 'ArrowRight' && node.children.length) {
        if (waterfall.collapsed.has(node)) waterfall.toggle(node);
        else waterfall.select(node.children[0]);
      }
    } else return false;
    return true;
  }

  close() {
    this.closed = true;
    this.waterfall?.close();
    this.logs?.close();
  }
}
