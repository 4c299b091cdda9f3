// SPDX-License-Identifier: Apache-2.0

// The whole trace, one line for each span, with the part that the waterfall shows.
import { h } from './dom.js';
import { colour } from './format.js';

export class Minimap {
  /** @param options.zoom is called with the part of the time to show, in microseconds */
  constructor(trace, { zoom }) {
    this.trace = trace;
    this.zoom = zoom;
    this.canvas = h('canvas', { 'aria-hidden': 'true' });
    this.marker = h('div', { class: 'window', hidden: true });
    this.element = h('div', { class: 'minimap', title: 'Drag to look closer, click twice for the whole; + − 0 [ ]' }, this.canvas, this.marker);
    this.drag();
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.element);
  }

  /** Marks the part that is shown. */
  mark([from, to]) {
    const whole = Math.max(1, this.trace.duration);
    this.marker.hidden = from === this.trace.start && to === this.trace.end;
    this.marker.style.setProperty('left', `${((from - this.trace.start) / whole) * 100}%`);
    this.marker.style.setProperty('width', `${((to - from) / whole) * 100}%`);
  }

  /** Every span a line, at most four pixels high, the failed ones last. */
  paint() {
    const { clientWidth: width, clientHeight: height } = this.element;
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
        context.fillStyle = failed ? dark ? '#ff7b72' : '#c4231c' : `oklch(${dark ? 0.65 : 0.68} 0.11 ${colour(node.service)['--hue']})`;
        context.fillRect(((node.start - start) / whole) * width, 3 + (index / nodes.length) * (height - 6), Math.max(1, ((node.end - node.start) / whole) * width), line);
      });
    }
  }

  drag() {
    let from;
    const at = (event) => {
      const box = this.element.getBoundingClientRect();
      return this.trace.start + Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * this.trace.duration;
    };
    this.element.addEventListener('pointerdown', (event) => {
      from = at(event);
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (from === undefined) return;
      const to = at(event);
      if (Math.abs(to - from) > this.trace.duration / 200) this.zoom([Math.min(from, to), Math.max(from, to)]);
    });
    this.element.addEventListener('pointerup', () => { from = undefined; });
    this.element.addEventListener('dblclick', () => this.zoom([this.trace.start, this.trace.end]));
  }

  close() { this.observer.disconnect(); }
}
