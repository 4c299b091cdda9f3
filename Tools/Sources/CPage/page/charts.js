// Latency over time, and how often which latency.
import { s, h, outside } from './dom.js';
import { duration, clock } from './format.js';

/** The traces as dots: time across, the logarithm of the latency upwards. */
export function scatter(traces, open, width) {
  const height = 196;
  const box = { left: 52, right: width - 12, top: 8, bottom: 176 };
  const times = traces.map((trace) => trace.start);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const values = traces.map((trace) => Math.max(1, trace.duration));
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const x = (time) => (to > from ? box.left + 6 + ((time - from) / (to - from)) * (box.right - box.left - 12) : (box.left + box.right) / 2);
  const y = (value) => box.bottom - ((Math.log10(Math.max(1, value)) - low) / (high - low)) * (box.bottom - box.top);
  const picture = s('svg', { class: 'scatter', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Latency over time of ${traces.length} traces; the list below has the same` });
  for (let power = low; power <= high; power += 1) {
    picture.append(s('line', { x1: box.left, x2: box.right, y1: y(10 ** power), y2: y(10 ** power) }),
      s('text', { x: box.left - 6, y: y(10 ** power) + 4, 'text-anchor': 'end' }, duration(10 ** power)));
  }
  if (traces.length) {
    picture.append(s('text', { x: box.left, y: height - 4 }, clock(from).slice(0, 8)),
      s('text', { x: box.right, y: height - 4, 'text-anchor': 'end' }, clock(to).slice(0, 8)));
  }
  // The failed ones last: nothing hides them.
  for (const trace of [...traces].sort((a, b) => a.errors - b.errors)) {
    picture.append(s('circle', { cx: x(trace.start).toFixed(1), cy: y(trace.duration).toFixed(1), r: trace.errors ? 4.5 : 3.2, class: trace.errors ? 'bad' : '', 'data-trace': trace.id, onclick: () => open(trace.id) },
      s('title', {}, `${trace.name} ${duration(trace.duration)}`)));
  }
  return picture;
}

/** An operation's latencies: one bar for each bucket, four to a doubling. */
export function histogram(operation) {
  const buckets = operation.histogram;
  const width = 400;
  if (!buckets.length) return h('p', { class: 'soft' }, 'no durations');
  const most = Math.max(...buckets.map(([, number]) => number));
  const low = Math.log2(Math.max(1, buckets[0][0]));
  const high = Math.log2(Math.max(1, buckets[buckets.length - 1][0])) + 0.25;
  const x = (value) => 4 + ((Math.log2(Math.max(1, value)) - low) / Math.max(0.25, high - low)) * (width - 8);
  const bar = Math.max(2, Math.min(40, (width - 8) / Math.max(1, (high - low) * 4) - 1));
  const picture = s('svg', { class: 'histogram', viewBox: `0 0 ${width} 92`, role: 'img', 'aria-label': `Latencies of ${operation.name}` });
  for (const [from, number] of buckets) {
    const height = Math.max(2, (number / most) * 66);
    picture.append(s('rect', { x: Math.min(width - bar, x(from)).toFixed(1), y: (72 - height).toFixed(1), width: bar.toFixed(1), height: height.toFixed(1), rx: 1 },
      s('title', {}, `from ${duration(from)}: ${number}`)));
  }
  picture.append(s('text', { x: 4, y: 88 }, duration(buckets[0][0])),
    s('text', { x: width - 4, y: 88, 'text-anchor': 'end' }, duration(buckets[buckets.length - 1][0])));
  return h('div', {}, h('div', { class: 'soft' }, 'latency of ', outside(operation.name), ` · p50 ${duration(operation.p50)} · p99 ${duration(operation.p99)}`), picture);
}
