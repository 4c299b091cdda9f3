// SPDX-License-Identifier: Apache-2.0

// Completes names and values of the query from the data that the collector has.
import { h, show, byId } from './dom.js';
import { api } from './address.js';
import { quoted } from './query.js';

const get = async (path, parameters) => {
  const response = await fetch(api(path, parameters));
  return response.ok ? response.json() : [];
};

/** Fills the query box's list for the word that is being typed. */
export async function complete(app) {
  const line = byId('query').value;
  const word = /[^\s()]*$/.exec(line)[0];
  const head = line.slice(0, line.length - word.length);
  let words;
  try { words = await candidates(app, word, line); } catch { return; }
  if (byId('query').value !== line) return;
  show(byId('completions'), [...new Set(words)].filter((one) => one.startsWith(word)).slice(0, 40).map((one) => h('option', { value: head + one })));
}

async function candidates(app, word, line) {
  const match = /^([^=<>~!:]+)(==|=|!=|:)(.*)$/.exec(word);
  const isLogs = app.state.view === 'logs' && !app.state.trace;
  if (!match) {
    app.names ??= Promise.all([get('v2/autocompleteKeys'), get('spoor/logFields')]);
    const [tags, fields] = await app.names;
    // New names appear while the page is open.
    setTimeout(() => { app.names = undefined; }, 10_000);
    const own = isLogs ? ['level>=warning', 'level>=error', 'service=', 'event=', 'trace_id=', 'not', 'or'] : ['service=', 'name=', 'remote=', 'duration>', 'span.duration>', 'error', 'event=', 'level>=warning', 'not', 'or'];
    return [...own, ...(isLogs ? [] : tags.map((one) => `${one}=`)), ...fields.map((one) => `${one}=`)];
  }
  const [, key, sign] = match;
  const values = await valuesOf(key, line, isLogs);
  return values.map((one) => `${key}${sign}${quoted(one)}`);
}

async function valuesOf(key, line, isLogs) {
  if (!isLogs && (key === 'service' || key === 'remote')) return get('v2/services');
  if (!isLogs && key === 'name') {
    const service = /service==?(\S+)/.exec(line)?.[1];
    return service ? get('v2/spans', { serviceName: service }) : [];
  }
  if (key === 'level') return ['trace', 'debug', 'info', 'notice', 'warning', 'error', 'critical'];
  const found = await Promise.all([isLogs ? [] : get('v2/autocompleteValues', { key }), get('spoor/logFields', { key })]);
  return found.flat();
}
