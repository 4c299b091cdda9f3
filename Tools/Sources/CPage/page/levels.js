// SPDX-License-Identifier: Apache-2.0

// Levels of log records, under the names of many libraries and in any case.
import { plain } from './dom.js';

const order = ['trace', 'debug', 'info', 'notice', 'warning', 'error', 'critical'];
const names = { verbose: 'trace', information: 'info', warn: 'warning', err: 'error', severe: 'error', fatal: 'critical', panic: 'critical', dpanic: 'critical', emerg: 'critical', emergency: 'critical', alert: 'critical', crit: 'critical' };
const fields = ['level', 'severity', 'log.level', 'severityText', 'levelname', 'lvl', 'status'];

/** One of Spoor's levels; empty if a record has none that is known. A record's own text is never used as a class. */
export function levelOf(record) {
  for (const field of fields) {
    const value = record[field] ?? (field === 'log.level' ? record.log?.level : undefined);
    if (value === undefined || value === null) continue;
    // Numbers of pino and bunyan.
    if (typeof value === 'number') return { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warning', 50: 'error', 60: 'critical' }[value] ?? '';
    const text = plain(value).trim().toLowerCase();
    if (order.includes(text)) return text;
    if (Object.hasOwn(names, text)) return names[text];
  }
  return '';
}

/** Whether a record reports a failure. */
export const isBad = (record) => ['error', 'critical'].includes(levelOf(record)) || Object.hasOwn(record, 'error.type');

/** The event or message of a record. */
export const eventOf = (record) => record.event ?? record.message ?? record.msg ?? record.body?.stringValue ?? '';
