// SPDX-License-Identifier: Apache-2.0

// Values of tags and fields: long ones are folded, each can be copied and searched for.
import { h, outside, byId } from './dom.js';
import { count } from './format.js';
import { quoted } from './query.js';

const long = 300;

/** A text, whose rest is folded if it is long. */
export function folded(text) {
  if (text.length <= long) return outside(text);
  return h('details', { class: 'long' }, h('summary', {}, outside(text.slice(0, 120)), h('span', { class: 'soft' }, ` … ${count(text.length)} characters`)), outside(text));
}

/** Buttons that search for a value and copy it. */
export function valueActions(key, value, app) {
  const find = () => app.go({ range: app.state.range, from: app.state.from, to: app.state.to, q: `${/^[\p{L}_@][\p{L}\p{N}_.\-@/[\]]*$/u.test(key) ? `${key}=` : ''}${quoted(value)}` });
  return h('span', { class: 'value-actions' },
    value.length <= long ? h('button', { type: 'button', title: 'Search for this value', 'aria-label': `Search for this value of ${key}`, onclick: find }, '⌕') : null,
    h('button', { type: 'button', title: 'Copy this value', 'aria-label': `Copy this value of ${key}`, onclick: (event) => copy(value, event.currentTarget) }, '⧉'));
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS there is no clipboard; a selected field can be copied by the keys.
    const field = h('textarea', { readonly: true, class: 'hidden' });
    field.value = text;
    button.after(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  button.textContent = '✓';
  byId('status').textContent = 'Copied';
  setTimeout(() => { button.textContent = '⧉'; }, 1200);
}

