// Reads files that were dropped on the page, and writes what can be opened elsewhere.

const hex = /^[0-9a-f]{1,32}$/;

/** One span from outside in Zipkin's normal form; `undefined` for what is none. */
export function span(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  const { traceId, id } = value;
  if (typeof traceId !== 'string' || !hex.test(traceId) || /^0+$/.test(traceId)) return undefined;
  if (typeof id !== 'string' || !hex.test(id) || id.length > 16 || /^0+$/.test(id)) return undefined;
  const result = { ...value, traceId: pad(traceId), id: id.padStart(16, '0') };
  const parent = typeof value.parentId === 'string' && hex.test(value.parentId) ? value.parentId.padStart(16, '0') : '';
  if (parent && !/^0+$/.test(parent) && parent !== result.id) result.parentId = parent;
  else delete result.parentId;
  for (const key of ['timestamp', 'duration']) if (!(value[key] > 0)) delete result[key];
  result.name = typeof value.name === 'string' ? value.name.toLowerCase() : '';
  result.tags = Object.fromEntries(Object.entries(value.tags ?? {}).map(([key, text]) => [key, String(text)]));
  result.annotations = (Array.isArray(value.annotations) ? value.annotations : []).filter((one) => one && one.timestamp > 0);
  return result;
}

function pad(id) {
  const long = id.padStart(id.length > 16 ? 32 : 16, '0');
  return long.length === 32 && /^0{16}/.test(long) ? long.slice(16) : long;
}

/** `{spans, logs, refused}` of a file's text: a JSON list, one span, lists of lists, Spoor's own answer, or lines. */
export function read(text) {
  const result = { spans: [], logs: [], refused: 0 };
  const take = (value) => {
    if (Array.isArray(value)) {
      for (const one of value) take(one);
    } else if (value && Array.isArray(value.spans)) {
      take(value.spans);
      for (const log of value.logs ?? []) take(log);
    } else {
      const read = value?.traceId ? span(value) : undefined;
      if (read) result.spans.push(read);
      else if (value && typeof value === 'object' && (value.event !== undefined || value.timestamp || value.message)) result.logs.push(value);
      else result.refused += 1;
    }
  };
  try {
    take(JSON.parse(text));
  } catch {
    for (const line of text.split('\n')) {
      if (!line.trim()) continue;
      try { take(JSON.parse(line)); } catch { result.refused += 1; }
    }
  }
  return result;
}

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

/** Zipkin's JSON, as it came in. */
export const zipkin = (trace) => trace.received;

/** Gives the browser a file to save. */
export function save(name, value) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 1)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
