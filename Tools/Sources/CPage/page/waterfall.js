// The waterfall: a row for each span in sight, its bar, what decided the time, its log records as dots.
import { h, outside } from './dom.js';
import { duration, colour, many } from './format.js';
import { Rows } from './rows.js';
import { continues } from './model.js';

export class Waterfall {
  constructor(trace, { select, selected, showsCritical, slow = 200_000 }) {
    this.trace = trace;
    this.onSelect = select;
    this.selected = selected;
    this.showsCritical = showsCritical;
    this.slow = slow;
    this.collapsed = new Set();
    this.folds = [];
    this.window = [trace.start, trace.end];
    this.canvas = h('canvas', { 'aria-hidden': 'true' });
    this.marker = h('div', { class: 'window', hidden: true });
    this.minimap = h('div', { class: 'minimap', title: 'Drag to look closer, click twice for the whole' }, this.canvas, this.marker);
    this.axis = h('div', { class: 'axis', 'aria-hidden': 'true' });
    this.scroller = h('div', { class: 'waterfall', tabindex: '0', role: 'treegrid', 'aria-label': 'Spans' });
    this.element = h('div', { class: 'left' }, this.minimap, this.axis, this.scroller);
    this.rows = new Rows(this.scroller, { height: 26, render: (index) => this.row(this.visible[index], index), label: 'Spans' });
    this.drag();
    this.layOut();
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.minimap);
  }

  /** Which rows there are, after something was collapsed or expanded. */
  layOut() {
    this.visible = [];
    const { nodes } = this.trace;
    for (let index = 0; index < nodes.length;) {
      this.visible.push(nodes[index]);
      index += this.collapsed.has(nodes[index]) ? nodes[index].size : 1;
    }
    this.scroller.setAttribute('aria-rowcount', String(this.visible.length));
    this.rows.reset(this.visible.length);
    this.ticks();
  }

  /** A time's place across the lane, 0 to 1, folded gaps being narrow. */
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
      continues(node) && 'continued', node === this.lit && 'lit'].filter(Boolean).join(' ');
    const twist = hasChildren ? h('button', { class: 'twist', type: 'button', tabindex: '-1', 'aria-label': isOpen ? 'Collapse' : 'Expand', onclick: (event) => { event.stopPropagation(); this.toggle(node); } }, isOpen ? '▾' : '▸') : h('span', { class: 'twist' });
    const name = node.missing ? `? ${node.name}` : node.name || '(no name)';
    return h('div', { class: classes, role: 'row', 'aria-level': String(node.depth + 1), 'aria-rowindex': String(index + 1), 'aria-selected': String(node === this.selected), 'aria-expanded': hasChildren ? String(isOpen) : undefined, 'data-span': node.key, onclick: () => this.select(node) },
      h('div', { class: 'who', role: 'gridcell', style: { '--depth': String(node.depth), ...colour(node.service) } }, twist,
        continues(node) ? h('span', { class: 'link', title: 'continued: its parent does not wait for it' }, '┊') : null,
        node.service ? outside(node.service, { class: 'svc' }) : null, outside(name, { class: 'op' }),
        node.error ? h('span', { class: 'bad', 'aria-label': 'failed' }, '✗') : null,
        !isOpen ? h('span', { class: 'soft' }, `+${node.size - 1}`, node.errorsBelow ? h('span', { class: 'bad' }, ` ✗${node.errorsBelow}`) : null) : null),
      h('div', { class: 'lane', role: 'gridcell' }, ...this.bar(node)));
  }

  bar(node) {
    if (node.start === undefined) return [h('span', { class: 'took' }, 'no time')];
    const percent = (value) => `${(value * 100).toFixed(3)}%`;
    const from = this.place(node.start);
    const to = this.place(node.end);
    if (to < 0 || from > 1) return [];
    const [left, right] = [Math.max(0, Math.min(from, 0.9985)), Math.min(1, to)];
    const parts = [h('span', { class: 'bar', style: { left: percent(left), width: percent(Math.max(0, right - left)), ...colour(node.service) } })];
    if (this.showsCritical()) {
      for (const [begin, end] of node.critical) {
        const [a, b] = [Math.max(0, this.place(begin)), Math.min(1, this.place(end))];
        if (b > a) parts.push(h('span', { class: 'crit', title: `critical path: ${duration(end - begin)}`, style: { left: percent(a), width: percent(b - a) } }));
      }
    }
    parts.push(...this.marks(node, percent));
    for (const [begin] of this.folds) parts.push(h('span', { class: 'fold', style: { left: percent(this.place(begin) + 0.004) } }));
    // What took long by itself, in the terminal's words.
    const isSlow = !node.error && !node.missing && node.selfTime >= this.slow;
    const label = node.missing ? 'not received' : `${duration(node.end - node.start)}${node.interrupted ? ' interrupted' : ''}${isSlow ? ` over ${duration(this.slow)}` : ''}`;
    const slow = isSlow ? ' slow' : '';
    if (right < 0.84) parts.push(h('span', { class: `took${slow}`, style: { left: percent(Math.max(right, left + 0.004)) } }, label, node.interrupted ? ' ▒' : ''));
    else if (left > 0.14) parts.push(h('span', { class: `took before${slow}`, style: { left: percent(left) } }, label));
    else parts.push(h('span', { class: 'took inside', style: { left: percent(right) } }, label));
    return parts;
  }

  /** Log records and annotations as dots; close ones are one dot, and none hides an error's. */
  marks(node, percent) {
    const groups = [];
    const all = node.logs.map((log) => ({ time: log.time, bad: isBad(log.record), text: log.record.event ?? '' }));
    for (const one of (node.span?.annotations ?? []).slice(0, 1000)) all.push({ time: one.timestamp + node.skew, bad: /error|exception/i.test(one.value), text: one.value });
    for (const mark of all.sort((a, b) => a.time - b.time)) {
      const place = Math.max(0, Math.min(1, this.place(mark.time)));
      const last = groups[groups.length - 1];
      if (last && place - last.place < 0.012) {
        last.texts.push(mark.text);
        last.bad ||= mark.bad;
      } else if (groups.length < 60) groups.push({ place, bad: mark.bad, texts: [mark.text] });
    }
    return groups.map((group) => h('span', { class: `mark${group.bad ? ' bad' : ''}${group.texts.length > 1 ? ' many' : ''}`, title: group.texts.slice(0, 8).map((text) => String(text).slice(0, 120)).join('\n'), style: { left: percent(group.place) } }));
  }

  select(node, { quiet = false } = {}) {
    for (let above = node.parent; above; above = above.parent) {
      if (this.collapsed.delete(above)) this.visible = undefined;
    }
    this.selected = node;
    if (!this.visible) this.layOut();
    this.rows.reveal(this.visible.indexOf(node));
    this.rows.redraw();
    if (!quiet) this.onSelect(node);
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

  move(step) {
    const at = this.visible.indexOf(this.selected);
    this.select(this.visible[Math.max(0, Math.min(this.visible.length - 1, at + step))]);
  }

  nextError() {
    const { nodes } = this.trace;
    const from = this.selected?.index ?? -1;
    for (let step = 1; step <= nodes.length; step += 1) {
      const node = nodes[(from + step + nodes.length) % nodes.length];
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
    const steps = 4;
    this.axis.replaceChildren(...Array.from({ length: steps + 1 }, (_, step) => h('span', { style: { left: `${(step / steps) * 100}%` } },
      this.folds.length && step > 0 && step < steps ? '' : duration(Math.max(0, from + ((to - from) * step) / steps - this.trace.start)))));
  }

  zoom(window) {
    this.window = window;
    const whole = Math.max(1, this.trace.duration);
    const isWhole = window[0] === this.trace.start && window[1] === this.trace.end;
    this.marker.hidden = isWhole;
    this.marker.style.setProperty('left', `${((window[0] - this.trace.start) / whole) * 100}%`);
    this.marker.style.setProperty('width', `${((window[1] - window[0]) / whole) * 100}%`);
    this.ticks();
    this.rows.redraw();
  }

  /** The minimap: every span a line, at most one pixel high. */
  paint() {
    const { clientWidth: width, clientHeight: height } = this.minimap;
    if (!width) return;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const context = this.canvas.getContext('2d');
    context.scale(scale, scale);
    const { theme } = document.documentElement.dataset;
    const dark = theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    const { nodes, start } = this.trace;
    const whole = Math.max(1, this.trace.duration);
    const line = Math.max(1, Math.min(4, (height - 6) / nodes.length));
    for (const failed of [false, true]) {
      nodes.forEach((node, index) => {
        if (node.start === undefined || node.missing || node.error !== failed) return;
        context.fillStyle = failed ? dark ? '#ff7b72' : '#c4231c' : `oklch(${dark ? 0.6 : 0.68} 0.11 ${colour(node.service)['--hue']})`;
        context.fillRect(((node.start - start) / whole) * width, 3 + (index / nodes.length) * (height - 6), Math.max(1, ((node.end - node.start) / whole) * width), line);
      });
    }
  }

  drag() {
    let from;
    const at = (event) => {
      const box = this.minimap.getBoundingClientRect();
      return this.trace.start + Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * this.trace.duration;
    };
    this.minimap.addEventListener('pointerdown', (event) => {
      from = at(event);
      this.minimap.setPointerCapture(event.pointerId);
    });
    this.minimap.addEventListener('pointermove', (event) => {
      if (from === undefined) return;
      const to = at(event);
      if (Math.abs(to - from) > this.trace.duration / 200) this.zoom([Math.min(from, to), Math.max(from, to)]);
    });
    this.minimap.addEventListener('pointerup', () => { from = undefined; });
    this.minimap.addEventListener('dblclick', () => this.zoom([this.trace.start, this.trace.end]));
  }

  close() {
    this.rows.close();
    this.observer.disconnect();
  }
}

/** Whether a log record speaks of a failure. */
export const isBad = (record) => record.level === 'error' || record.level === 'critical' || 'error.type' in record;

/** `9 spans` under a node. */
export const below = (node) => many(node.size - 1, 'span');
