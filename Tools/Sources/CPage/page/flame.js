// SPDX-License-Identifier: Apache-2.0

// The flame graph: the same path of operations is one block, as wide as the self time of it and of all below.
import { h, show, outside } from './dom.js';
import { duration, colour, many } from './format.js';

/** The blocks of a trace as a tree; each has the time of its spans' own work, and the spans. */
export function blocksOf(trace) {
  const root = { service: '', name: trace.name, children: new Map(), own: 0, nodes: [], depth: 0, errors: 0 };
  const blocks = new Map();
  for (const node of trace.nodes) {
    const above = node.parent ? blocks.get(node.parent) : root;
    const key = JSON.stringify([node.service, node.name]);
    let block = above.children.get(key);
    if (!block) above.children.set(key, block = { service: node.service, name: node.name, children: new Map(), own: 0, nodes: [], above, depth: above.depth + 1, errors: 0 });
    block.own += Math.max(0, node.selfTime);
    block.errors += node.error ? 1 : 0;
    block.nodes.push(node);
    blocks.set(node, block);
  }
  const order = [root];
  for (let index = 0; index < order.length; index += 1) order.push(...order[index].children.values());
  for (const block of order.reverse()) block.total = block.own + [...block.children.values()].reduce((sum, child) => sum + child.total, 0);
  return root;
}

export class FlameGraph {
  constructor(trace, { select }) {
    this.trace = trace;
    this.onSelect = select;
    this.root = this.zoomed = blocksOf(trace);
    this.note = h('p', { class: 'soft' });
    this.canvas = h('div', { class: 'flames', role: 'tree', 'aria-label': 'Flame graph' });
    this.element = h('div', { class: 'flame-view' }, this.note, this.canvas);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.element);
  }

  draw() {
    const width = Math.max(200, this.canvas.clientWidth || this.element.clientWidth);
    const total = Math.max(1, this.zoomed.total);
    this.shown = [];
    const place = (block, left, level) => {
      const share = block.total / total;
      if (share * width < 1) return;
      this.shown.push({ block, left, share, level });
      let at = left;
      for (const child of [...block.children.values()].sort((a, b) => b.total - a.total)) {
        place(child, at, level + 1);
        at += child.total / total;
      }
    };
    // What is above the zoomed block stays, whole, as the way back.
    const way = [];
    for (let above = this.zoomed.above; above; above = above.above) way.unshift(above);
    way.forEach((block, level) => this.shown.push({ block, left: 0, share: 1, level }));
    place(this.zoomed, 0, way.length);
    const deepest = this.shown.reduce((most, one) => Math.max(most, one.level), 0);
    this.canvas.style.setProperty('height', `${(deepest + 1) * 21}px`);
    const small = count(this.root) - this.shown.length;
    show(this.note, `${duration(this.root.total)} of work in ${many(this.trace.spans.length, 'span')}; each block is a path of operations, as wide as its own work and all below it.`, small > 0 && this.zoomed === this.root ? ` ${many(small, 'block')} too narrow to show: zoom in.` : '');
    const held = this.canvas.contains(document.activeElement);
    show(this.canvas, this.shown.map((one) => this.block(one)));
    if (held) this.canvas.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  block({ block, left, share, level }) {
    const isStop = block === (this.shown.some((one) => one.block === this.at) ? this.at : this.zoomed);
    const title = `${block.service} ${block.name}: ${duration(block.total)}, own ${duration(block.own)}, ${many(block.nodes.length, 'span')}${block.errors ? `, ${many(block.errors, 'error')}` : ''}`;
    return h('div', { class: `block${block.errors ? ' error' : ''}${block === this.zoomed ? ' on' : ''}`, role: 'treeitem', 'aria-level': String(level + 1), 'aria-label': title, 'aria-selected': String(block === this.zoomed), tabindex: isStop ? '0' : '-1', title,
      style: { left: `${(left * 100).toFixed(3)}%`, width: `${(share * 100).toFixed(3)}%`, top: `${level * 21}px`, ...colour(block.service) },
      onclick: () => this.zoom(block), ondblclick: () => this.open(block), onfocus: () => { this.at = block; } }, outside(block === this.root ? 'all' : block.name || '(no name)'));
  }

  /** Shows a block and what is below it as wide as the page. */
  zoom(block) {
    this.zoomed = this.at = block;
    this.draw();
    this.canvas.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  /** Selects the slowest span of a block in the waterfall. */
  open(block) {
    const node = [...block.nodes].sort((a, b) => (b.end - b.start) - (a.end - a.start))[0];
    if (node) this.onSelect(node);
  }

  key(key) {
    const one = this.shown?.find(({ block }) => block === this.at) ?? this.shown?.[0];
    if (!one) return false;
    const beside = (step) => {
      const row = this.shown.filter((other) => other.level === one.level);
      return row[row.indexOf(one) + step];
    };
    const next = { ArrowUp: () => this.shown.find(({ block }) => block === one.block.above), k: () => this.shown.find(({ block }) => block === one.block.above), ArrowDown: () => this.shown.find(({ block }) => block.above === one.block), j: () => this.shown.find(({ block }) => block.above === one.block), ArrowLeft: () => beside(-1), ArrowRight: () => beside(1) }[key];
    if (next) {
      const found = next();
      if (found) {
        this.at = found.block;
        for (const element of this.canvas.children) element.tabIndex = -1;
        const element = this.canvas.children[this.shown.indexOf(found)];
        element.tabIndex = 0;
        element.focus();
      }
    } else if (key === 'Enter' || key === ' ') this.zoom(one.block === this.zoomed ? this.root : one.block);
    else if (key === 's') this.open(one.block);
    else if (key === 'Escape' && this.zoomed !== this.root) this.zoom(this.root);
    else return false;
    return true;
  }

  close() { this.observer.disconnect(); }
}

function count(root) {
  let number = 0;
  const stack = [root];
  while (stack.length) {
    number += 1;
    stack.push(...stack.pop().children.values());
  }
  return number;
}
