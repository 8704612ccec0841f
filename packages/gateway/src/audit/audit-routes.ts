import { ThingError } from '@thingwright/core';
import type { Binding } from '@thingwright/listener';
import type { AuditTrail } from '@thingwright/store';
import { authenticated, formatOf, type Parameters, readParameters } from '../export/export-request.js';
import { sendRows } from '../export/send-rows.js';
import { toCsvLine } from '../export/to-csv-line.js';
import { type AuditEntryShown, type AuditRequest, readWholeAudit } from './read-audit.js';

/** The columns of the CSV. */
const COLUMNS = [
  'time',
  'principal',
  'address',
  'thing',
  'thingID',
  'organization',
  'operation',
  'affordances',
  'actionID',
  'result',
  'detail',
] as const satisfies readonly (keyof AuditEntryShown)[];

const KNOWN = ['from', 'to', 'principal', 'thing', 'limit', 'order', 'after'] as const;

/**
 * Adds `GET /audit`: all that the caller may see of the audit, as lines of JSON (`application/x-ndjson`) or as CSV (RFC 4180), with
 * the parameters of the action `audit` in the query.
 */
export const auditRoutes = (trail: Pick<AuditTrail, 'read'>): Binding => ({
  open(_site, listener) {
    listener.fastify.get('/audit', async (request, reply) => {
      const authentication = await authenticated(listener, request);
      const format = formatOf(request, { ndjson: 'application/x-ndjson', csv: 'text/csv' });
      const asked = toRequest(readParameters(request, KNOWN));
      const portions = readWholeAudit(trail, authentication.principal, asked);
      const { type, rows } = FORMATS[format];
      return sendRows(reply, rows(portions), { type, file: `audit.${format}`, authentication });
    });
  },
});

const FORMATS = {
  ndjson: { type: 'application/x-ndjson; charset=utf-8', rows: linesOf },
  csv: { type: 'text/csv; charset=utf-8; header=present', rows: csvOf },
} as const;

function toRequest({ limit, order, ...texts }: Parameters<typeof KNOWN>): AuditRequest {
  if (order !== undefined && order !== 'oldest' && order !== 'newest') {
    throw new ThingError('invalid', `'order' is oldest or newest`);
  }
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) {
    throw new ThingError('invalid', `'limit' is a whole number from 1`);
  }
  return {
    ...texts,
    ...(order === undefined ? {} : { order }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  };
}

async function* linesOf(portions: AsyncIterable<readonly AuditEntryShown[]>): AsyncGenerator<string> {
  for await (const entries of portions) yield entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

async function* csvOf(portions: AsyncIterable<readonly AuditEntryShown[]>): AsyncGenerator<string> {
  yield toCsvLine(COLUMNS);
  for await (const entries of portions) {
    yield entries
      .map((entry) => toCsvLine(COLUMNS.map((name) => (name === 'affordances' ? entry[name].join(' ') : entry[name]))))
      .join('');
  }
}
