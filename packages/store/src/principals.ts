import type { Grant } from '@thingwright/core';

/** A user or a service, as it is kept. Times are RFC 3339, UTC, milliseconds. */
export interface PrincipalRecord {
  /** `user:ada`, `service:reports`; unique for now. */
  readonly id: string;
  readonly kind: 'user' | 'service';
  readonly name: string;
  /** For people to read. */
  readonly title: string;
  /** The organization whose admins administer it. */
  readonly organization: string;
  /** One that is disabled keeps all it has and cannot do anything. */
  readonly disabled: boolean;
  readonly grants: readonly GrantRecord[];
  readonly created: string;
  readonly modified: string;
}

/** A grant, with an id to take it back by. */
export interface GrantRecord extends Grant {
  /** A UUIDv7. */
  readonly id: string;
  readonly created: string;
}

/** What a principal is made with. */
export interface NewPrincipal {
  readonly kind: 'user' | 'service';
  readonly name: string;
  readonly title: string;
  readonly organization: string;
}

/** What a secret is for: a lasting token of a user or a service, the secret of a service, an access token of OAuth 2.0. */
export type CredentialKind = 'token' | 'secret' | 'access';

/** A secret that proves who somebody is; only a keyed hash of it is kept. */
export interface CredentialRecord {
  /** A UUIDv7. */
  readonly id: string;
  readonly principal: string;
  readonly kind: CredentialKind;
  /** What its owner calls it. */
  readonly label: string;
  /** The id of the credential that it was had for, and ends with. */
  readonly parent?: string;
  readonly created: string;
  /** Milliseconds since 1970 at which it ends. */
  readonly until?: number;
}

/** What a credential is made with. */
export interface NewCredential {
  readonly principal: string;
  readonly kind: CredentialKind;
  readonly label: string;
  readonly parent?: string;
  readonly until?: number;
}

/** Whose a secret is. */
export interface CredentialMatch {
  readonly principal: PrincipalRecord;
  readonly credential: CredentialRecord;
}

/** A user, and what its password is compared with. */
export interface PasswordMatch {
  readonly principal: PrincipalRecord;
  /** Encoded, argon2id. */
  readonly hash: string;
}

/** When a credential ends. */
export interface CredentialEnd {
  readonly id: string;
  /** Milliseconds since 1970. One that ends sooner anyway does so; what was had for it ends then too. */
  readonly at: number;
}

/**
 * The users and services that may come in. Of a secret it keeps a keyed hash only. A promise that resolves is a change that a power
 * failure does not undo. Everything may reject with a ThingError `unavailable`.
 */
export interface Principals {
  /** All, in the order in which they were added. */
  list(): Promise<readonly PrincipalRecord[]>;
  get(id: string): Promise<PrincipalRecord | undefined>;
  /** @throws ThingError `conflict` if the name is taken. */
  add(principal: NewPrincipal, passwordHash?: string): Promise<PrincipalRecord>;
  /** @throws ThingError `notFound`. */
  setDisabled(id: string, disabled: boolean): Promise<PrincipalRecord>;
  /** Removes one with its grants and credentials; undefined if there is none. */
  remove(id: string): Promise<PrincipalRecord | undefined>;
  /** The password of a user that is not disabled; undefined if there is none. Takes the same time for ids that nobody has. */
  findPassword(id: string): Promise<PasswordMatch | undefined>;
  /** @throws ThingError `notFound`. */
  setPassword(id: string, hash: string | undefined): Promise<void>;
  /** @throws ThingError `notFound`. */
  grant(id: string, grant: Grant): Promise<GrantRecord>;
  /** Takes a grant back; the principal as it is then, undefined if it has no grant of that id. */
  revokeGrant(id: string, grant: string): Promise<PrincipalRecord | undefined>;
  /**
   * Adds a credential, and lets others of the same principal end, both or nothing.
   * @throws ThingError `notFound` if there is no such principal.
   */
  addCredential(
    credential: NewCredential,
    secret: string,
    options?: { readonly ends?: readonly CredentialEnd[] },
  ): Promise<CredentialRecord>;
  /** Those that have not ended, in the order in which they were added. */
  credentials(principal: string): Promise<readonly CredentialRecord[]>;
  /** Ends a credential now, and what was had for it; undefined if the principal has none of that id. */
  endCredential(principal: string, credential: string): Promise<CredentialRecord | undefined>;
  /** Whose that secret is at this moment, of those that are not disabled. One query; the same time for unknown ones. */
  findBySecret(secret: string): Promise<CredentialMatch | undefined>;
  /** Forgets credentials that have ended; how many. */
  sweep(): Promise<number>;
}
