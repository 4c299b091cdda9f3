// A list of any length of which only the rows in sight exist: 100 000 spans are some 60 elements.
import { h } from './dom.js';

export class Rows {
  /**
   * @param element what scrolls
   * @param options.height of a row in pixels
   * @param options.render gives the element of a row's index
   */
  constructor(element, { height, render, role = 'rowgroup', label }) {
    this.element = element;
    this.height = height;
    this.render = render;
    this.count = 0;
    this.shown = new Map();
    this.spacer = h('div', { class: 'spacer', role, 'aria-label': label });
    element.append(this.spacer);
    element.addEventListener('scroll', () => this.request(), { passive: true });
    this.observer = new ResizeObserver(() => this.request());
    this.observer.observe(element);
  }

  /** The list has `count` rows, all to be drawn anew. */
  reset(count) {
    this.count = count;
    this.spacer.style.setProperty('height', `${count * this.height}px`);
    this.redraw();
  }

  /** Draws the rows in sight anew, after what they show has changed. */
  redraw() {
    for (const row of this.shown.values()) row.remove();
    this.shown.clear();
    this.draw();
  }

  request() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    const top = this.element.scrollTop;
    const first = Math.max(0, Math.floor(top / this.height) - 8);
    const last = Math.min(this.count, first + Math.min(140, Math.ceil((this.element.clientHeight || 400) / this.height) + 16));
    for (const [index, row] of this.shown) {
      if (index >= first && index < last) continue;
      row.remove();
      this.shown.delete(index);
    }
    const added = document.createDocumentFragment();
    for (let index = first; index < last; index += 1) {
      if (this.shown.has(index)) continue;
      const row = this.render(index);
      row.style.setProperty('transform', `translateY(${index * this.height}px)`);
      this.shown.set(index, row);
      added.append(row);
    }
    if (added.childNodes.length) this.spacer.append(added);
  }

  /** Scrolls as little as needed for a row to be in sight. */
  reveal(index) {
    const top = index * this.height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop + this.height) this.element.scrollTop = top - this.height;
    else if (top + 2 * this.height > scrollTop + clientHeight) this.element.scrollTop = top + 2 * this.height - clientHeight;
    this.draw();
  }

  close() { this.observer.disconnect(); }
}
