// SPDX-License-Identifier: Apache-2.0

// The line between the column of names and the lanes, which can be moved by mouse and keys.
import { h } from './dom.js';

const least = 15;
const most = 75;

/** Creates the line; the share of the names in percent is the element's `--names`, and stays for later traces. */
export function divider(element, { changed }) {
  const line = h('div', { class: 'divider', role: 'separator', 'aria-orientation': 'vertical', 'aria-label': 'Width of the names', 'aria-valuemin': String(least), 'aria-valuemax': String(most), tabindex: '0' });
  const set = (share) => {
    const value = Math.round(Math.max(least, Math.min(most, share)) * 10) / 10;
    line.setAttribute('aria-valuenow', String(value));
    element.style.setProperty('--names', `${value}%`);
    localStorage.setItem('names', String(value));
    changed();
  };
  const now = () => Number(line.getAttribute('aria-valuenow'));
  line.addEventListener('pointerdown', (event) => line.setPointerCapture(event.pointerId));
  line.addEventListener('pointermove', (event) => {
    if (!line.hasPointerCapture(event.pointerId)) return;
    const box = element.getBoundingClientRect();
    set(((event.clientX - box.left) / box.width) * 100);
  });
  line.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    set(now() + step);
  });
  const stored = Number(localStorage.getItem('names')) || (innerWidth <= 560 ? 50 : 42);
  line.setAttribute('aria-valuenow', String(stored));
  element.style.setProperty('--names', `${stored}%`);
  return line;
}
