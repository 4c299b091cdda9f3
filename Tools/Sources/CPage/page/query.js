// SPDX-License-Identifier: Apache-2.0

// Texts of the query box: ids, quotes, terms.

/** `{trace, span}` of a whole trace id or a `traceparent`, in any case; `undefined` for anything else. */
export function traceID(text) {
  const plain = text.trim().toLowerCase();
  if (/^([0-9a-f]{16}|[0-9a-f]{32})$/.test(plain)) return { trace: plain };
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})(-[0-9a-f]{2}.*)?$/.exec(plain);
  return parent ? { trace: parent[1].replace(/^0{16}/, ''), span: parent[2] } : undefined;
}

/** A value as a query needs it: in quotes if it has blanks, quotes or parentheses. */
export const quoted = (text) => (/[\s"'()]/.test(text) || text === '' ? `"${text.replace(/[\\"]/g, '\\$&')}"` : text);

/** The terms of a query without `or`, `not` and parentheses; empty for any other. */
export function terms(text) {
  const found = text.match(/(?:[^\s"']|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')+/g) ?? [];
  return found.some((one) => /^(or|not|\|\||!?\()/i.test(one) || /\)$/.test(one)) ? [] : found.filter((one) => !/^(and|&&)$/i.test(one));
}
