// SPDX-License-Identifier: Apache-2.0

// The page. Its address is its state; what is shown follows from it.
import { h, show, byId } from './dom.js';
import { count, zone, fieldTime, timeOfField } from './format.js';
import { api, current, limits, link, period, search, standardRange } from './address.js';
import { SearchScreen } from './search.js';
import { traceID } from './query.js';

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
      if (traceID(byId('query').value)) this.query(byId('query').value.trim());
    }));
    for (const name of ['focus', 'input']) byId('query').addEventListener(name, async () => (await import('./complete.js')).complete(this));
    byId('range').addEventListener('change', () => this.chooseRange(byId('range').value));
    byId('between').addEventListener('submit', (event) => {
      event.preventDefault();
      const [from, to] = ['between-from', 'between-to'].map((id) => timeOfField(byId(id).value));
      if (from > 0 || to > 0) this.change({ range: '', from: from > 0 ? String(from) : '', to: to > 0 ? String(to + 999) : '', ...this.home() });
    });
    byId('live').addEventListener('click', () => this.setLive(!this.isLive));
    byId('zone').addEventListener('click', () => this.switchZone());
    byId('theme').addEventListener('click', () => this.switchTheme());
    byId('help').addEventListener('click', () => this.help());
    byId('file').addEventListener('change', (event) => this.takeFiles([...event.target.files]));
    for (const one of document.querySelectorAll('[data-go]')) {
      one.addEventListener('click', (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.show(one.dataset.go);
      });
    }
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
    // Everything is there before the collector may go, so that a dropped file needs none.
    (window.requestIdleCallback ?? setTimeout)(() => { for (const name of ['traceview', 'dropped', 'logview', 'mapview', 'complete', 'near']) import(`./${name}.js`); });
  }

  /** Shows the state of the address. */
  async open() {
    this.state = current();
    const { trace, q = '', view } = this.state;
    this.showRange();
    byId('zone').textContent = zone.name;
    const kind = trace ? `trace ${trace}` : view === 'map' || view === 'logs' ? view : 'search';
    for (const one of document.querySelectorAll('nav [data-go]')) {
      one.href = link({ ...search(this.state), order: '', view: one.dataset.go });
      if (!trace && one.dataset.go === (kind === 'search' ? '' : kind)) one.setAttribute('aria-current', 'page');
      else one.removeAttribute('aria-current');
    }
    if (document.activeElement !== byId('query')) byId('query').value = q;
    if (this.screen && this.kind === kind) {
      if (trace) this.screen.update?.();
      else await this.screen.load();
      return;
    }
    this.leave();
    this.kind = kind;
    document.title = 'Spoor';
    // The list stays as it was while something else is shown.
    if (kind === 'search' && this.kept) {
      this.screen = this.kept;
      await this.screen.resume(this.main);
      return;
    }
    const Screen = await this.screenClass(kind);
    if (this.kind !== kind) return;
    this.screen = new Screen(this.main, this);
    if (kind === 'search') this.kept = this.screen;
    await this.screen.load();
  }

  async screenClass(kind) {
    if (kind === 'search') return SearchScreen;
    if (kind === 'logs') return (await import('./logview.js')).LogScreen;
    return kind === 'map' ? (await import('./mapview.js')).MapScreen : (await import('./traceview.js')).TraceScreen;
  }

  leave() {
    if (this.screen && this.screen === this.kept) this.screen.pause();
    else this.screen?.close?.();
    this.screen = undefined;
  }

  /** Goes to a new state. Parameters that it does not name are removed. */
  go(state, { replace = false } = {}) {
    const url = link(state);
    if (replace) history.replaceState(history.state, '', url);
    else history.pushState({ inside: true }, '', url);
    return this.open();
  }

  change(part, options) { return this.go({ ...this.state, ...part }, options); }

  /** What a change of the query or the time removes from the state: the trace that is open. */
  home() { return this.state.trace ? { trace: '', span: '', view: '', logs: '', raw: '', critical: '', with: '', find: '', show: '' } : {}; }

  /** One of the views that are not of a trace. */
  show(view) { this.go(this.state.trace || this.state.view !== view ? { ...search(this.state), order: view ? '' : this.state.order, view } : { view }); }

  back() {
    if (history.state?.inside && !this.state.view) history.back();
    else this.go(this.state.view ? { ...this.state, view: '' } : search(this.state));
  }

  openTrace(id, span) { this.go({ ...search(this.state), trace: id, span }); }

  query(text) {
    const id = traceID(text);
    byId('query').blur();
    if (id) this.openTrace(id.trace, id.span);
    else this.change({ ...this.home(), q: text });
  }

  chooseRange(value) {
    if (value !== 'between') {
      this.change({ range: value === String(standardRange) ? '' : value, from: '', to: '', ...this.home() });
      return;
    }
    const { from = (Date.now() - standardRange) * 1000, to = Date.now() * 1000 } = limits(this.state);
    byId('between-from').value = fieldTime(from);
    byId('between-to').value = fieldTime(to);
    byId('between').hidden = false;
    byId('between-from').focus();
  }

  showRange() {
    const { from, to, range = String(standardRange) } = this.state;
    const isBetween = Boolean(from || to);
    byId('between').hidden = !isBetween;
    byId('between-zone').textContent = zone.name;
    if (isBetween) {
      byId('between-from').value = fieldTime(Number(from) * 1000 || undefined);
      byId('between-to').value = fieldTime(Number(to) * 1000 || undefined);
    }
    const known = [...byId('range').options].some((one) => one.value === range);
    byId('range').value = isBetween || !known ? 'between' : range;
    if (!isBetween && !known) byId('range').title = `the last ${Math.round(Number(range) / 60_000)} min`;
  }

  /** The spans and log records of a trace; the one that is given if nothing has changed since. */
  async fetchTrace(id, known) {
    if (this.files.has(id)) return this.files.get(id);
    let response;
    try {
      response = await fetch(api(`spoor/trace/${encodeURIComponent(id)}`), { cache: 'no-store', headers: known?.tag ? { 'If-None-Match': known.tag } : {} });
    } catch {
      throw new Error('The collector does not answer.');
    }
    if (response.status === 304) return known;
    if (!response.ok) throw Object.assign(new Error(await response.text()), { status: response.status });
    return { ...await response.json(), tag: response.headers.get('ETag') };
  }

  counts(counts) {
    this.lastCounts = counts;
    const parts = [`${count(counts.traces)} traces`, `${count(counts.logs)} log records`, `${count(counts.evicted)} evicted`, `${count(counts.dropped)} spans and ${count(counts.linesDropped ?? 0)} lines dropped`];
    show(byId('status'), parts.join(', '));
  }

  listen() {
    const events = new EventSource(api('spoor/live'));
    const gone = (is) => {
      byId('live').classList.toggle('gone', is);
      byId('live').lastElementChild.textContent = is ? 'collector gone, retrying' : 'live';
    };
    let waiting;
    events.addEventListener('open', () => gone(false));
    events.addEventListener('error', () => {
      gone(true);
      // A refusal closes the stream for good, so the page reconnects itself.
      if (events.readyState === EventSource.CLOSED) setTimeout(() => this.listen(), 2000);
    });
    events.addEventListener('change', (event) => {
      this.counts(JSON.parse(event.data));
      if (!this.isLive || waiting) return;
      waiting = setTimeout(async () => {
        if (this.isLive && !document.hidden) await this.screen?.refresh?.();
        waiting = undefined;
      }, 300);
    });
  }

  setLive(isLive) {
    this.isLive = isLive;
    byId('live').setAttribute('aria-pressed', String(isLive));
    if (isLive) this.screen?.refresh?.();
  }

  switchZone() {
    zone.toggle();
    byId('zone').textContent = zone.name;
    this.showRange();
    this.screen?.redraw?.();
  }

  switchTheme() {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    document.documentElement.dataset.theme = dark ? 'light' : 'dark';
    localStorage.setItem('theme', document.documentElement.dataset.theme);
    this.screen?.redraw?.();
  }

  async takeFiles(files) { (await import('./dropped.js')).take(this, files); }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return;
    const inField = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (inField) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if ((event.key === 'Enter' || event.key === ' ') && event.target.closest?.('a, button, summary, [role=button]')) return;
    if (event.key === '/') byId('query').select();
    else if (event.key === '?') this.help();
    else if (event.key === 'u') this.switchZone();
    else if (!this.screen?.key?.(event.key, event) && !this.homeKey(event.key)) return;
    event.preventDefault();
  }

  homeKey(key) {
    if (this.state.trace) return false;
    const views = { t: '', l: 'logs', m: 'map' };
    if (key === 'Escape' && this.state.view) this.show('');
    else if (Object.hasOwn(views, key)) this.show(this.state.view === views[key] ? '' : views[key]);
    else return false;
    return true;
  }

  help() {
    const all = [['/', 'query'], ['j  k', 'next and previous row'], ['←  →', 'collapse and expand'], ['Enter', 'open'], ['t  l  m', 'traces, logs, map'], ['n  N', 'next and previous error'], ['f', 'find in the trace'], ['w  g  o', 'waterfall, flame graph, table by operation'], ['m  d', 'map of the trace, compare with…'], ['c', 'critical path'], ['l', 'logs: trace, span, subtree'], ['x', 'collapse: all, to a depth, to errors'], ['+  −  0', 'zoom in, out, whole'], ['[  ]', 'earlier and later'], ['u', 'UTC or local time'], ['Esc', 'back'], ['?', 'these keys']];
    show(byId('keys'), h('h2', { id: 'keys-title' }, 'Keys'), h('dl', {}, all.map(([key, text]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, text)])), h('form', { method: 'dialog' }, h('button', { autofocus: true }, 'close')));
    byId('keys').showModal();
  }

  /** The time range as the collector's routes need it. */
  period() { return period(this.state); }
}

new App();
