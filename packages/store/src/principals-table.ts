import { type Grant, type Now, ThingError } from '@thingwright/core';
import type { Kysely } from 'kysely';
import { v7 as uuid } from 'uuid';
import { createCredentials } from './credentials-table.js';
import { type GrantRow, nobody, toPrincipal } from './principal-rows.js';
import type { PrincipalRecord, Principals } from './principals.js';
import type { Tables } from './tables.js';

/** The users and services in a database with the present schema. */
export function createPrincipals(
  db: Kysely<Tables>,
  { pepper, now = Date.now }: { readonly pepper: string; readonly now?: Now },
): Principals {
  const time = (): string => new Date(now()).toISOString();

  const change = async (
    from: Kysely<Tables>,
    id: string,
    what: { readonly disabled?: number; readonly password?: string | null },
  ): Promise<void> => {
    const { numUpdatedRows } = await from
      .updateTable('principals')
      .set({ ...what, modified: time() })
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw nobody(id);
  };

  return {
    ...createCredentials(db, { pepper, now }),
    async list() {
      const { rows, grants } = await db.transaction().execute(async (transaction) => ({
        rows: await transaction.selectFrom('principals').selectAll().orderBy('place').execute(),
        grants: await transaction.selectFrom('grants').selectAll().orderBy('place').execute(),
      }));
      const byPrincipal = new Map<string, GrantRow[]>();
      for (const grant of grants) {
        const others = byPrincipal.get(grant.principal);
        if (others) others.push(grant);
        else byPrincipal.set(grant.principal, [grant]);
      }
      return rows.map((row) => toPrincipal(row, byPrincipal.get(row.id) ?? []));
    },
    get: (id) => db.transaction().execute((transaction) => findPrincipal(transaction, id)),
    add: (principal, passwordHash) =>
      db.transaction().execute(async (transaction) => {
        const created = time();
        const row = {
          ...principal,
          id: `${principal.kind}:${principal.name}`,
          disabled: 0,
          created,
          modified: created,
        };
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('principals')
          .values({ ...row, password: passwordHash ?? null })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 0n) {
          throw new ThingError('conflict', `There is already a ${principal.kind} named '${principal.name}'`);
        }
        return toPrincipal(row, []);
      }),
    setDisabled: (id, disabled) =>
      db.transaction().execute(async (transaction) => {
        await change(transaction, id, { disabled: disabled ? 1 : 0 });
        return demandPrincipal(transaction, id);
      }),
    setPassword: (id, hash) => change(db, id, { password: hash ?? null }),
    remove: (id) =>
      db.transaction().execute(async (transaction) => {
        const principal = await findPrincipal(transaction, id);
        await transaction.deleteFrom('credentials').where('principal', '=', id).execute();
        await transaction.deleteFrom('grants').where('principal', '=', id).execute();
        await transaction.deleteFrom('principals').where('id', '=', id).execute();
        return principal;
      }),
    findPassword: (id) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('principals')
          .selectAll()
          .where('id', '=', id)
          .where('disabled', '=', 0)
          .executeTakeFirst();
        const grants = await grantsOf(transaction, id);
        return row && row.password !== null ? { principal: toPrincipal(row, grants), hash: row.password } : undefined;
      }),
    grant: (id, grant) =>
      db.transaction().execute(async (transaction) => {
        await change(transaction, id, {});
        const record = { id: uuid(), ...grant, created: time() };
        await transaction
          .insertInto('grants')
          .values({ id: record.id, principal: id, ...toColumns(grant), created: record.created })
          .execute();
        return record;
      }),
    revokeGrant: (id, grant) =>
      db.transaction().execute(async (transaction) => {
        const { numDeletedRows } = await transaction
          .deleteFrom('grants')
          .where('id', '=', grant)
          .where('principal', '=', id)
          .executeTakeFirstOrThrow();
        if (numDeletedRows === 0n) return undefined;
        await change(transaction, id, {});
        return demandPrincipal(transaction, id);
      }),
  };
}

const grantsOf = (db: Kysely<Tables>, principal: string): Promise<GrantRow[]> =>
  db.selectFrom('grants').selectAll().where('principal', '=', principal).orderBy('place').execute();

async function findPrincipal(db: Kysely<Tables>, id: string): Promise<PrincipalRecord | undefined> {
  const row = await db.selectFrom('principals').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toPrincipal(row, await grantsOf(db, id));
}

async function demandPrincipal(db: Kysely<Tables>, id: string): Promise<PrincipalRecord> {
  const principal = await findPrincipal(db, id);
  if (!principal) throw nobody(id);
  return principal;
}

const toColumns = ({ role, organization, thing, affordance, operation }: Grant) => ({
  role,
  organization: organization ?? null,
  thing: thing ?? null,
  affordance: affordance ?? null,
  operation: operation ?? null,
});
