// SPDX-License-Identifier: Apache-2.0

// The map of all services in the time range.
import { h, show, outside } from './dom.js';
import { duration, count, stamp, many } from './format.js';
import { api } from './address.js';
import { CallMap } from './map.js';
import { quoted } from './query.js';

export class MapScreen {
  constructor(main, app) {
    this.app = app;
    this.map = new CallMap({ calls: (edge) => this.about(edge) });
    this.problem = h('div', { class: 'empty', hidden: true });
    show(main, h('div', { class: 'scroll-page map', tabindex: '-1' }, h('h1', { class: 'hidden' }, 'Service map'), this.map.element, this.problem));
  }

  async load() {
    const turn = this.turn = (this.turn ?? 0) + 1;
    const response = await fetch(api('spoor/map', this.app.period())).catch(() => undefined);
    if (this.closed || turn !== this.turn) return;
    this.problem.hidden = Boolean(response?.ok);
    if (!response?.ok) {
      show(this.problem, h('h2', {}, 'The map cannot be shown'), h('p', {}, response ? await response.text() : 'The collector does not answer.'));
      return;
    }
    const { edges, sample, spans, since } = await response.json();
    const text = JSON.stringify(edges);
    // Nothing is drawn again if nothing has changed, so that nothing moves.
    if (text === this.last) return;
    this.last = text;
    this.map.show(edges, sample ? `a sample: the newest ${count(spans)} spans, since ${stamp(since)}` : '');
  }

  refresh() { return this.load(); }

  about(edge) {
    const find = (text, q) => h('button', { type: 'button', onclick: () => this.app.go({ range: this.app.state.range, from: this.app.state.from, to: this.app.state.to, q }) }, text);
    return h('div', { class: 'about-edge' }, h('h2', {}, outside(edge.parent), ' → ', outside(edge.child)),
      h('p', {}, `${many(edge.calls, 'call')}, ${many(edge.errors, 'error')} (${((edge.errors / edge.calls) * 100).toFixed(1)} %), p50 ${duration(edge.p50)}, p99 ${duration(edge.p99)}, as the caller saw them`),
      find('traces of both', `service=${quoted(edge.parent)} service=${quoted(edge.child)}`), find('traces of the called', `service=${quoted(edge.child)}`), edge.errors ? find('with an error', `service=${quoted(edge.parent)} service=${quoted(edge.child)} error`) : null);
  }

  redraw() { if (this.map.edges) this.map.draw(); }

  key(key) { return this.map.key(key); }

  close() { this.closed = true; }
}
