// SPDX-License-Identifier: Apache-2.0

// Latency over time, the distribution of latencies, and calls over time.
import { s, h, outside } from './dom.js';
import { duration, clock, stamp } from './format.js';

/**
 * The traces as dots: time across, the logarithm of the latency upwards. Traces outside of the time range, by a wrong
 * clock, are at its edge, so that they do not flatten the others.
 */
export function scatter(traces, open, width, { from, to }, now = Date.now() * 1000) {
  const height = 196;
  const box = { left: 52, right: width - 12, top: 8, bottom: 172 };
  const times = traces.map((trace) => trace.start).sort((a, b) => a - b);
  const within = times.filter((time) => time <= now);
  const [begin, end] = [from ?? within[Math.floor(within.length / 50)] ?? times[0], Math.min(to ?? now, within.length ? now : times[times.length - 1], times[times.length - 1])];
  // Few traces of a long range are shown as large as they are.
  const first = Math.max(begin, Math.min(within[0] ?? begin, end));
  const x = (time) => (end > first ? box.left + 6 + Math.max(0, Math.min(1, (time - first) / (end - first))) * (box.right - box.left - 12) : (box.left + box.right) / 2);
  const values = traces.map((trace) => Math.max(1, trace.duration)).sort((a, b) => a - b);
  const low = Math.floor(Math.log10(values[0]));
  const high = Math.max(low + 1, Math.ceil(Math.log10(values[values.length - 1])));
  const y = (value) => box.bottom - ((Math.log10(Math.max(1, value)) - low) / (high - low)) * (box.bottom - box.top);
  const picture = s('svg', { class: 'scatter', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Latency over time of ${traces.length} traces; the list below has the same` });
  for (let power = low; power <= high; power += Math.ceil((high - low) / 8)) {
    picture.append(s('line', { x1: box.left, x2: box.right, y1: y(10 ** power), y2: y(10 ** power) }),
      s('text', { x: box.left - 6, y: y(10 ** power) + 4, 'text-anchor': 'end' }, power > 7 ? `${10 ** (power - 6)} s` : duration(10 ** power)));
  }
  ticks(picture, box, first, end, height);
  // Failed ones are drawn last, so that nothing hides them.
  for (const trace of [...traces].sort((a, b) => a.errors - b.errors)) {
    const isOutside = trace.start < first || trace.start > end;
    const attributes = { class: `${trace.errors ? 'bad' : ''} ${isOutside ? 'outside' : ''}`, 'data-trace': trace.id, onclick: () => open(trace.id) };
    picture.append(s('circle', { cx: x(trace.start).toFixed(1), cy: y(trace.duration).toFixed(1), r: trace.errors ? 4.5 : 3.2, ...attributes },
      s('title', {}, `${trace.name} ${duration(trace.duration)}, ${stamp(trace.start)}`)));
  }
  return picture;
}

/** Times along the axis; with their day where the range has several. */
function ticks(picture, box, from, to, height) {
  const days = stamp(from).slice(0, 10) !== stamp(to).slice(0, 10);
  const text = (time) => (days ? stamp(time).slice(5, 16) : clock(time).slice(0, 8));
  const steps = Math.max(1, Math.min(4, Math.floor((box.right - box.left) / 130)));
  for (let step = 0; step <= steps; step += 1) {
    const share = step / steps;
    picture.append(s('text', { x: box.left + share * (box.right - box.left), y: height - 6, 'text-anchor': step === 0 ? 'start' : step === steps ? 'end' : 'middle' }, text(from + share * (to - from)), step === steps ? ` ${stamp(to).slice(23)}` : ''));
  }
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

/** Calls over time as bars, the failed ones in red, and the median of their durations as a line. */
export function sparkline(series, label) {
  const [width, height] = [72, 18];
  const most = Math.max(1, ...series.map(([calls]) => calls));
  const slowest = Math.max(1, ...series.map(([, , p50]) => p50));
  const step = width / series.length;
  const picture = s('svg', { class: 'spark', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
  series.forEach(([calls, errors], index) => {
    if (!calls) return;
    const bar = (number, name) => s('rect', { class: name, x: (index * step).toFixed(1), width: (step - 0.6).toFixed(1), y: (height - (number / most) * height).toFixed(1), height: ((number / most) * height).toFixed(1) });
    picture.append(bar(calls, ''));
    if (errors) picture.append(bar(Math.max(errors, most / 9), 'bad'));
  });
  const line = series.flatMap(([, , p50], index) => (p50 ? [`${((index + 0.5) * step).toFixed(1)},${(height - 1 - (p50 / slowest) * (height - 3)).toFixed(1)}`] : []));
  if (line.length > 1) picture.append(s('polyline', { points: line.join(' ') }));
  picture.append(s('title', {}, label));
  return picture;
}
