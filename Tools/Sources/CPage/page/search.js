// The first screen: what is wrong now. Latency over time, operations, traces, newest live.
import { h, show, outside, byId } from './dom.js';
import { duration, count, many, ago, colour } from './format.js';
import { scatter, histogram } from './charts.js';
import { Rows } from './rows.js';

/** Builds the screen into `main`; `app` navigates and knows the state. */
export class SearchScreen {
  constructor(main, app) {
    this.app = app;
    this.traces = [];
    this.selected = -1;
    this.chart = h('section', { 'aria-label': 'Latency over time' });
    this.operations = h('section', { 'aria-label': 'Operations' });
    this.order = ['newest', 'slowest'].map((order) => h('button', { type: 'button', 'data-order': order, onclick: () => app.change({ order: order === 'newest' ? '' : order }) }, order));
    this.found = h('span');
    this.list = h('div', { class: 'results', tabindex: '0', 'aria-label': 'Traces' });
    this.overview = h('div', { class: 'overview' }, this.chart, this.operations);
    show(main, this.overview, h('div', { class: 'results-bar' }, ...this.order, h('span', { class: 'grow' }), this.found,
      h('button', { type: 'button', onclick: () => byId('file').click() }, 'open a file')), this.list);
    this.rows = new Rows(this.list, { height: 34, render: (index) => this.row(index), label: 'Traces' });
    this.empty = h('div', { class: 'empty' });
  }

  async load() {
    // An answer that a later question overtook is nobody's.
    const turn = this.turn = (this.turn ?? 0) + 1;
    const { q = '', order = '', range = '900000' } = this.app.state;
    for (const button of this.order) button.setAttribute('aria-pressed', String(button.dataset.order === (order || 'newest')));
    const lookback = range === '0' ? String(Date.now()) : range;
    let answer;
    try {
      const response = await fetch(`/api/spoor/search?${new URLSearchParams({ q, order, lookback, limit: '500' })}`);
      if (!response.ok) throw new Error(await response.text());
      answer = await response.json();
    } catch (error) {
      if (turn !== this.turn) return;
      this.traces = [];
      this.rows.reset(0);
      this.say(error instanceof TypeError ? 'The collector does not answer' : 'This query makes no sense',
        error instanceof TypeError ? 'Trying again. Files can be dropped here all the while.' : error.message);
      return;
    }
    if (this.closed || turn !== this.turn) return;
    this.app.counts(answer.counts);
    this.traces = answer.traces;
    this.longest = Math.max(1, ...answer.traces.map((trace) => trace.duration));
    show(this.chart, h('h2', {}, 'latency over time'), this.traces.length ? scatter(this.traces, (id) => this.app.openTrace(id), Math.max(320, this.chart.clientWidth - 28)) : null);
    this.showOperations(answer.operations);
    show(this.found, `${count(answer.found)}${answer.more ? '+' : ''} found`);
    const top = this.list.scrollTop;
    this.rows.reset(this.traces.length);
    this.list.scrollTop = top;
    this.empty.remove();
    if (!this.traces.length) this.explain(answer.counts, q);
  }

  showOperations(operations) {
    const body = h('tbody');
    for (const operation of operations) {
      const key = `${operation.service}\n${operation.name}`;
      const toggle = () => {
        this.histogram = this.histogram === key ? undefined : key;
        this.showOperations(operations);
      };
      body.append(h('tr', { tabindex: '0', class: this.histogram === key ? 'on' : '', 'data-operation': operation.name, onclick: toggle, onkeydown: (event) => { if (event.key === 'Enter') toggle(); } },
        h('td', {}, outside(operation.service, { class: 'chip', style: colour(operation.service) }), outside(operation.name || '(no name)')),
        h('td', { class: 'number' }, count(operation.calls)), h('td', { class: 'number' }, duration(operation.p50)),
        h('td', { class: 'number' }, duration(operation.p99)), h('td', { class: `number ${operation.errors ? 'bad' : 'soft'}` }, operation.errors ? count(operation.errors) : '')));
      if (this.histogram === key) {
        body.append(h('tr', { class: 'histogram-row' }, h('td', { colspan: '5' }, histogram(operation),
          h('button', { type: 'button', onclick: () => this.app.query(`service=${quoted(operation.service)} name=${quoted(operation.name)}`) }, 'show its traces'))));
      }
    }
    show(this.operations, h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, 'operations'), ...['calls', 'p50', 'p99', 'errors'].map((name) => h('th', { class: 'number' }, name)))), body));
  }

  row(index) {
    const trace = this.traces[index];
    const share = Math.max(1, (trace.duration / this.longest) * 100);
    return h('a', { class: `hit ${trace.errors ? 'error' : ''} ${index === this.selected ? 'on' : ''}`, href: `/?trace=${trace.id}`, 'data-trace': trace.id, role: 'row', onclick: (event) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.app.openTrace(trace.id);
    } }, h('i', { class: 'dot' }), h('b', {}, outside(trace.name || trace.id)),
    h('span', {}, trace.services.map((service) => outside(service, { class: 'chip', style: colour(service) }))),
    h('span', { class: 'meter' }, h('i', { style: { width: `${(share * 0.6).toFixed(1)}%` } }), duration(trace.duration)),
    h('span', { class: 'soft number' }, many(trace.spans, 'span')), h('span', { class: 'bad number' }, trace.errors ? many(trace.errors, 'error') : ''),
    h('span', { class: 'soft number' }, ago(trace.start)));
  }

  say(title, ...content) {
    show(this.empty, h('h2', {}, title), ...content.map((one) => (typeof one === 'string' ? h('p', {}, one) : one)));
    this.list.append(this.empty);
  }

  explain(counts, q) {
    if (counts.traces > 0) {
      this.say(q ? 'No trace matches' : 'Nothing in this time', `${count(counts.traces)} traces are here${counts.evicted ? `, ${count(counts.evicted)} were evicted to stay within --max-bytes` : ''}. A longer time range may show more.`,
        h('button', { type: 'button', onclick: () => this.app.change({ range: '0', q: '' }) }, 'show all of them'));
      return;
    }
    const url = `${location.origin}/api/v2/spans`;
    this.say('Nothing received yet', 'A service that links Spoor needs one line:',
      h('pre', { class: 'mono' }, 'let spoor = try SpoorSystem.bootstrap(service: "order-service")'), 'and this address, if it is not the default:',
      h('pre', { class: 'mono' }, `export OTEL_EXPORTER_ZIPKIN_ENDPOINT=${url}`), 'Or by hand:',
      h('pre', { class: 'mono' }, `curl -H 'Content-Type: application/json' ${url} -d '[{"traceId":"1f","id":"1","name":"hello",\n  "timestamp":'$(date +%s)'000000,"duration":2000,"localEndpoint":{"serviceName":"me"}}]'`),
      'A Zipkin JSON file or a log file can be dropped here.');
  }

  key(key) {
    if (key === 'j' || key === 'k') {
      this.selected = Math.max(0, Math.min(this.traces.length - 1, this.selected + (key === 'j' ? 1 : -1)));
      this.rows.reveal(this.selected);
      this.rows.redraw();
    } else if (key === 'Enter' && this.traces[this.selected]) this.app.openTrace(this.traces[this.selected].id);
    else return false;
    return true;
  }

  close() {
    this.closed = true;
    this.rows.close();
  }
}

const quoted = (text) => (/\s/.test(text) ? `"${text}"` : text);
