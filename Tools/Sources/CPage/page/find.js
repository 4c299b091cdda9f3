// SPDX-License-Identifier: Apache-2.0

// Finds spans of a trace by any of their texts: names, ids, tags, annotations, log records.
import { h } from './dom.js';

const textOf = (node) => [node.service, node.name, node.id, ...Object.entries(node.span?.tags ?? {}).flat(), ...(node.span?.annotations ?? []).map((one) => one.value), ...node.logs.map((log) => JSON.stringify(log.record))].join('\n').toLowerCase();

/** The spans that contain a text, in any case; all words of it where it is no whole text of theirs. */
export function matches(trace, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const words = wanted.split(/\s+/);
  return trace.nodes.filter((node) => {
    node.text ??= textOf(node);
    return words.every((word) => node.text.includes(word));
  });
}

/** The field, its number of matches, and the way through them. */
export class Find {
  constructor({ changed, select, selected }) {
    Object.assign(this, { changed, select, selected, found: [] });
    this.number = h('span', { class: 'soft', role: 'status' });
    this.input = h('input', { type: 'search', placeholder: 'find', 'aria-label': 'Find in the trace', title: 'f; Enter for the next, Shift Enter for the previous', oninput: () => this.changed(this.input.value), onkeydown: (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      this.step(event.shiftKey ? -1 : 1);
    } });
    this.element = h('span', { class: 'find' }, this.input, this.number);
  }

  /** Finds a text in a trace. */
  run(trace, text) {
    if (this.input !== document.activeElement) this.input.value = text;
    this.found = matches(trace, text);
    this.number.textContent = text.trim() ? `${this.found.length} found` : '';
  }

  /** Selects the next or previous match after the selected span. */
  step(by) {
    if (!this.found.length) return;
    const at = this.selected()?.index ?? -1;
    const next = by > 0 ? this.found.find((node) => node.index > at) ?? this.found[0] : [...this.found].reverse().find((node) => node.index < at) ?? this.found[this.found.length - 1];
    this.select(next);
  }
}
