// SPDX-License-Identifier: Apache-2.0

// Creates elements. Content of spans and logs only goes into text nodes, so it can never become markup.

/** An element: `h('b', {class: 'x', onclick: f}, 'text', other)`. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    // The content security policy forbids style attributes, but scripts may use the style object.
    else if (name === 'style') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else element.setAttribute(name, value === true ? '' : plain(value));
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Any JSON value as text. An object is shown as JSON, because its own `toString` may be anything. */
export function plain(value) {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Text from outside, isolated, so that right-to-left marks cannot reorder the text around it. */
export const outside = (text, attributes = {}) => h('bdi', attributes, visible(plain(text)));

/** Replaces control characters and direction overrides by visible symbols. */
export function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');
}

/** The element with an id. */
export const byId = (id) => document.getElementById(id);

/** Whether the user holds a list: scrolled, pointed at, or focused. Then no row moves. */
export const isHeld = (list) => list.scrollTop > 0 || list.matches(':hover') || list.contains(document.activeElement);

/** Replaces the content of an element. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
}
