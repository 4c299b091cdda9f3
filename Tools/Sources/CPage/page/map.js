// SPDX-License-Identifier: Apache-2.0

// The map: calls between services with their number, failures and latency, as the callers saw them.
import { h, s, show, outside } from './dom.js';
import { duration, count, colour, many } from './format.js';
import { layOut } from './layout.js';

const [columnWidth, rowHeight, boxWidth, boxHeight] = [290, 62, 168, 34];

export class CallMap {
  /** @param options.calls returns an element for a selected edge, shown beside the map */
  constructor({ calls }) {
    this.calls = calls;
    this.filter = h('input', { type: 'search', placeholder: 'service', 'aria-label': 'Show only services with this text, and those beside them', oninput: () => this.draw() });
    this.note = h('span', { class: 'soft', role: 'status' });
    const zoom = (text, label, factor) => h('button', { type: 'button', 'aria-label': label, title: label, onclick: () => this.zoomBy(factor) }, text);
    this.picture = s('svg', { role: 'group', 'aria-label': 'Service map; the table has the same' });
    this.frame = h('div', { class: 'map-frame' }, this.picture);
    this.chosen = h('div', { class: 'chosen' });
    this.table = h('div', { class: 'map-table' });
    this.element = h('div', { class: 'map-view' }, h('div', { class: 'map-tools' }, this.filter, zoom('+', 'Zoom in', 1 / 1.4), zoom('−', 'Zoom out', 1.4), h('button', { type: 'button', title: 'Whole map (0)', onclick: () => this.whole() }, 'whole'), this.note), this.frame, this.chosen, this.table);
    this.move();
  }

  /** Shows edges `{parent, child, calls, errors, p50, p99}`. */
  show(edges, note = '') {
    Object.assign(this, { edges, said: note });
    this.draw();
  }

  draw() {
    // The filter may be typed into before the calls are there.
    if (!this.edges) return;
    if (!this.edges.length) {
      show(this.picture);
      this.frame.hidden = true;
      show(this.chosen);
      show(this.table, h('div', { class: 'empty' }, h('h2', {}, 'No calls between services'), 'Nothing here crosses from one service to another.'));
      return;
    }
    this.frame.hidden = false;
    const wanted = this.filter.value.trim().toLowerCase();
    const near = this.edges.filter((edge) => !wanted || edge.parent.toLowerCase().includes(wanted) || edge.child.toLowerCase().includes(wanted));
    // The busiest calls of a store with thousands of services.
    this.drawn = near.length > 400 ? [...near].sort((a, b) => b.calls - a.calls).slice(0, 400) : near;
    if (!this.drawn.some((edge) => keyOf(edge) === this.selected)) this.selected = undefined;
    const services = new Set(this.drawn.flatMap((edge) => [edge.parent, edge.child]));
    this.note.textContent = [`${many(services.size, 'service')}, ${many(this.drawn.reduce((sum, edge) => sum + edge.calls, 0), 'call')}`, near.length > this.drawn.length ? `the ${count(this.drawn.length)} busiest of ${count(near.length)} connections` : '', this.said].filter(Boolean).join(' · ');
    this.drawPicture();
    this.drawTable();
    this.drawChosen();
  }

  drawPicture() {
    const graph = layOut(this.drawn);
    this.size = [graph.columns * columnWidth - columnWidth + boxWidth + 40, graph.rows * rowHeight + 30];
    const at = (place) => [20 + place.column * columnWidth + boxWidth / 2, 15 + (place.row + 0.5) * rowHeight];
    const most = Math.max(...this.drawn.map((edge) => edge.calls));
    const names = new Map([...graph.places].map(([name, place]) => [name, at(place)]));
    // With many calls, only the label of the one that is pointed at or selected.
    this.picture.classList.toggle('crowded', this.drawn.length > 40);
    this.lines = new Map();
    show(this.picture, s('defs', {}, s('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: 'userSpaceOnUse', orient: 'auto-start-reverse' }, s('path', { d: 'M0 0L8 4L0 8z', fill: 'context-stroke' }))),
      // All lines are below all labels.
      this.drawn.map((edge) => this.line(edge, names, (graph.ways.get(edge) ?? []).map(at), most)),
      this.drawn.map((edge) => this.edge(edge)),
      [...names].map(([name, [x, y]]) => s('g', { class: 'node', style: colour(name) }, s('rect', { x: x - boxWidth / 2, y: y - boxHeight / 2, width: boxWidth, height: boxHeight, rx: 9 }), s('text', { x, y }, name.length > 23 ? `${name.slice(0, 22)}…` : name), s('title', {}, name))));
    if (!this.view || this.fitted) this.begin();
    else this.apply();
  }

  /** The line of an edge, by the places that it has in the columns between. */
  line(edge, names, way, most) {
    const [from, to] = [names.get(edge.parent), names.get(edge.child)];
    const isBack = to[0] <= from[0];
    const side = boxWidth / 2;
    const points = isBack && !way.length && from[0] - to[0] < columnWidth
      ? [[from[0] - side, from[1]], [Math.min(from[0], to[0]) - side - 30, (from[1] + to[1]) / 2 - (from[1] === to[1] ? 34 : 0)], [to[0] - side - 3, to[1] + (from[1] === to[1] ? -8 : 0)]]
      : [[from[0] + (isBack ? -side : side), from[1]], ...way, [to[0] + (isBack ? side + 3 : -side - 3), to[1]]];
    const path = points.slice(1).reduce((text, [x, y], index) => {
      const [px, py] = points[index];
      return `${text}C${(px + x) / 2} ${py} ${(px + x) / 2} ${y} ${x} ${y}`;
    }, `M${points[0].join(' ')}`);
    this.lines.set(edge, { path, points });
    return s('path', { class: `line ${edge.errors ? 'bad' : ''}`, d: path, 'marker-end': 'url(#arrow)', style: { '--weight': (1 + (edge.calls / most) * 2.5).toFixed(2) } });
  }

  /** What is selected: a wide path along the line, and the label. */
  edge(edge) {
    const { path, points: [a, b] } = this.lines.get(edge);
    // On the line, near its beginning, so that edges that end in one box do not cover each other's.
    const label = `${count(edge.calls)}${edge.errors ? ` · ${count(edge.errors)}✗` : ''} · ${duration(edge.p99)}`;
    const [x, y, width] = [a[0] * 0.576 + b[0] * 0.424, a[1] * 0.648 + b[1] * 0.352, label.length * 6.1 + 8];
    return s('g', { class: `edge ${edge.errors ? 'bad' : ''} ${keyOf(edge) === this.selected ? 'on' : ''}`, tabindex: edge === (this.drawn.find((one) => keyOf(one) === this.selected) ?? this.drawn[0]) ? '0' : '-1', role: 'button', 'aria-label': `${edge.parent} calls ${edge.child}: ${many(edge.calls, 'call')}, ${many(edge.errors, 'error')}, p99 ${duration(edge.p99)}`, 'data-edge': `${edge.parent} ${edge.child}`, onclick: () => this.select(edge), onkeydown: (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); this.select(edge); } } },
      s('path', { class: 'wide', d: path }), s('path', { class: 'lit', d: path }),
      s('rect', { x: (x - width / 2).toFixed(1), y: (y - 7).toFixed(1), width: width.toFixed(1), height: 14, rx: 3 }), s('text', { x: x.toFixed(1), y: y.toFixed(1) }, label));
  }

  drawTable() {
    show(this.table, h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'caller → called'), ...['calls', 'errors', 'p50', 'p99'].map((name) => h('th', { class: 'number', scope: 'col' }, name)))),
      h('tbody', {}, this.drawn.map((edge, index) => h('tr', { class: keyOf(edge) === this.selected ? 'on' : '', onclick: () => this.select(edge) },
        h('th', { scope: 'row' }, h('button', { type: 'button', 'data-call': keyOf(edge), tabindex: index === 0 ? '0' : '-1', onclick: (event) => { event.stopPropagation(); this.select(edge); } }, outside(edge.parent, { style: colour(edge.parent), class: 'chip' }), '→ ', outside(edge.child, { style: colour(edge.child), class: 'chip' }))),
        h('td', { class: 'number' }, count(edge.calls)), h('td', { class: `number ${edge.errors ? 'bad' : 'soft'}` }, count(edge.errors)), h('td', { class: 'number' }, duration(edge.p50)), h('td', { class: 'number' }, duration(edge.p99)))))));
  }

  drawChosen() {
    const edge = this.drawn.find((one) => keyOf(one) === this.selected);
    show(this.chosen, edge ? this.calls(edge) : null);
  }

  select(edge) {
    const inTable = this.table.contains(document.activeElement);
    this.selected = keyOf(edge);
    this.draw();
    const held = inTable ? [...this.table.querySelectorAll('[data-call]')].find((one) => one.dataset.call === this.selected) : [...this.picture.querySelectorAll('.edge')].find((one) => one.classList.contains('on'));
    held?.focus({ preventScroll: true });
    this.chosen.scrollIntoView?.({ block: 'nearest' });
  }

  // MARK: Zoom

  /** The whole map, as long as its labels can be read. */
  begin() {
    const width = this.frame.clientWidth || 1000;
    const scale = Math.min(width / this.size[0], (innerHeight * 0.62) / this.size[1]);
    this.whole();
    if (scale >= 0.7) return;
    const high = Math.min(this.size[1], (innerHeight * 0.62) / 0.8);
    this.view = [0, (this.size[1] - high) / 2, Math.min(this.size[0], width / 0.8), high];
    this.apply();
  }

  whole() {
    this.fitted = true;
    this.view = [0, 0, ...this.size];
    this.apply();
  }

  apply() {
    this.picture.setAttribute('viewBox', this.view.map((value) => value.toFixed(1)).join(' '));
    // A small map is not blown up.
    this.picture.style.setProperty('max-width', this.fitted ? `${this.size[0] * 1.25}px` : 'none');
    this.picture.style.setProperty('height', `min(62vh, ${Math.max(120, this.size[1] * 1.25)}px)`);
  }

  zoomBy(factor, [x, y] = [0.5, 0.5]) {
    this.fitted = false;
    const [left, top, width, height] = this.view;
    const wide = Math.max(120, Math.min(this.size[0] * 3, width * factor));
    const high = height * (wide / width);
    this.view = [left + (width - wide) * x, top + (height - high) * y, wide, high];
    this.apply();
  }

  panBy(x, y) {
    this.fitted = false;
    this.view = [this.view[0] + x * this.view[2], this.view[1] + y * this.view[3], this.view[2], this.view[3]];
    this.apply();
  }

  move() {
    let last;
    this.frame.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      const box = this.picture.getBoundingClientRect();
      this.zoomBy(event.deltaY < 0 ? 1 / 1.2 : 1.2, [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
    }, { passive: false });
    this.frame.addEventListener('pointerdown', (event) => { last = [event.clientX, event.clientY]; });
    this.frame.addEventListener('pointermove', (event) => {
      if (!last || event.buttons === 0) return;
      const box = this.picture.getBoundingClientRect();
      this.panBy((last[0] - event.clientX) / box.width, (last[1] - event.clientY) / box.height);
      last = [event.clientX, event.clientY];
    });
    addEventListener('pointerup', () => { last = undefined; });
  }

  key(key) {
    const zooms = { '+': 1 / 1.4, '=': 1 / 1.4, '-': 1.4 };
    const pans = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] };
    const step = { j: 1, k: -1 }[key];
    if (!this.edges?.length) return false;
    if (zooms[key]) this.zoomBy(zooms[key]);
    else if (key === '0') this.whole();
    else if (key === 'f') this.filter.select();
    else if (step) {
      const at = this.drawn.findIndex((edge) => keyOf(edge) === this.selected);
      this.select(this.drawn[at < 0 ? 0 : Math.max(0, Math.min(this.drawn.length - 1, at + step))]);
    } else if (pans[key]) this.panBy(...pans[key]);
    else return false;
    return true;
  }

  close() {}
}

const keyOf = (edge) => JSON.stringify([edge.parent, edge.child]);
