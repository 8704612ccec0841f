import { type Kysely, sql } from 'kysely';
import type { Backends } from '../backends.js';
import type { Tables } from '../tables.js';
import { limitOf, partOf } from './page.js';
import type { KeptUpgradeRow, UpgradeLine, UpgradeRowQuery, UpgradeRows } from './upgrade-rows.js';
import { upgradesThat } from './upgrade-search.js';
import type { UpgradeWriter } from './upgrade-writer.js';

/** Ids of one question. */
const MOST = 1000;

const COLUMNS = ['id', 'device', 'seq', 'position', 'lease_until as leaseUntil', 'due', 'kept'] as const;

/** The upgrades of a store. Single rows are read where they are written, so that whoever compares and sets does not wait twice; lists elsewhere. */
export function createUpgradeRows(backends: Backends, writer: UpgradeWriter): UpgradeRows {
  const { db } = backends.writer;
  const aside = (): Kysely<Tables> => backends.reader().db;
  const one = (): ReturnType<typeof select> => select(db);

  return {
    position: () => positionIn(db),
    get: (id) => one().where('id', '=', id).executeTakeFirst(),
    async getAll(ids) {
      const found: KeptUpgradeRow[] = [];
      for (let i = 0; i < ids.length; i += MOST) {
        const some = ids.slice(i, i + MOST);
        found.push(...(await select(aside()).where('id', 'in', some).execute()));
      }
      return found;
    },
    holding: (device) => one().where('device', '=', device).where('holds_device', '=', 1).executeTakeFirst(),
    async heldDevices() {
      const rows = await aside().selectFrom('upgrades').select('device').where('holds_device', '=', 1).execute();
      return rows.map(({ device }) => device);
    },
    requested: (requestedBy, clientKey) =>
      one().where('requested_by', '=', requestedBy).where('client_key', '=', clientKey).executeTakeFirst(),
    async add(added, replaced = []) {
      const written = await writer.write({ type: 'add', added, replaced });
      return written.type === 'kept' ? written.positions : [];
    },
    async replace(replacement) {
      const written = await writer.write({ type: 'replace', replacement });
      return written.type === 'kept' ? written.positions[0] : undefined;
    },
    async renew(leases, holder, until) {
      if (leases.length === 0) return [];
      const written = await writer.write({ type: 'renew', leases, holder, until });
      return written.type === 'renewed' ? written.lost : [];
    },
    async find(query) {
      const { offset, limit } = partOf(query);
      const where = upgradesThat(query);
      if (!where) return { items: [], count: 0 };
      return aside()
        .transaction()
        .execute(async (transaction) => {
          const { count } = await transaction
            .selectFrom('upgrades')
            .select((e) => e.fn.countAll<number>().as('count'))
            .where(where)
            .executeTakeFirstOrThrow();
          const items = await inOrder(select(transaction).where(where), query.order)
            .limit(limit)
            .offset(offset)
            .execute();
          return { items, count };
        });
    },
    async changes(after, { limit = MOST, ...filter } = {}) {
      // First: all that was changed until then is in what is read next.
      const last = await positionIn(aside());
      const where = upgradesThat(filter);
      if (!where) return { items: [], position: Math.max(after, last) };
      const items = await select(aside())
        .where('position', '>', after)
        .where(where)
        .orderBy('position')
        .limit(limitOf(limit))
        .execute();
      const end = items.at(-1)?.position ?? after;
      return { items, position: items.length === limit ? end : Math.max(end, last) };
    },
    tally: (campaign) =>
      aside()
        .transaction()
        .execute(async (transaction) => {
          const counts = await transaction
            .selectFrom('upgrades')
            .select((e) => ['group_number as group', 'phase', e.fn.countAll<number>().as('count')])
            .where('campaign', '=', campaign)
            .groupBy(['group_number', 'phase'])
            .execute();
          return { counts, position: await positionIn(transaction) };
        }),
    due: (moment, limit, offset = 0) =>
      one()
        .where('due', '<=', moment)
        .orderBy('due')
        .orderBy('created')
        .orderBy('place')
        .limit(limit)
        .offset(offset)
        .execute(),
    log: async (id, from = 0, limit = MOST) =>
      aside()
        .selectFrom('upgrade_lines')
        .select(['number', 'at', 'text'])
        .where('upgrade', '=', id)
        .where('number', '>=', from)
        .orderBy('number')
        .limit(limitOf(limit))
        .execute(),
    tails: (ids, characters) => tailsOf(aside(), ids, characters),
    async remove(id) {
      return (await writer.write({ type: 'remove', id })).type === 'kept';
    },
  };
}

const select = (db: Kysely<Tables>) => db.selectFrom('upgrades').select(COLUMNS);

async function positionIn(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom('upgrade_position').select('position').executeTakeFirst();
  return row?.position ?? 0;
}

function inOrder(
  query: ReturnType<typeof select>,
  { by, isDescending }: NonNullable<UpgradeRowQuery['order']> = { by: 'created', isDescending: true },
): ReturnType<typeof select> {
  return query.orderBy(by, isDescending ? 'desc' : 'asc').orderBy('id');
}

/** Of each log the entries that begin before so many characters from its end; an engine may count fewer in a text than we do. */
async function tailsOf(
  db: Kysely<Tables>,
  ids: readonly string[],
  characters: number,
): Promise<ReadonlyMap<string, readonly UpgradeLine[]>> {
  const tails = new Map<string, UpgradeLine[]>();
  for (let i = 0; i < ids.length; i += MOST) {
    const some = sql.join(ids.slice(i, i + MOST));
    const { rows } = await sql<UpgradeLine & { readonly upgrade: string }>`
      SELECT upgrade, number, at, text FROM (
        SELECT upgrade, number, at, text, length(text) AS own,
          sum(length(text) + 1) OVER (PARTITION BY upgrade ORDER BY number DESC) AS total
        FROM upgrade_lines WHERE upgrade IN (${some})
      ) AS lines WHERE total - own - 1 < ${characters} ORDER BY upgrade, number`.execute(db);
    for (const { upgrade, ...line } of rows) {
      const tail = tails.get(upgrade) ?? [];
      tails.set(upgrade, tail);
      tail.push(line);
    }
  }
  return tails;
}
