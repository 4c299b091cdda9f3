// SPDX-License-Identifier: Apache-2.0

// Files for other programs, and for this page.

/** Chrome's trace events, for Perfetto: a process per service, spans that overlap on lanes of their own. */
export function chromeEvents(trace) {
  const events = [];
  const pids = new Map(trace.services.map((service, index) => [service, index + 1]));
  for (const [service, pid] of pids) events.push({ name: 'process_name', ph: 'M', pid, tid: 0, args: { name: service } });
  const lanes = new Map();
  for (const node of [...trace.nodes].filter((one) => one.span && one.start !== undefined).sort((a, b) => a.start - b.start || b.end - a.end)) {
    const pid = pids.get(node.service) ?? 0;
    if (!lanes.has(pid)) lanes.set(pid, []);
    const stacks = lanes.get(pid);
    let lane = stacks.findIndex((stack) => {
      while (stack.length && stack[stack.length - 1] <= node.start) stack.pop();
      return !stack.length || stack[stack.length - 1] >= node.end;
    });
    if (lane < 0) lane = stacks.push([]) - 1;
    stacks[lane].push(node.end);
    events.push({ name: node.name || node.id, cat: node.span.kind ?? 'LOCAL', ph: 'X', ts: node.start, dur: node.end - node.start, pid, tid: lane + 1, args: { id: node.id, parentId: node.span.parentId, ...node.span.tags } });
    for (const one of node.span.annotations ?? []) events.push({ name: one.value, ph: 'i', s: 't', ts: one.timestamp, pid, tid: lane + 1 });
  }
  return { displayTimeUnit: 'ms', traceEvents: events };
}

/** Zipkin's JSON, as it was received. */
export const zipkin = (trace) => trace.received;

/** The spans and log records, as this page reads them back. */
export const whole = (trace) => ({ spans: trace.received, logs: trace.logs.map((log) => log.record) });

/** Gives the browser a file to save. */
export function save(name, value) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 1)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
