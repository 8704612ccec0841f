import type { Grant } from '@thingwright/core';
import type { CredentialRecord, GrantRecord, PrincipalRecord } from '@thingwright/store';

/** What a user or a service is made with. */
export interface NewPerson {
  /** Letters, digits, `_`, `.`, `-`; at most 64 characters. Its id is `user:<name>` or `service:<name>`. */
  readonly name: string;
  /** For people to read; default: the name. */
  readonly title?: string | undefined;
  /** Whose admins administer it; default: the default organization. */
  readonly organization?: string | undefined;
}

/** Somebody whom the issuer of JSON Web Tokens knows, so that grants can be given here. */
export interface NewOutsideUser extends Omit<NewPerson, 'name'> {
  /** The `sub` of its tokens. Its id is `user:<host of the issuer>|<sub>`. */
  readonly subject: string;
}

/** A secret that is shown this once, and what is kept of it. */
export interface IssuedSecret {
  readonly credential: CredentialRecord;
  /** 32 random bytes, base64url. */
  readonly secret: string;
}

/** A service that was just made. */
export interface NewService extends IssuedSecret {
  readonly service: PrincipalRecord;
}

/** How a new token is made. */
export interface TokenOptions {
  /** What its owner calls it; default: an empty text. */
  readonly label?: string | undefined;
  /** Milliseconds after which it ends; default: never. */
  readonly lifetime?: number | undefined;
}

/**
 * The users and services of a gateway. Everything counts at once, for new requests and for those of live connections; what rests on
 * something that was taken away ends: sockets close with 1008. May reject with a ThingError `unavailable`; then nothing was changed.
 * Nobody is asked here whether the caller may do that.
 */
export interface People {
  /** All, in the order in which they were added. */
  list(): Promise<readonly PrincipalRecord[]>;
  /** @throws ThingError `notFound`. */
  get(id: string): Promise<PrincipalRecord>;
  /**
   * Adds a user, who comes in with that password, if there is one, and with tokens.
   * @throws ThingError `conflict` if the name is taken, `invalid` for a name or a password that will not do.
   */
  addUser(user: NewPerson & { readonly password?: string | undefined }): Promise<PrincipalRecord>;
  /** @throws ThingError `invalid` where no issuer is configured, `conflict` if the subject is there already. */
  addOutsideUser(user: NewOutsideUser): Promise<PrincipalRecord>;
  /** Adds a service with its first secret. @throws ThingError `conflict` if the name is taken, `invalid` for a name. */
  addService(service: NewPerson): Promise<NewService>;
  /** Shuts one out, or lets it in again; it keeps what it has. Sessions end. @throws ThingError `notFound`. */
  setDisabled(id: string, disabled: boolean): Promise<PrincipalRecord>;
  /** Removes one with all its grants, credentials and sessions. @throws ThingError `notFound`. */
  remove(id: string): Promise<PrincipalRecord>;
  /**
   * Whether that is the password of a user now, for those who change what is their own. Attempts count as those of logging in do.
   * @throws ThingError `tooMany`.
   */
  checkPassword(id: string, password: string): Promise<boolean>;
  /**
   * Replaces the password of a user, or takes it away; sessions and connections that came by a password end.
   * @throws ThingError `notFound`, `invalid` for a service or an outside user, or a password that will not do, `tooMany`.
   */
  setPassword(id: string, password: string | undefined): Promise<void>;
  /** Gives a role. @throws ThingError `notFound`, `invalid` for a role that there is not. */
  grant(id: string, grant: Grant): Promise<GrantRecord>;
  /** Takes a grant back; sockets close, and may come again with what is left. @throws ThingError `notFound`. */
  revokeGrant(id: string, grant: string): Promise<PrincipalRecord>;
  /** Credentials of now, access tokens of OAuth 2.0 included. @throws ThingError `notFound`. */
  credentials(id: string): Promise<readonly CredentialRecord[]>;
  /** Makes a lasting token. @throws ThingError `notFound`, `conflict` for one that has too many already. */
  issueToken(id: string, options?: TokenOptions): Promise<IssuedSecret>;
  /**
   * Makes a new secret of a service; the one before goes on for `overlap` milliseconds (default 0), older ones end now.
   * @throws ThingError `notFound`, `invalid` for a user.
   */
  rotateSecret(id: string, options?: { readonly overlap?: number | undefined }): Promise<IssuedSecret>;
  /** Replaces a token by one of the same label; the old one goes on for `overlap` milliseconds (default 0). @throws ThingError `notFound`. */
  rotateToken(
    id: string,
    credential: string,
    options?: { readonly overlap?: number | undefined },
  ): Promise<IssuedSecret>;
  /** Ends a token, a secret or an access token now. @throws ThingError `notFound`. */
  revokeCredential(id: string, credential: string): Promise<CredentialRecord>;
}
