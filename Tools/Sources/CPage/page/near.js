// SPDX-License-Identifier: Apache-2.0

// Nothing was found: why, and what is near.
import { h, outside } from './dom.js';
import { count } from './format.js';
import { api, spansAddress } from './address.js';
import { quoted, terms } from './query.js';

/** Explains an empty list. */
export async function explain(screen, counts) {
  const { app } = screen;
  const { q = '' } = app.state;
  if (counts.traces === 0) {
    nothingReceived(screen);
    return;
  }
  const evicted = counts.evicted ? `, ${count(counts.evicted)} were evicted to stay within --max-bytes` : '';
  const title = q ? 'No trace matches' : 'Nothing in this time';
  const here = `${count(counts.traces)} traces are here${evicted}.`;
  const all = h('button', { type: 'button', onclick: () => app.change({ range: '0', from: '', to: '', q: '' }) }, 'show all of them');
  screen.say(title, here, all);
  const turn = screen.turn;
  const near = await suggestions(app, q).catch(() => []);
  if (turn !== screen.turn || screen.closed || !near.length) return;
  screen.say(title, here, h('p', {}, 'Near it:'), h('ul', { class: 'near' }, near.map(({ text, found, state }) => h('li', {}, h('button', { type: 'button', onclick: () => app.change(state) }, text), found === undefined ? null : h('span', { class: 'soft' }, ` ${found} found`)))), all);
}

async function suggestions(app, q) {
  const found = async (parameters) => {
    const response = await fetch(api('spoor/search', { limit: '1', ...app.period(), ...parameters }));
    if (!response.ok) return 0;
    const answer = await response.json();
    return answer.found ? `${count(answer.found)}${answer.more ? '+' : ''}` : 0;
  };
  const result = [];
  const all = terms(q);
  for (const [index, term] of all.slice(0, 5).entries()) {
    const rest = all.filter((_, other) => other !== index).join(' ');
    const number = all.length > 1 ? await found({ q: rest }) : 0;
    if (number) result.push({ text: h('span', {}, 'without ', outside(term)), found: number, state: { q: rest } });
    for (const other of await similar(term)) {
      const text = all.map((one, at) => (at === index ? other : one)).join(' ');
      result.push({ text: outside(text), found: await found({ q: text }), state: { q: text } });
    }
  }
  if (app.state.range !== '0') {
    const number = await found({ q, lookback: String(Date.now()), endTs: '' });
    if (number) result.push({ text: 'the same in all time', found: number, state: { range: '0', from: '', to: '' } });
  }
  return result.filter((one) => one.found !== 0);
}

/** The same term with names of services that are spelled nearly the same. */
async function similar(term) {
  const match = /^(service|remote)==?(.+)$/.exec(term);
  if (!match) return [];
  const wanted = match[2].replace(/^"|"$/g, '').toLowerCase();
  const names = await (await fetch(api('v2/services'))).json();
  return names.filter((name) => name !== wanted && (name.includes(wanted) || distance(name, wanted) <= Math.max(1, wanted.length / 4))).slice(0, 3).map((name) => `${match[1]}=${quoted(name)}`);
}

/** The number of letters to insert, delete or replace (Levenshtein). */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
    row = next;
  }
  return row[other.length];
}

function nothingReceived(screen) {
  const url = spansAddress();
  const code = (text) => h('pre', { class: 'mono', tabindex: '0' }, text);
  screen.say('Nothing received yet', 'A service that links Spoor needs one line:', code('let spoor = try SpoorSystem.bootstrap(service: "order-service")'), 'and this address, if it is not the default:',
    code(`export OTEL_EXPORTER_ZIPKIN_ENDPOINT=${url}`), 'Or by hand:',
    code(`curl -H 'Content-Type: application/json' ${url} -d '[{"traceId":"1f","id":"1","name":"hello",\n  "timestamp":'$(date +%s)'000000,"duration":2000,"localEndpoint":{"serviceName":"me"}}]'`),
    'Spans (Zipkin, OTLP or Jaeger JSON) and log files can be dropped here, also compressed.');
}
