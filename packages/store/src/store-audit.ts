import { ThingError } from '@thingwright/core';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { AuditQuery, AuditRecord, AuditTrail } from './audit.js';
import type { Backends } from './backends.js';
import type { AuditRow } from './group.js';
import { storableText } from './storable-text.js';
import type { Tables } from './tables.js';
import type { Writer } from './writer.js';

const MOST = 1000;

/** The audit of a store. */
export function createAuditTrail({
  backends,
  writer,
}: {
  readonly backends: Backends;
  readonly writer: Writer;
}): AuditTrail {
  return {
    append(record) {
      writer.gathering.addAudit(toRow(record));
      writer.took();
    },
    async read(query = {}) {
      const { limit = 100, first = 'newest' } = query;
      if (!(Number.isInteger(limit) && limit > 0 && limit <= MOST)) {
        throw new ThingError('invalid', `A limit is a whole number from 1 to ${MOST}, not ${limit}`);
      }
      const conditions = conditionsOf(query);
      await writer.kept();
      const order = first === 'newest' ? 'desc' : 'asc';
      const rows = await backends
        .reader()
        .db.selectFrom('audit')
        .selectAll()
        .where((e) => e.and(conditions.map((condition) => condition(e))))
        .orderBy('micros', order)
        .orderBy('place', order)
        .limit(limit)
        .execute();
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return { items: rows.map(toRecord), next: last && `${last.micros}.${last.place}` };
    },
  };
}

type Condition = (e: ExpressionBuilder<Tables, 'audit'>) => Expression<SqlBool>;

function conditionsOf({ from, to, principal, thing, organizations, first, after }: AuditQuery): readonly Condition[] {
  const conditions: Condition[] = [];
  if (from !== undefined) conditions.push((e) => e('micros', '>=', microsOf(from)));
  if (to !== undefined) conditions.push((e) => e('micros', '<', microsOf(to)));
  if (principal !== undefined) conditions.push((e) => e('principal', '=', principal));
  if (thing !== undefined) conditions.push((e) => e.or([e('thing', '=', thing), e('name', '=', thing)]));
  if (organizations) conditions.push((e) => e('organization', 'in', organizations.length > 0 ? organizations : ['']));
  if (after !== undefined) {
    const [micros, place] = placeOf(after);
    const beyond = first === 'oldest' ? '>' : '<';
    conditions.push((e) =>
      e.or([e('micros', beyond, micros), e.and([e('micros', '=', micros), e('place', beyond, place)])]),
    );
  }
  return conditions;
}

function microsOf(time: number): number {
  if (!(time >= 0 && time <= Number.MAX_SAFE_INTEGER / 1000)) {
    throw new ThingError('invalid', 'The span of an audit is of two times');
  }
  return Math.round(time * 1000);
}

function placeOf(after: string): readonly [micros: number, place: number] {
  const [, micros, place] = /^(\d{1,16})\.(\d{1,15})$/.exec(after) ?? [];
  if (micros === undefined || place === undefined) {
    throw new ThingError('invalid', `'${after}' does not lead to a page`);
  }
  return [Number(micros), Number(place)];
}

const toRow = (record: AuditRecord): AuditRow => ({
  micros: record.micros,
  principal: storableText(record.principal),
  address: record.address ?? null,
  thing: record.thing ?? null,
  name: textOf(record.name),
  organization: record.organization ?? null,
  operation: record.operation,
  affordances: JSON.stringify(record.affordances),
  action_id: textOf(record.actionID),
  result: record.result,
  detail: textOf(record.detail),
});

const textOf = (text: string | undefined): string | null => (text === undefined ? null : storableText(text));

function toRecord(row: AuditRow): AuditRecord {
  const { micros, principal, operation, result } = row;
  return {
    micros,
    principal,
    ...(row.address === null ? {} : { address: row.address }),
    ...(row.thing === null ? {} : { thing: row.thing }),
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.organization === null ? {} : { organization: row.organization }),
    operation,
    affordances: JSON.parse(row.affordances),
    ...(row.action_id === null ? {} : { actionID: row.action_id }),
    result,
    ...(row.detail === null ? {} : { detail: row.detail }),
  };
}
