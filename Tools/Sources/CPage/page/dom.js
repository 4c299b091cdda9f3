// Makes elements. Everything that comes from a span or a log goes through text nodes: it can never become markup.

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
    // The content security policy forbids style attributes; the style object is a script's.
    else if (name === 'style') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Text that came from outside, isolated, so that right-to-left marks cannot reorder what stands around it. */
export const outside = (text, attributes = {}) => h('bdi', attributes, visible(String(text ?? '')));

/** Control characters and direction overrides as pictures of themselves. */
export function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');
}

/** The element with an id. */
export const byId = (id) => document.getElementById(id);

/** Replaces what is in an element. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
}
