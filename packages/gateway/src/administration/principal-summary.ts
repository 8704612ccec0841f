import type { CredentialRecord, GrantRecord, PrincipalRecord } from '@thingwright/store';
import type { IssuedSecret } from '../identity/people.js';

/** A grant as it is shown: its Thing by name. */
export type GrantSummary = Omit<GrantRecord, 'created'>;

/** A user or a service as it is shown. */
export interface PrincipalSummary
  extends Pick<PrincipalRecord, 'id' | 'kind' | 'name' | 'title' | 'organization' | 'disabled' | 'created'> {
  readonly grants: GrantSummary[];
}

/** A credential as it is shown, without its secret. Times are RFC 3339, UTC, milliseconds. */
export interface CredentialSummary extends Pick<CredentialRecord, 'id' | 'kind' | 'label' | 'created'> {
  /** When it ends; absent: never. */
  readonly expires?: string;
}

/** A secret that is shown this once. */
export interface NewSecret {
  /** Whose it is. */
  readonly principal: string;
  /** The id of the credential, to rotate or revoke it by. */
  readonly credential: string;
  readonly secret: string;
  /** When it ends; absent: never. */
  readonly expires?: string;
}

/** Shows a principal; `nameOf` gives the name of the Thing with an id. */
export function toPrincipalSummary(record: PrincipalRecord, nameOf: (thing: string) => string): PrincipalSummary {
  const { id, kind, name, title, organization, disabled, created, grants } = record;
  const shown = grants.map(({ created: _created, thing, ...grant }) => ({
    ...grant,
    ...(thing === undefined ? {} : { thing: nameOf(thing) }),
  }));
  return { id, kind, name, title, organization, disabled, created, grants: shown };
}

/** Shows a credential. */
export const toCredentialSummary = ({ id, kind, label, created, until }: CredentialRecord): CredentialSummary => ({
  id,
  kind,
  label,
  created,
  ...expiryOf(until),
});

/** Shows a secret, this once. */
export const toNewSecret = ({ credential: { id, principal, until }, secret }: IssuedSecret): NewSecret => ({
  principal,
  credential: id,
  secret,
  ...expiryOf(until),
});

const expiryOf = (until: number | undefined): { readonly expires?: string } =>
  until === undefined ? {} : { expires: new Date(until).toISOString() };
