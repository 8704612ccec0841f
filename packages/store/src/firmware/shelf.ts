import { ThingError } from '@thingwright/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../tables.js';
import { partOf } from '../upgrades/page.js';
import type { Shelf, ShelfQuery } from './firmware-catalogue.js';

/** What a shelf is made of: a table whose rows are entries. */
export interface ShelfTable<Row extends { readonly id: string }, T> {
  readonly table: keyof Tables;
  /** The columns of members that can be asked for, where they have another name than those. */
  readonly columns?: Readonly<Record<string, string>>;
  toRow(entry: T): Row;
  toEntry(row: Row): T;
  /** Adds a row, or replaces that of its id. @throws ThingError `conflict`. */
  put(row: Row): Promise<void>;
  /** Removes what belongs to an entry, in its transaction. */
  removed(db: Kysely<Tables>, id: string): Promise<void>;
}

/** Makes a shelf. */
export function createShelf<
  Row extends { readonly id: string },
  T extends { readonly id: string; readonly created: number; readonly modified: number },
>(db: Kysely<Tables>, { table, columns = {}, toRow, toEntry, put, removed }: ShelfTable<Row, T>): Shelf<T> {
  const column = (member: string): RawBuilder<unknown> => sql.ref(columns[member] ?? member);
  const rowsThat = async (condition: RawBuilder<unknown>): Promise<readonly T[]> => {
    const { rows } = await sql<Row>`SELECT * FROM ${sql.table(table)} ${condition}`.execute(db);
    return rows.map(toEntry);
  };
  const whereOf = (where: ShelfQuery<T>['where'] = {}): RawBuilder<unknown> => {
    const conditions = Object.entries(where).flatMap(([member, wanted]) =>
      wanted === undefined ? [] : [isOneOf(column(member), Array.isArray(wanted) ? wanted : [wanted])],
    );
    return conditions.length === 0 ? sql`` : sql`WHERE ${sql.join(conditions, sql` AND `)}`;
  };

  return {
    async get(id) {
      const [entry] = await rowsThat(sql`WHERE id = ${id}`);
      return entry;
    },
    put: (entry) => put(toRow(entry)),
    async find(query = {}) {
      const { offset, limit } = partOf(query);
      const where = whereOf(query.where);
      const { by, isDescending } = query.order ?? { by: 'created', isDescending: true };
      const order = isDescending ? sql`DESC NULLS LAST` : sql`ASC NULLS FIRST`;
      const { rows } = await sql<{
        count: number;
      }>`SELECT count(*) AS count FROM ${sql.table(table)} ${where}`.execute(db);
      const items = await rowsThat(sql`${where} ORDER BY ${column(by)} ${order}, id LIMIT ${limit} OFFSET ${offset}`);
      return { items, count: rows[0]?.count ?? 0 };
    },
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        await removed(transaction, id);
        const { numAffectedRows } = await sql`DELETE FROM ${sql.table(table)} WHERE id = ${id}`.execute(transaction);
        return numAffectedRows !== 0n;
      }),
  };
}

/** Puts rows into a table, each in a transaction of its own, unless `conflictOf` tells in it why that cannot be. */
export const putUnless =
  <Row extends { readonly id: string }>(
    db: Kysely<Tables>,
    table: keyof Tables,
    conflictOf: (db: Kysely<Tables>, row: Row) => Promise<string | undefined>,
  ) =>
  (row: Row): Promise<void> =>
    db.transaction().execute(async (transaction) => {
      const conflict = await conflictOf(transaction, row);
      if (conflict !== undefined) throw new ThingError('conflict', conflict);
      const values = Object.entries(row);
      const names = values.map(([name]) => sql.id(name));
      const set = values.map(([name]) => sql`${sql.id(name)} = ${sql.ref(`excluded.${name}`)}`);
      await sql`INSERT INTO ${sql.table(table)} (${sql.join(names)}) VALUES (${sql.join(values.map(([, value]) => value))})
        ON CONFLICT (id) DO UPDATE SET ${sql.join(set)}`.execute(transaction);
    });

function isOneOf(column: RawBuilder<unknown>, wanted: readonly unknown[]): RawBuilder<unknown> {
  const values = wanted
    .filter((value) => value !== null)
    .map((value) => (typeof value === 'boolean' ? Number(value) : value));
  const alternatives = [
    ...(values.length > 0 ? [sql`${column} IN (${sql.join(values)})`] : []),
    ...(wanted.includes(null) ? [sql`${column} IS NULL`] : []),
  ];
  return alternatives.length === 0 ? sql`1 = 0` : sql`(${sql.join(alternatives, sql` OR `)})`;
}
