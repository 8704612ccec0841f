import { createHmac } from 'node:crypto';
import type { Now } from '@thingwright/core';
import { type Kysely, sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { type GrantRow, nobody, type PrincipalRow, toPrincipal } from './principal-rows.js';
import type { CredentialKind, CredentialRecord, Principals } from './principals.js';
import type { Tables } from './tables.js';

interface CredentialRow {
  readonly id: string;
  readonly principal: string;
  readonly kind: string;
  readonly label: string;
  readonly parent: string | null;
  readonly created: string;
  readonly until: number | null;
}

const COLUMNS = ['id', 'principal', 'kind', 'label', 'parent', 'created', 'until'] as const;

/** The secrets of users and services in a database with the present schema. */
export function createCredentials(
  db: Kysely<Tables>,
  { pepper, now }: { readonly pepper: string; readonly now: Now },
): Pick<Principals, 'addCredential' | 'credentials' | 'endCredential' | 'findBySecret' | 'sweep'> {
  const hash = (secret: string): Buffer => createHmac('sha256', pepper).update(secret).digest();

  return {
    addCredential: (credential, secret, { ends = [] } = {}) =>
      db.transaction().execute(async (transaction) => {
        const { principal, kind, label, parent = null, until = null } = credential;
        const owner = await transaction
          .selectFrom('principals')
          .select('id')
          .where('id', '=', principal)
          .executeTakeFirst();
        if (!owner) throw nobody(principal);
        for (const { id, at } of ends) {
          await transaction
            .updateTable('credentials')
            .set({ until: at })
            .where((e) => e.or([e('id', '=', id), e('parent', '=', id)]))
            .where('principal', '=', principal)
            .where((e) => e.or([e('until', 'is', null), e('until', '>', at)]))
            .execute();
        }
        const row = {
          id: uuid(),
          principal,
          kind,
          label,
          parent,
          created: new Date(now()).toISOString(),
          until,
        };
        await transaction
          .insertInto('credentials')
          .values({ ...row, hash: hash(secret) })
          .execute();
        return toCredential(row);
      }),
    async credentials(principal) {
      const rows = await db
        .selectFrom('credentials')
        .select(COLUMNS)
        .where('principal', '=', principal)
        .where((e) => e.or([e('until', 'is', null), e('until', '>', now())]))
        .orderBy('place')
        .execute();
      return rows.map(toCredential);
    },
    endCredential: (principal, id) =>
      db.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom('credentials')
          .select(COLUMNS)
          .where('id', '=', id)
          .where('principal', '=', principal)
          .executeTakeFirst();
        await transaction
          .deleteFrom('credentials')
          .where((e) => e.or([e('id', '=', id), e('parent', '=', id)]))
          .where('principal', '=', principal)
          .execute();
        return row && toCredential(row);
      }),
    async findBySecret(secret) {
      const { rows } = await sql<MatchRow>`
        SELECT c.id AS credential_id, c.kind AS credential_kind, c.label, c.parent, c.created AS credential_created, c.until,
          p.id, p.kind, p.name, p.title, p.organization, p.disabled, p.created, p.modified,
          g.id AS grant_id, g.role, g.organization AS grant_organization, g.thing, g.affordance, g.operation,
          g.created AS grant_created
        FROM credentials c JOIN principals p ON p.id = c.principal LEFT JOIN grants g ON g.principal = p.id
        WHERE c.hash = ${hash(secret)} AND (c.until IS NULL OR c.until > ${now()}) AND p.disabled = 0
        ORDER BY g.place`.execute(db);
      const [row] = rows;
      return (
        row && {
          principal: toPrincipal(row, rows.flatMap(toGrantRows)),
          credential: toCredential({
            id: row.credential_id,
            principal: row.id,
            kind: row.credential_kind,
            label: row.label,
            parent: row.parent,
            created: row.credential_created,
            until: row.until,
          }),
        }
      );
    },
    async sweep() {
      const { numDeletedRows } = await db
        .deleteFrom('credentials')
        .where('until', '<=', now())
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

/** A principal, its credential and one of its grants, if it has any. */
interface MatchRow extends PrincipalRow {
  readonly credential_id: string;
  readonly credential_kind: string;
  readonly credential_created: string;
  readonly label: string;
  readonly parent: string | null;
  readonly until: number | null;
  readonly grant_id: string | null;
  readonly grant_organization: string | null;
  readonly grant_created: string | null;
  readonly role: string | null;
  readonly thing: string | null;
  readonly affordance: string | null;
  readonly operation: string | null;
}

function toGrantRows(row: MatchRow): readonly GrantRow[] {
  const { grant_id: id, role, grant_created: created, grant_organization: organization } = row;
  if (id === null || role === null || created === null) return [];
  const { thing, affordance, operation } = row;
  return [{ id, principal: row.id, role, organization, thing, affordance, operation, created }];
}

const toCredential = ({ id, principal, kind, label, parent, created, until }: CredentialRow): CredentialRecord => ({
  id,
  principal,
  kind: toKind(kind),
  label,
  ...(parent === null ? {} : { parent }),
  created,
  ...(until === null ? {} : { until }),
});

function toKind(kind: string): CredentialKind {
  return kind === 'secret' || kind === 'access' ? kind : 'token';
}
