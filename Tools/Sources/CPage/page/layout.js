// SPDX-License-Identifier: Apache-2.0

// Places the boxes of a graph in columns, by the steps of Sugiyama, Tagawa and Toda (1981): cycles are opened, boxes
// get columns, edges over several columns get a place in each, and the order within the columns avoids crossings.

/** `{places: Map(name → {column, row}), ways: Map(edge → places in the columns between), columns, rows}`. */
export function layOut(edges) {
  const names = [...new Set(edges.flatMap((edge) => [edge.parent, edge.child]))];
  const outward = new Map(names.map((name) => [name, []]));
  for (const edge of edges) if (edge.parent !== edge.child) outward.get(edge.parent).push(edge);
  const back = backEdges(names, outward);
  let column = columnsOf(names, outward, back);
  // Services that call each other in all directions would make a picture of as many columns as there are services.
  if (Math.max(0, ...column.values()) >= 9) {
    column = distances(names, outward, back);
    for (const edge of edges) if (column.get(edge.parent) > column.get(edge.child)) back.add(edge); else back.delete(edge);
  }
  const columns = Array.from({ length: Math.max(0, ...column.values()) + 1 }, () => []);
  const items = new Map();
  const item = (name, at) => {
    const one = { name, column: at, before: [], after: [], row: columns[at].length };
    columns[at].push(one);
    return one;
  };
  for (const name of names) items.set(name, item(name, column.get(name)));
  const ways = new Map();
  for (const edge of edges) {
    if (edge.parent === edge.child) continue;
    if (column.get(edge.parent) === column.get(edge.child)) {
      ways.set(edge, []);
      continue;
    }
    const [from, to] = back.has(edge) ? [edge.child, edge.parent] : [edge.parent, edge.child];
    let last = items.get(from);
    const way = [];
    for (let at = column.get(from) + 1; at < column.get(to); at += 1) {
      const place = item(undefined, at);
      way.push(place);
      join(last, place);
      last = place;
    }
    join(last, items.get(to));
    ways.set(edge, back.has(edge) ? way.reverse() : way);
  }
  order(columns);
  const rows = Math.max(1, ...columns.map((one) => one.length));
  for (const one of columns) one.forEach((place, index) => { place.row = index + (rows - one.length) / 2; });
  return { places: items, ways, columns: columns.length, rows };
}

function join(one, other) {
  one.after.push(other);
  other.before.push(one);
}

/** The edges that close a cycle, found depth first. */
function backEdges(names, outward) {
  const back = new Set();
  const state = new Map();
  const called = new Set([...outward.values()].flat().map((edge) => edge.child));
  for (const first of [...names.filter((name) => !called.has(name)), ...names]) {
    if (state.has(first)) continue;
    const stack = [[first, 0]];
    state.set(first, 'open');
    while (stack.length) {
      const top = stack[stack.length - 1];
      const edge = outward.get(top[0])[top[1]];
      top[1] += 1;
      if (!edge) {
        state.set(top[0], 'done');
        stack.pop();
      } else if (state.get(edge.child) === 'open') back.add(edge);
      else if (!state.has(edge.child)) {
        state.set(edge.child, 'open');
        stack.push([edge.child, 0]);
      }
    }
  }
  return back;
}

/** The longest way from a box without callers. */
function columnsOf(names, outward, back) {
  const waiting = new Map(names.map((name) => [name, 0]));
  const forward = (name) => outward.get(name).filter((edge) => !back.has(edge)).map((edge) => edge.child);
  const turned = [...back].map((edge) => [edge.child, edge.parent]);
  const next = new Map(names.map((name) => [name, [...forward(name), ...turned.filter(([from]) => from === name).map(([, to]) => to)]]));
  for (const name of names) for (const to of next.get(name)) waiting.set(to, waiting.get(to) + 1);
  const column = new Map(names.map((name) => [name, 0]));
  const queue = names.filter((name) => waiting.get(name) === 0);
  for (let index = 0; index < queue.length; index += 1) {
    for (const to of next.get(queue[index])) {
      column.set(to, Math.max(column.get(to), column.get(queue[index]) + 1));
      waiting.set(to, waiting.get(to) - 1);
      if (waiting.get(to) === 0) queue.push(to);
    }
  }
  return column;
}

/** The shortest way from a box without callers. */
function distances(names, outward, back) {
  const called = new Set([...outward.values()].flat().filter((edge) => !back.has(edge)).map((edge) => edge.child));
  const column = new Map(names.filter((name) => !called.has(name)).map((name) => [name, 0]));
  const queue = [...column.keys()];
  for (let index = 0; index < queue.length; index += 1) {
    for (const { child } of outward.get(queue[index])) {
      if (column.has(child)) continue;
      column.set(child, column.get(queue[index]) + 1);
      queue.push(child);
    }
  }
  return column;
}

/** Each box near the middle of those that it is joined with, several times in both directions. */
function order(columns) {
  const number = () => { for (const one of columns) one.forEach((place, index) => { place.row = index - one.length / 2; }); };
  number();
  for (let round = 0; round < 8; round += 1) {
    const side = round % 2 === 0 ? 'before' : 'after';
    for (const one of round % 2 === 0 ? columns : [...columns].reverse()) {
      const middle = new Map(one.map((place) => [place, place[side].length ? place[side].reduce((sum, other) => sum + other.row, 0) / place[side].length : place.row]));
      one.sort((a, b) => middle.get(a) - middle.get(b));
      one.forEach((place, index) => { place.row = index - one.length / 2; });
    }
  }
}
