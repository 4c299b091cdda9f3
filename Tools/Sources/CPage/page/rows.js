// SPDX-License-Identifier: Apache-2.0

// A list of any length in which only the visible rows exist: 100 000 spans take some 60 elements.
import { h } from './dom.js';

export class Rows {
  /**
   * @param element the scrolling element
   * @param options.height of a row in pixels
   * @param options.head the height of what is above the rows within the element
   * @param options.render returns the element for a row's index
   * @param options.key what a row is about, by its index; the focus stays with it
   * @param options.version changes with a row's content, by its index; a row with the same one is kept as it is
   * @param options.atEnd is called when the last row is near
   */
  constructor(element, { height, head = 0, render, key = (index) => index, version, role = 'rowgroup', label, atEnd }) {
    Object.assign(this, { element, height, head, render, key, version, atEnd });
    this.count = 0;
    this.shown = new Map();
    this.spacer = h('div', { class: 'spacer', role, 'aria-label': label });
    element.append(this.spacer);
    element.addEventListener('scroll', () => this.request(), { passive: true });
    this.observer = new ResizeObserver(() => this.request());
    this.observer.observe(element);
  }

  /** Sets the number of rows and redraws those that have changed. */
  reset(count) {
    this.count = count;
    this.spacer.style.setProperty('height', `${count * this.height}px`);
    this.redraw();
  }

  /** Another height of all rows. */
  resize(height) {
    if (height === this.height) return;
    this.height = height;
    for (const entry of this.shown.values()) entry.version = undefined;
    this.reset(this.count);
  }

  /** Redraws the visible rows after their content has changed. */
  redraw() {
    for (const entry of this.shown.values()) entry.isOld = true;
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
    const top = Math.max(0, this.element.scrollTop - this.head);
    const first = Math.max(0, Math.floor(top / this.height) - 8);
    const last = Math.min(this.count, first + Math.min(140, Math.ceil((this.element.clientHeight || 400) / this.height) + 16));
    const wanted = new Map();
    for (let index = first; index < last; index += 1) wanted.set(this.key(index), index);
    for (const [key, entry] of this.shown) {
      if (wanted.has(key)) continue;
      // The row that has the focus stays, so that the keyboard does not lose its place.
      if (entry.element.contains(document.activeElement)) entry.element.classList.add('away');
      else {
        entry.element.remove();
        this.shown.delete(key);
      }
    }
    const added = document.createDocumentFragment();
    for (const [key, index] of wanted) this.place(key, index, added);
    if (added.childNodes.length) this.spacer.append(added);
    if (this.atEnd && last === this.count && this.count) this.atEnd();
  }

  place(key, index, added) {
    const old = this.shown.get(key);
    const version = this.version?.(index);
    if (old && !old.element.classList.contains('away') && (!old.isOld || (version !== undefined && version === old.version))) {
      old.isOld = false;
      if (old.index !== index) this.put(old, index);
      return;
    }
    const entry = { element: this.render(index), version };
    this.put(entry, index);
    this.shown.set(key, entry);
    if (!old) {
      added.append(entry.element);
      return;
    }
    const hadFocus = old.element.contains(document.activeElement);
    old.element.replaceWith(entry.element);
    if (hadFocus) (entry.element.querySelector('a, button') ?? entry.element).focus({ preventScroll: true });
  }

  put(entry, index) {
    entry.index = index;
    entry.element.style.setProperty('transform', `translateY(${index * this.height}px)`);
  }

  /** Scrolls as little as needed to make a row visible. */
  reveal(index) {
    const top = this.head + index * this.height;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop + this.height + this.head) this.element.scrollTop = top - this.height - this.head;
    else if (top + 2 * this.height > scrollTop + clientHeight) this.element.scrollTop = top + 2 * this.height - clientHeight;
    this.draw();
  }

  /** Moves the focus to a row that is visible. */
  focus(index) {
    const entry = this.shown.get(this.key(index));
    (entry?.element.querySelector('a, button') ?? entry?.element)?.focus({ preventScroll: true });
  }

  close() { this.observer.disconnect(); }
}
