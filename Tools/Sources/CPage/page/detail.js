// A span beside the waterfall: what it was, why it failed, with what stack.
import { h, outside } from './dom.js';
import { duration, stamp, clock, colour } from './format.js';

export function detail(node, trace, app) {
  if (!node) return [h('p', { class: 'soft' }, 'Select a span.')];
  if (node.missing) {
    return [h('h2', {}, '? (not received)'), h('p', {}, `Others name the span ${node.id} as their parent, and no one has sent it. It may be on its way, its service may not send here, or it was never ended.`)];
  }
  const { span } = node;
  // The stack stands above, readable.
  const tags = Object.entries(span.tags ?? {}).filter(([key]) => key !== 'error.stack_trace');
  const facts = [
    ['took', h('span', {}, duration(span.duration) || 'unknown', h('span', { class: 'soft' }, ` · self ${duration(node.selfTime)}`))],
    ['began', h('span', {}, `${duration(Math.max(0, (node.start ?? trace.start) - trace.start))} into the trace`, h('div', { class: 'soft' }, stamp(node.start)))],
    node.critical.length ? ['critical', `${duration(node.critical.reduce((sum, [from, to]) => sum + to - from, 0))} of the critical path`] : null,
    span.kind ? ['kind', span.kind.toLowerCase()] : null,
    span.remoteEndpoint ? ['other side', outside(endpoint(span.remoteEndpoint))] : null,
    ['recorded by', outside(endpoint(span.localEndpoint))],
    node.skew ? ['clock', `moved by ${node.skew < 0 ? '−' : '+'}${duration(Math.abs(node.skew))}: its host's clock differs from its caller's`] : null,
    ['id', outside(span.id, { class: 'mono' })],
  ].filter(Boolean);
  return [
    h('h2', {}, outside(node.name || '(no name)')),
    outside(node.service, { class: 'chip', style: colour(node.service) }),
    node.interrupted ? h('div', { class: 'failure' }, h('b', {}, 'interrupted'), ' The process ended in the middle of it; its duration is a guess.') : null,
    node.error && !node.interrupted ? h('div', { class: 'failure' }, h('b', {}, '✗ '), outside(span.tags.error || 'failed')) : null,
    ...failures(node),
    h('h3', {}, 'span'), h('dl', {}, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    tags.length ? [h('h3', {}, 'tags'), h('dl', { class: 'tags' }, tags.map(([key, value]) => [h('dt', {}, outside(key)), h('dd', {}, link(key, value, app))]))] : null,
    span.annotations?.length ? [h('h3', {}, 'annotations'), h('dl', { class: 'annotations' }, span.annotations.slice(0, 500).map((one) => [h('dt', { class: 'mono' }, clock(one.timestamp + node.skew)), h('dd', {}, outside(one.value))]))] : null,
  ];
}

const endpoint = (one) => (one ? [one.serviceName, one.ipv4 ?? one.ipv6, one.port].filter(Boolean).join(' · ') : 'unknown');

/** A link to another span is a tag `link.N` = `TRACEID-SPANID`. */
function link(key, value, app) {
  const match = /^link\.\d+$/.test(key) && /^([0-9a-f]{16,32})-([0-9a-f]{16})$/.exec(value);
  if (!match) return outside(value);
  return h('a', { href: `/?trace=${match[1]}&span=${match[2]}`, onclick: (event) => { event.preventDefault(); app.openTrace(match[1], match[2]); } }, value);
}

/** The failures in the span's log records, and in its tags. */
function failures(node) {
  const records = node.logs.map((log) => log.record).filter((record) => record['error.type']);
  if (!records.length && node.span.tags?.['error.stack_trace']) records.push(node.span.tags);
  return records.slice(0, 20).map((record) => h('div', { class: 'failure' },
    h('b', {}, outside(record['error.type'] ?? 'error')), ' ', outside(record['error.message'] ?? ''),
    record['error.handled'] === true || record['error.handled'] === 'true' ? h('span', { class: 'soft' }, '  (handled)') : null,
    stack(String(record['error.stack_trace'] ?? '')),
    (Array.isArray(record['error.causes']) ? record['error.causes'] : []).map((cause) => h('div', { class: 'cause' }, h('span', { class: 'soft' }, 'caused by '), outside(cause?.type), ' ', outside(cause?.message)))));
}

const ofRuntime = /^(swift_|_swift|\$ss|Swift\.|_Concurrency|__libc|_start|main\b.*libc|start_thread|clone|partial apply|closure #\d+ in closure|NIO|_NIO|Hummingbird|Dispatch|_dispatch)|libswift|\/usr\/lib|\/lib\//;

/** Project frames first and open, runs of the runtime's folded. */
function stack(text) {
  const frames = text.split('\n').map((line) => line.trim()).filter(Boolean);
  if (!frames.length) return null;
  const isOurs = (frame) => / at \S+\.(swift|c|cpp|m|h)(:\d+)?/.test(frame) && !ofRuntime.test(frame);
  const ours = frames.filter(isOurs);
  const shown = ours.length ? ours : frames.slice(0, 3);
  const rest = frames.filter((frame) => !shown.includes(frame));
  return h('ol', { class: 'stack' }, shown.slice(0, 200).map(frameRow), rest.length ? h('li', {}, h('details', {}, h('summary', {}, `${rest.length} frame${rest.length === 1 ? '' : 's'} of the runtime`), h('ol', { class: 'stack' }, rest.slice(0, 400).map(frameRow)))) : null);
}

function frameRow(frame) {
  const at = frame.lastIndexOf(' at ');
  return h('li', {}, outside(at > 0 ? frame.slice(0, at) : frame), at > 0 ? outside(frame.slice(at + 4), { class: 'at mono' }) : null);
}
