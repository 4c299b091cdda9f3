// The service map: who calls whom, how often, how often it fails, how long it takes.
import { h, s, show, outside } from './dom.js';
import { duration, count, colour } from './format.js';

/** The edges of one trace, by the rules of the collector's map. */
export function edgesOf(trace) {
  const edges = new Map();
  const add = (parent, child, node) => {
    const key = JSON.stringify([parent, child]);
    if (!edges.has(key)) edges.set(key, { parent, child, calls: 0, errors: 0, durations: [], nodes: [] });
    const edge = edges.get(key);
    edge.calls += 1;
    edge.errors += node.error ? 1 : 0;
    edge.nodes.push(node);
    if (node.span.duration) edge.durations.push(node.span.duration);
  };
  for (const node of trace.nodes) {
    if (!node.span || !node.service) continue;
    if (node.parent?.service && node.parent.service !== node.service) add(node.parent.service, node.service, node);
    const remote = node.span.remoteEndpoint?.serviceName;
    if (!node.children.length && (node.span.kind === 'CLIENT' || node.span.kind === 'PRODUCER') && remote && remote !== node.service) add(node.service, remote, node);
  }
  return [...edges.values()].map((edge) => {
    edge.durations.sort((a, b) => a - b);
    return { ...edge, p50: edge.durations[Math.floor(edge.durations.length / 2)] ?? 0, p99: edge.durations[Math.floor(edge.durations.length * 0.99)] ?? 0 };
  });
}

/** Draws edges; `open` is called with the edge that was chosen. */
export function drawMap(element, edges, open, selected) {
  if (!edges.length) {
    show(element, h('div', { class: 'empty' }, h('h2', {}, 'No calls between services'), 'Nothing here crosses from one service to another.'));
    return;
  }
  const places = layers(edges);
  const names = [...places.keys()];
  const columns = Math.max(...[...places.values()].map(([column]) => column)) + 1;
  const tallest = Math.max(...Array.from({ length: columns }, (_, column) => names.filter((name) => places.get(name)[0] === column).length));
  const [width, height] = [Math.max(760, columns * 300), Math.max(220, tallest * 76)];
  const at = (name) => {
    const [column, row] = places.get(name);
    const inColumn = names.filter((other) => places.get(other)[0] === column).length;
    return [110 + column * ((width - 220) / Math.max(1, columns - 1)), (height * (row + 1)) / (inColumn + 1)];
  };
  const most = Math.max(...edges.map((edge) => edge.calls));
  const picture = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'Service map; the table below has the same' });
  picture.append(s('defs', {}, s('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: 'userSpaceOnUse', orient: 'auto-start-reverse' }, s('path', { d: 'M0 0L8 4L0 8z', fill: 'context-stroke' }))));
  for (const edge of edges) {
    const [x1, y1] = at(edge.parent);
    const [x2, y2] = at(edge.child);
    const back = x2 <= x1;
    const [from, to] = back ? [x1, x2] : [x1 + 76, x2 - 78];
    const bend = back ? -60 - Math.abs(y1 - y2) * 0.2 : 0;
    const path = back ? `M${from} ${y1 - 18}C${from} ${y1 + bend} ${to} ${y2 + bend} ${to} ${y2 - 20}` : `M${from} ${y1}C${(from + to) / 2} ${y1} ${(from + to) / 2} ${y2} ${to} ${y2}`;
    picture.append(s('g', { class: `edge ${edge.errors ? 'bad' : ''} ${edge === selected ? 'on' : ''}`, tabindex: 0, role: 'button', 'aria-label': `${edge.parent} calls ${edge.child}`, 'data-edge': `${edge.parent} ${edge.child}`, onclick: () => open(edge), onkeydown: (event) => { if (event.key === 'Enter') open(edge); } },
      s('path', { d: path, 'marker-end': 'url(#arrow)', style: { '--weight': (1 + (edge.calls / most) * 2.5).toFixed(2) } }),
      s('text', { x: (from + to) / 2, y: (y1 + y2) / 2 + bend * 0.7 - 6 }, `${count(edge.calls)} · ${duration(edge.p50)}${edge.errors ? ` · ${edge.errors}✗` : ''}`)));
  }
  for (const name of names) {
    const [x, y] = at(name);
    picture.append(s('g', { class: 'node', style: colour(name) }, s('rect', { x: x - 76, y: y - 18, width: 152, height: 36, rx: 9 }), s('text', { x, y }, name.length > 20 ? `${name.slice(0, 19)}…` : name, s('title', {}, name))));
  }
  show(element, picture, h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, 'caller → called'), ...['calls', 'errors', 'p50', 'p99'].map((name) => h('th', { class: 'number' }, name)))),
    h('tbody', {}, edges.map((edge) => h('tr', { tabindex: '0', 'aria-selected': String(edge === selected), onclick: () => open(edge), onkeydown: (event) => { if (event.key === 'Enter') open(edge); } },
      h('td', {}, outside(edge.parent, { style: colour(edge.parent), class: 'chip' }), '→ ', outside(edge.child, { style: colour(edge.child), class: 'chip' })),
      h('td', { class: 'number' }, count(edge.calls)), h('td', { class: `number ${edge.errors ? 'bad' : 'soft'}` }, count(edge.errors)), h('td', { class: 'number' }, duration(edge.p50)), h('td', { class: 'number' }, duration(edge.p99)))))));
}

/** Columns by the distance from those that no one calls; circles are cut where they close. */
function layers(edges) {
  const names = [...new Set(edges.flatMap((edge) => [edge.parent, edge.child]))].slice(0, 200);
  const column = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < Math.min(names.length, 12); round += 1) {
    for (const edge of edges) {
      if (!column.has(edge.parent) || !column.has(edge.child)) continue;
      const next = column.get(edge.parent) + 1;
      if (next > column.get(edge.child) && next < names.length && !reaches(edges, edge.child, edge.parent)) column.set(edge.child, next);
    }
  }
  const rows = new Map();
  return new Map(names.map((name) => {
    const row = rows.get(column.get(name)) ?? 0;
    rows.set(column.get(name), row + 1);
    return [name, [column.get(name), row]];
  }));
}

function reaches(edges, from, to) {
  const seen = new Set([from]);
  const queue = [from];
  while (queue.length) {
    const at = queue.pop();
    if (at === to) return true;
    for (const edge of edges) if (edge.parent === at && !seen.has(edge.child)) { seen.add(edge.child); queue.push(edge.child); }
  }
  return false;
}
