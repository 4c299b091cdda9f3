// The page: its address is its state, and what is open follows from it.
import { h, show, byId, outside } from './dom.js';
import { count, many } from './format.js';
import { SearchScreen } from './search.js';

const keys = ['q', 'order', 'range', 'trace', 'span', 'view', 'logs', 'raw', 'critical', 'with'];

class App {
  constructor() {
    this.files = new Map();
    this.main = byId('main');
    this.isLive = true;
    addEventListener('popstate', () => this.open());
    addEventListener('keydown', (event) => this.key(event));
    byId('query-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.query(byId('query').value.trim());
    });
    byId('query').addEventListener('paste', () => setTimeout(() => {
      if (isTraceID(byId('query').value.trim())) this.query(byId('query').value.trim());
    }));
    byId('query').addEventListener('focus', () => this.complete());
    byId('query').addEventListener('input', () => this.complete());
    byId('range').addEventListener('change', () => this.change({ range: byId('range').value === '900000' ? '' : byId('range').value, trace: '', span: '', view: this.state.view === 'map' && !this.state.trace ? 'map' : '' }));
    byId('live').addEventListener('click', () => this.setLive(!this.isLive));
    byId('theme').addEventListener('click', () => this.switchTheme());
    byId('help').addEventListener('click', () => this.help());
    byId('home-map').addEventListener('click', () => this.go({ view: 'map', range: this.state.range }));
    byId('file').addEventListener('change', (event) => this.takeFiles([...event.target.files]));
    document.querySelector('[data-go]').addEventListener('click', (event) => {
      event.preventDefault();
      this.go({});
    });
    for (const name of ['dragover', 'dragleave', 'drop']) {
      addEventListener(name, (event) => {
        event.preventDefault();
        byId('drop').hidden = name !== 'dragover';
        if (name === 'drop') this.takeFiles([...event.dataTransfer.files]);
      });
    }
    const theme = localStorage.getItem('theme');
    if (theme) document.documentElement.dataset.theme = theme;
    this.open();
    this.listen();
  }

  /** Shows what the address says. */
  async open() {
    const parameters = new URLSearchParams(location.search);
    this.state = Object.fromEntries(keys.filter((key) => parameters.get(key)).map((key) => [key, parameters.get(key)]));
    const { trace, q = '', range = '900000', view } = this.state;
    byId('range').value = range;
    const kind = trace ? `trace ${trace}` : view === 'map' ? 'map' : 'search';
    if (document.activeElement !== byId('query')) byId('query').value = trace ?? q;
    if (this.screen && this.kind === kind) {
      if (kind.startsWith('trace')) {
        if (this.screen.trace) this.screen.update();
      } else await this.screen.load();
      return;
    }
    this.screen?.close?.();
    this.kind = kind;
    document.title = 'Spoor';
    if (trace) {
      const { TraceScreen } = await import('./traceview.js');
      if (this.kind !== kind) return;
      this.screen = new TraceScreen(this.main, this);
    } else if (view === 'map') this.screen = new MapScreen(this.main, this);
    else this.screen = new SearchScreen(this.main, this);
    await this.screen.load();
  }

  /** Goes to a new state; what it does not name is gone. */
  go(state, { replace = false } = {}) {
    const parameters = new URLSearchParams(Object.entries(state).filter(([, value]) => value));
    const url = `/${parameters.size ? '?' : ''}${parameters}`;
    if (replace) history.replaceState(null, '', url);
    else history.pushState({ inside: true }, '', url);
    return this.open();
  }

  change(part, options) { return this.go({ ...this.state, ...part }, options); }

  back() {
    if (history.state?.inside && !this.state.view) history.back();
    else this.go(this.state.view ? { ...this.state, view: '' } : { q: this.state.q, range: this.state.range });
  }

  openTrace(id, span) { this.go({ q: this.state.q, order: this.state.order, range: this.state.range, trace: id, span }); }

  query(text) {
    const id = text.toLowerCase();
    byId('query').blur();
    if (isTraceID(id)) this.openTrace(id);
    else this.go({ q: text, range: this.state.range, order: this.state.order });
  }

  async fetchTrace(id) {
    if (this.files.has(id)) return this.files.get(id);
    let response;
    try {
      response = await fetch(`/api/spoor/trace/${encodeURIComponent(id)}`);
    } catch {
      throw new Error('The collector does not answer.');
    }
    if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
    return response.json();
  }

  counts(counts) {
    this.lastCounts = counts;
    show(byId('status'), `${count(counts.traces)} traces, ${count(counts.evicted)} evicted, ${count(counts.dropped)} dropped`);
  }

  listen() {
    const events = new EventSource('/api/spoor/live');
    const gone = (is) => {
      byId('live').classList.toggle('gone', is);
      byId('live').lastElementChild.textContent = is ? 'collector gone, retrying' : 'live';
    };
    let waiting;
    events.addEventListener('open', () => gone(false));
    events.addEventListener('error', () => {
      gone(true);
      // A refusal closes the stream for good; the page asks again all the same.
      if (events.readyState === EventSource.CLOSED) setTimeout(() => this.listen(), 2000);
    });
    events.addEventListener('change', (event) => {
      this.counts(JSON.parse(event.data));
      if (!this.isLive || this.state.trace || waiting) return;
      waiting = setTimeout(async () => {
        if (!this.state.trace && this.isLive && !document.hidden) await this.screen?.load();
        waiting = undefined;
      }, 300);
    });
  }

  setLive(isLive) {
    this.isLive = isLive;
    byId('live').setAttribute('aria-pressed', String(isLive));
    if (isLive && !this.state.trace) this.screen?.load();
  }

  switchTheme() {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    document.documentElement.dataset.theme = dark ? 'light' : 'dark';
    localStorage.setItem('theme', document.documentElement.dataset.theme);
    this.screen?.waterfall?.paint();
  }

  async takeFiles(files) {
    const { read } = await import('./files.js');
    const all = { spans: [], logs: [], refused: 0 };
    for (const file of files) {
      const one = read(await file.text());
      for (const span of one.spans) all.spans.push(span);
      for (const log of one.logs) all.logs.push(log);
      all.refused += one.refused;
    }
    const traces = new Map();
    const of = (id) => {
      const key = id.slice(-16);
      if (!traces.has(key)) traces.set(key, { id, spans: [], logs: [], isFile: true });
      return traces.get(key);
    };
    for (const span of all.spans) of(span.traceId).spans.push(span);
    for (const log of all.logs) of(typeof log.trace_id === 'string' && log.trace_id ? log.trace_id : 'logs').logs.push(log);
    // A log file's records of a trace that the collector has are shown with its spans.
    for (const trace of traces.values()) {
      if (!trace.spans.length && trace.id !== 'logs') {
        const known = await this.fetchTrace(trace.id).catch(() => undefined);
        if (known) Object.assign(trace, { spans: known.spans, logs: [...known.logs, ...trace.logs] });
      }
      this.files.set(trace.id, trace);
    }
    const found = [...traces.values()].sort((a, b) => b.spans.length - a.spans.length);
    if (!found.length) {
      show(byId('status'), h('span', { class: 'bad' }, 'Neither spans nor log records in there'));
    } else if (found.length === 1) this.openTrace(found[0].id);
    else this.chooseFile(found, all);
  }

  chooseFile(traces, all) {
    this.screen?.close?.();
    this.kind = 'files';
    this.screen = { load() {}, close() {}, key: () => false };
    show(this.main, h('div', { class: 'scroll-page' }, h('h2', {}, `${many(traces.length, 'trace')}, ${many(all.spans.length, 'span')}, ${many(all.logs.length, 'log record')}${all.refused ? `, ${all.refused} entries that are neither` : ''}`),
      h('table', { class: 'file-traces' }, h('tbody', {}, traces.slice(0, 150).map((trace) => h('tr', { tabindex: '0', 'data-trace': trace.id, onclick: () => this.openTrace(trace.id), onkeydown: (event) => { if (event.key === 'Enter') this.openTrace(trace.id); } },
        h('td', {}, outside(trace.spans.find((span) => !span.parentId)?.name ?? trace.id)), h('td', { class: 'mono' }, outside(trace.id)), h('td', { class: 'number' }, many(trace.spans.length, 'span')), h('td', { class: 'number' }, many(trace.logs.length, 'log record'))))))));
  }

  /** Names and values from what is there. */
  async complete() {
    const line = byId('query').value;
    const word = /\S*$/.exec(line)[0];
    const head = line.slice(0, line.length - word.length);
    const [key, value] = word.split('=', 2);
    const get = async (path) => (await fetch(path)).json();
    let words = [];
    try {
      if (value === undefined) {
        this.tagKeys ??= await get('/api/v2/autocompleteKeys');
        words = ['service=', 'name=', 'remote=', 'duration>', 'error', 'event=', ...this.tagKeys.map((one) => `${one}=`)];
      } else if (key === 'service' || key === 'remote') words = (await get('/api/v2/services')).map((one) => `${key}=${one}`);
      else if (key === 'name') {
        const service = /service=(\S+)/.exec(line)?.[1];
        words = service ? (await get(`/api/v2/spans?serviceName=${encodeURIComponent(service)}`)).map((one) => (/\s/.test(one) ? `name="${one}"` : `name=${one}`)) : [];
      } else words = (await get(`/api/v2/autocompleteValues?key=${encodeURIComponent(key)}`)).map((one) => `${key}=${/\s/.test(one) ? `"${one}"` : one}`);
    } catch { return; }
    if (byId('query').value !== line) return;
    show(byId('completions'), words.filter((one) => one.startsWith(word)).slice(0, 40).map((one) => h('option', { value: head + one })));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return;
    const inField = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (inField) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (event.key === 'Enter' && /^(A|BUTTON)$/.test(event.target.tagName)) return;
    if (event.key === '/') byId('query').select();
    else if (event.key === '?') this.help();
    else if (event.key === 'm' && !this.state.trace) this.go(this.state.view === 'map' ? { range: this.state.range } : { view: 'map', range: this.state.range });
    else if (!this.screen?.key?.(event.key)) return;
    event.preventDefault();
  }

  help() {
    const all = [['/', 'query'], ['j  k', 'next and previous row'], ['←  →', 'collapse and expand'], ['Enter', 'open'], ['n', 'next error'], ['c', 'critical path'], ['l', 'logs: trace, span, subtree'], ['m', 'map'], ['d', 'compare with…'], ['Esc', 'back'], ['?', 'these keys']];
    show(byId('keys'), h('h2', { id: 'keys-title' }, 'Keys'), h('dl', {}, all.map(([key, text]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, text)])), h('form', { method: 'dialog' }, h('button', { autofocus: true }, 'close')));
    byId('keys').showModal();
  }
}

/** The map of all services in the time range. */
class MapScreen {
  constructor(main, app) {
    this.app = app;
    this.body = h('div', { class: 'scroll-page map' });
    show(main, this.body);
  }

  async load() {
    const range = this.app.state.range ?? '900000';
    const response = await fetch(`/api/spoor/map?lookback=${range === '0' ? Date.now() : range}`).catch(() => undefined);
    if (!response?.ok || this.closed) return;
    const { edges } = await response.json();
    const { drawMap } = await import('./map.js');
    const text = (one) => (/\s/.test(one) ? `"${one}"` : one);
    drawMap(this.body, edges, (edge) => this.app.query(`service=${text(edge.child)}`));
  }

  key(key) {
    if (key !== 'Escape') return false;
    this.app.go({ range: this.app.state.range });
    return true;
  }

  close() { this.closed = true; }
}

const isTraceID = (text) => /^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(text);

new App();
