// SPDX-License-Identifier: Apache-2.0

// Rates, errors and durations of each operation, in all and over time.
import { h, show, outside } from './dom.js';
import { duration, count, colour, stamp } from './format.js';
import { histogram, sparkline } from './charts.js';
import { quoted } from './query.js';

export class OperationTable {
  constructor(app) {
    this.app = app;
    this.element = h('section', { class: 'operations', 'aria-label': 'Operations' });
  }

  /** Shows operations as a search answers them, and what they were counted from. */
  show(operations, counted) {
    Object.assign(this, { operations, counted });
    this.draw();
  }

  draw() {
    const held = this.element.contains(document.activeElement) ? document.activeElement.dataset.operation : undefined;
    const top = this.element.scrollTop;
    const body = h('tbody');
    const minutes = Math.max(1 / 60, (this.counted.to - this.counted.from) / 6e7);
    this.operations.forEach((operation, index) => {
      const key = keyOf(operation);
      const isOpen = this.open === key;
      const toggle = () => {
        this.open = isOpen ? undefined : key;
        this.draw();
      };
      const isStop = key === this.stop || (index === 0 && !this.operations.some((one) => keyOf(one) === this.stop));
      body.append(h('tr', { class: isOpen ? 'on' : '', onclick: toggle },
        h('th', { scope: 'row' }, h('button', { type: 'button', 'data-operation': operation.name, 'data-key': key, 'aria-expanded': String(isOpen), tabindex: isStop ? '0' : '-1', onclick: (event) => { event.stopPropagation(); toggle(); }, onfocus: () => { this.stop = key; } },
          outside(operation.service, { class: 'chip', style: colour(operation.service) }), outside(operation.name || '(no name)'))),
        h('td', { class: 'number trend' }, sparkline(operation.series, `calls and errors over time: ${rate(operation.calls / minutes)}`)),
        h('td', { class: 'number', title: rate(operation.calls / minutes) }, count(operation.calls)),
        h('td', { class: 'number' }, operation.sample ? '≈' : '', duration(operation.p50)), h('td', { class: 'number' }, operation.sample ? '≈' : '', duration(operation.p99)),
        h('td', { class: `number ${operation.errors ? 'bad' : 'soft'}` }, operation.errors ? count(operation.errors) : '')));
      if (isOpen) {
        body.append(h('tr', { class: 'histogram-row' }, h('td', { colspan: '6' }, histogram(operation),
          h('p', { class: 'soft' }, `${rate(operation.calls / minutes)}, ${((operation.errors / Math.max(1, operation.calls)) * 100).toFixed(1)} % failed`, operation.sample ? '; durations are a sample: a trace keeps those of its first 256 spans' : ''),
          h('button', { type: 'button', onclick: () => this.app.query(`service=${quoted(operation.service)} name=${quoted(operation.name)}`) }, 'show its traces'))));
      }
    });
    const note = this.counted.sample ? h('p', { class: 'sample soft' }, `A sample: the newest ${count(this.counted.traces)} traces, since ${stamp(this.counted.from)}`) : null;
    show(this.element, h('h2', { class: 'hidden' }, 'Operations'), h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'operations'), ['trend', 'calls', 'p50', 'p99', 'errors'].map((name) => h('th', { class: 'number', scope: 'col' }, name)))), body), note);
    this.element.scrollTop = top;
    if (held !== undefined) this.element.querySelector('button[tabindex="0"]')?.focus({ preventScroll: true });
  }

  /** Moves the focus to another operation. */
  move(step) {
    const all = [...this.element.querySelectorAll('button[data-key]')];
    const at = all.indexOf(document.activeElement);
    const next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    if (!next) return false;
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next.focus();
    return true;
  }
}

const keyOf = (operation) => `${operation.service}\n${operation.name}`;

const rate = (perMinute) => (perMinute >= 60 ? `${count(perMinute / 60)} calls/s` : `${perMinute >= 10 ? count(perMinute) : perMinute.toFixed(1)} calls/min`);
