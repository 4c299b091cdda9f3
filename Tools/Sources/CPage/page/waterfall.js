// SPDX-License-Identifier: Apache-2.0

// The waterfall: a row for each visible span with its bar, the critical path, and its log records as dots.
import { h, outside, plain } from './dom.js';
import { duration, colour } from './format.js';
import { Minimap } from './minimap.js';
import { divider } from './divider.js';
import { Rows } from './rows.js';
import { continues } from './model.js';

export class Waterfall {
  constructor(trace, { select, selected, showsCritical, found, slow = 200_000 }) {
    Object.assign(this, { trace, selected, showsCritical, found, slow, onSelect: select });
    this.collapsed = new Set();
    this.folds = [];
    this.window = core(trace);
    this.minimap = new Minimap(trace, { zoom: (window) => this.zoom(window) });
    this.axis = h('div', { class: 'axis', 'aria-hidden': 'true' });
    this.scroller = h('div', { class: 'waterfall', tabindex: '0', role: 'treegrid', 'aria-label': 'Spans' });
    this.element = h('div', { class: 'left' }, this.minimap.element, this.axis, this.scroller);
    this.divider = divider(this.element, { changed: () => this.indent() });
    this.element.append(this.divider);
    this.rows = new Rows(this.scroller, { height: 26, render: (index) => this.row(this.visible[index], index), key: (index) => this.visible[index].key, label: 'Spans' });
    this.scroller.addEventListener('focus', () => this.announce());
    this.layOut();
    this.minimap.mark(this.window);
  }

  /** Whether a part of the trace is outside of the first view, because it is far from everything else. */
  get isCut() { return this.window[0] > this.trace.start || this.window[1] < this.trace.end; }

  /** Computes the rows after something was collapsed or expanded. */
  layOut() {
    this.visible = [];
    const { nodes } = this.trace;
    for (let index = 0; index < nodes.length;) {
      this.visible.push(nodes[index]);
      index += this.collapsed.has(nodes[index]) ? nodes[index].size : 1;
    }
    this.scroller.setAttribute('aria-rowcount', String(this.visible.length));
    this.indent();
    this.rows.reset(this.visible.length);
  }

  /** The deeper the rows that are visible, the less each level is indented, so that names keep most of the column. */
  indent() {
    const deepest = this.visible.reduce((most, node) => Math.max(most, node.depth), 1);
    const column = this.element.clientWidth ? this.divider.offsetLeft : 420;
    const step = Math.max(1, Math.min(13, (Math.max(160, column) * 0.3) / deepest));
    this.element.style.setProperty('--indent', `${step.toFixed(2)}px`);
    this.laneWidth = Math.max(80, (this.element.clientWidth || 900) - column - 20);
    this.ticks();
  }

  /** The position of a time across the lane, 0 to 1. Folded gaps are narrow. */
  place(time) {
    const [from, to] = this.window;
    const cut = (until) => this.folds.reduce((sum, [begin, end]) => sum + Math.max(0, Math.min(until, end) - Math.max(from, begin)) * 0.96, 0);
    const whole = to - from - cut(to);
    return whole > 0 ? (time - from - (time > from ? cut(time) : 0)) / whole : 0;
  }

  row(node, index) {
    const hasChildren = node.children.length > 0;
    const isOpen = !this.collapsed.has(node);
    const classes = ['span', node === this.selected && 'on', node.error && 'error', node.missing && 'missing', node.interrupted && 'interrupted',
      continues(node) && 'continued', node === this.lit && 'lit', this.found?.has(node) && 'found', node.isLate && 'late'].filter(Boolean).join(' ');
    const twist = hasChildren ? h('span', { class: 'twist', title: isOpen ? 'Collapse (←)' : 'Expand (→)', onclick: (event) => { event.stopPropagation(); this.toggle(node); } }, isOpen ? '▾' : '▸') : h('span', { class: 'twist' });
    const name = node.missing ? `? ${node.name}` : node.name || '(no name)';
    return h('div', { class: classes, id: `row-${node.key}`, role: 'row', 'aria-level': String(node.depth + 1), 'aria-rowindex': String(index + 1), 'aria-selected': String(node === this.selected), 'aria-expanded': hasChildren ? String(isOpen) : undefined, 'data-span': node.key, onclick: () => this.select(node) },
      h('div', { class: 'who', role: 'gridcell', title: `${node.service} ${name}`, style: { '--depth': String(node.depth), ...colour(node.service) } }, twist,
        continues(node) ? h('span', { class: 'link', title: 'continued: its parent does not wait for it' }, '┊') : null,
        node.service ? outside(node.service, { class: 'svc' }) : null, outside(name, { class: 'op' }),
        node.error ? h('span', { class: 'bad' }, '✗', h('span', { class: 'hidden' }, ' failed')) : null,
        !isOpen ? h('span', { class: 'soft' }, `+${node.size - 1}`, node.errorsBelow ? h('span', { class: 'bad' }, ` ✗${node.errorsBelow}`) : null) : null),
      h('div', { class: 'lane', role: 'gridcell' }, ...this.bar(node)));
  }

  bar(node) {
    if (node.start === undefined) return [h('span', { class: 'took' }, 'no time')];
    const percent = (value) => `${(value * 100).toFixed(3)}%`;
    const from = this.place(node.start);
    const to = this.place(node.end);
    if (to < 0 || from > 1) return [h('span', { class: 'took away', style: { left: from > 1 ? '100%' : '0' } }, from > 1 ? `${duration(node.start - this.window[1])} later ▸` : `◂ ${duration(this.window[0] - node.end)} earlier`)];
    const [left, right] = [Math.max(0, Math.min(from, 0.9985)), Math.min(1, to)];
    const parts = [h('span', { class: 'bar', style: { left: percent(left), width: percent(Math.max(0, right - left)), ...colour(node.service) } })];
    if (this.showsCritical()) {
      for (const [begin, end] of node.critical) {
        const [a, b] = [Math.max(0, this.place(begin)), Math.min(1, this.place(end))];
        if (b > a) parts.push(h('span', { class: 'crit', title: `critical path: ${duration(end - begin)}`, style: { left: percent(a), width: percent(b - a) } }));
      }
    }
    const marks = this.marks(node);
    parts.push(...marks.map((group) => h('span', { class: `mark${group.bad ? ' bad' : ''}${group.texts.length > 1 ? ' many' : ''}`, title: group.texts.slice(0, 8).map((text) => plain(text).slice(0, 120)).join('\n'), style: { left: percent(group.place) } })));
    for (const [begin] of this.folds) parts.push(h('span', { class: 'fold', style: { left: percent(this.place(begin) + 0.004) } }));
    // A span with a long self time, marked as in the terminal.
    const isSlow = !node.error && !node.missing && node.selfTime >= this.slow;
    const label = node.missing ? 'not received' : `${duration(node.end - node.start)}${node.interrupted ? ' interrupted ▒' : ''}${isSlow ? ` over ${duration(this.slow)}` : ''}`;
    const slow = isSlow ? ' slow' : '';
    // The label is where it has room: after the bar, before it, or on it, at the end that has no dot.
    const room = (label.length * 6.4 + (node.interrupted ? 16 : 14)) / this.laneWidth;
    if (right + room < 1) parts.push(h('span', { class: `took${slow}`, style: { left: percent(Math.max(right, left + 0.004)) } }, label));
    else if (left > room) parts.push(h('span', { class: `took before${slow}`, style: { left: percent(left) } }, label));
    else if (marks.some(({ place }) => place > right - room) && !marks.some(({ place }) => place < left + room)) parts.push(h('span', { class: `took inside start${slow}`, style: { left: percent(left) } }, label));
    else parts.push(h('span', { class: `took inside${slow}`, style: { left: percent(right) } }, label));
    return parts;
  }

  /** Log records and annotations as dots; close ones are one dot, and none hides an error's. */
  marks(node) {
    const groups = [];
    const all = node.logs.map((log) => ({ time: log.time, bad: log.isBad, text: log.record.event ?? '' }));
    for (const one of (node.span?.annotations ?? []).slice(0, 1000)) all.push({ time: one.timestamp + node.skew, bad: /error|exception/i.test(one.value), text: one.value });
    for (const mark of all.sort((a, b) => a.time - b.time)) {
      const place = Math.max(0, Math.min(1, this.place(mark.time)));
      const last = groups[groups.length - 1];
      if (last && place - last.place < 0.012) {
        last.texts.push(mark.text);
        last.bad ||= mark.bad;
      } else if (groups.length < 60) groups.push({ place, bad: mark.bad, texts: [mark.text] });
    }
    return groups;
  }

  select(node, { quiet = false } = {}) {
    for (let above = node.parent; above; above = above.parent) {
      if (this.collapsed.delete(above)) this.visible = undefined;
    }
    this.selected = node;
    if (!this.visible) this.layOut();
    this.rows.reveal(this.visible.indexOf(node));
    this.rows.redraw();
    this.announce();
    if (!quiet) this.onSelect(node);
  }

  /** Tells a screen reader which row is selected. */
  announce() {
    if (this.selected) this.scroller.setAttribute('aria-activedescendant', `row-${this.selected.key}`);
  }

  light(node) {
    this.lit = node;
    if (node) this.select(node);
    else this.rows.redraw();
  }

  toggle(node) {
    if (!this.collapsed.delete(node)) this.collapsed.add(node);
    this.layOut();
  }

  /** What is expanded: `all`, `none`, a number of levels, or `errors`, the ways to failed spans. */
  expand(what, { keeps = false } = {}) {
    const { nodes } = this.trace;
    const isOpen = what === 'all' ? () => true
      : what === 'errors' ? (node) => node.errorsBelow > 0
      : (node) => node.depth + 1 < (what === 'none' ? 1 : Number(what));
    this.collapsed = new Set(nodes.filter((node) => node.children.length && !isOpen(node)));
    // The selection is never hidden: the way to it is opened, or its nearest visible parent is selected.
    let shown = this.selected;
    if (keeps) for (let above = shown?.parent; above; above = above.parent) this.collapsed.delete(above);
    for (let above = this.selected?.parent; above; above = above.parent) if (this.collapsed.has(above)) shown = above;
    this.layOut();
    if (shown && shown !== this.selected) this.select(shown);
  }

  move(step) {
    const at = this.visible.indexOf(this.selected);
    this.select(this.visible[Math.max(0, Math.min(this.visible.length - 1, at + step))]);
  }

  nextError(step = 1) {
    const { nodes } = this.trace;
    const from = this.selected?.index ?? -1;
    for (let away = 1; away <= nodes.length; away += 1) {
      const node = nodes[(from + step * away + nodes.length * 2) % nodes.length];
      if (node.error) return this.select(node);
    }
    return undefined;
  }

  fold(folds) {
    this.folds = folds;
    this.ticks();
    this.rows.redraw();
  }

  ticks() {
    const [from, to] = this.window;
    const steps = this.element.clientWidth && this.element.clientWidth < 700 ? 2 : 4;
    this.axis.replaceChildren(...Array.from({ length: steps + 1 }, (_, step) => h('span', { style: { left: `${(step / steps) * 100}%` } },
      this.folds.length && step > 0 && step < steps ? '' : duration(Math.max(0, from + ((to - from) * step) / steps - this.trace.start)))));
  }

  zoom(window) {
    this.window = window;
    this.minimap.mark(window);
    this.ticks();
    this.rows.redraw();
  }

  /** Zooms around the selected span, or moves: `in`, `out`, `whole`, `earlier`, `later`. */
  zoomBy(what) {
    const { trace } = this;
    const [from, to] = this.window;
    const length = to - from;
    const node = this.selected;
    const middle = node?.start !== undefined && node.end >= from && node.start <= to ? (Math.max(node.start, from) + Math.min(node.end, to)) / 2 : (from + to) / 2;
    const wanted = what === 'whole' ? [trace.start, trace.end] : what === 'in' ? [middle - length / 4, middle + length / 4]
      : what === 'out' ? [middle - length, middle + length] : what === 'earlier' ? [from - length / 4, to - length / 4] : [from + length / 4, to + length / 4];
    const size = Math.max(1, Math.min(trace.duration, wanted[1] - wanted[0]));
    const begin = Math.max(trace.start, Math.min(wanted[0], trace.end - size));
    this.zoom([begin, begin + size]);
  }

  redraw() {
    this.minimap.paint();
    this.rows.redraw();
  }

  close() {
    this.rows.close();
    this.minimap.close();
  }
}

/** The time range of nearly all spans, if the others are so far away that they would flatten everything. */
function core(trace) {
  const whole = [trace.start, trace.end];
  const timed = trace.nodes.filter((node) => node.start !== undefined && !node.missing);
  if (timed.length < 3) return whole;
  const starts = timed.map((node) => node.start).sort((a, b) => a - b);
  const ends = timed.map((node) => node.end).sort((a, b) => a - b);
  const few = Math.max(1, Math.floor(timed.length / 20));
  const cut = [starts[0], ends[ends.length - 1]];
  if (starts[few] - starts[0] > 20 * Math.max(1, ends[ends.length - 1] - starts[few])) cut[0] = starts[few];
  if (ends[ends.length - 1] - ends[ends.length - 1 - few] > 20 * Math.max(1, ends[ends.length - 1 - few] - cut[0])) cut[1] = ends[ends.length - 1 - few];
  // Long spans reach to where they end; only what begins or ends far away is left out.
  return timed.filter((node) => node.start < cut[0] || node.end > cut[1]).every((node) => node.end <= cut[0] || node.start >= cut[1]) ? cut : whole;
}
