import type { Authentication, Now } from '@thingwright/core';
import type { Principals } from '@thingwright/store';
import type { CredentialUses } from './credential-uses.js';
import type { Passwords } from './passwords.js';

/** Users and services who show what they have. */
export interface Logins {
  /** Who showed that token or secret before; at once. */
  recallToken(token: string): Authentication | undefined;
  /** Whose token, secret or access token that is. */
  findToken(token: string): Promise<Authentication | undefined>;
  /** Who showed that password within the last minutes; at once. */
  recallPassword(user: string, password: string): Authentication | undefined;
  /**
   * Who comes in with that password. As much work for a user that there is not, that is disabled or has no password as for a wrong
   * one. Rejects with a ThingError `tooMany` where too many try at once.
   */
  verifyPassword(user: string, password: string): Promise<Authentication | undefined>;
}

/** What logins are checked by. */
export interface LoginParts {
  readonly principals: Pick<Principals, 'findBySecret' | 'findPassword'>;
  readonly uses: CredentialUses;
  readonly passwords: Pick<Passwords, 'verify'>;
  readonly now?: Now;
}

/** The password of a user, as a credential in use. */
export const PASSWORD = 'password';

/** Names that users and services may have: URL-safe. */
export const LOCAL_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The form of all secrets that are made here: 32 bytes, base64url. */
const MADE_SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * Under which name a failure at a name counts. What has the form of a secret counts apart from what a person may type: a service
 * that goes on with a secret that was revoked does not shut out the user who is called like it.
 */
export function guessedName(name: string, shown: string): string {
  // All names that nobody can have count as one, lest strangers fill the memory with them.
  const known = LOCAL_NAME.test(name) ? name : '';
  return `${MADE_SECRET.test(shown) ? 'secret' : 'password'} ${known}`;
}

/** Milliseconds for which a right password is not verified again. */
const REMEMBERED = 5 * 60_000;

/** Makes the check. */
export function createLogins({ principals, uses, passwords, now = Date.now }: LoginParts): Logins {
  const findToken = async (token: string): Promise<Authentication | undefined> => {
    const { generation } = uses;
    const match = await principals.findBySecret(token);
    if (generation !== uses.generation) return findToken(token);
    if (!match) return undefined;
    const { principal, credential } = match;
    return uses.take({ principal, credential: credential.id, until: credential.until }, { proof: ofToken(token) });
  };

  /** Takes the one in whose password is right, unless it is another by now. */
  const take = async (id: string, hash: string, proof: string): Promise<Authentication | undefined> => {
    const { generation } = uses;
    const match = await principals.findPassword(id);
    if (generation !== uses.generation) return take(id, hash, proof);
    if (match?.hash !== hash) return undefined;
    return uses.take({ principal: match.principal, credential: PASSWORD }, { proof, until: now() + REMEMBERED });
  };

  return {
    recallToken: (token) => uses.recall(ofToken(token)),
    findToken,
    recallPassword: (user, password) => uses.recall(ofPassword(user, password)),
    async verifyPassword(user, password) {
      const id = LOCAL_NAME.test(user) ? `user:${user}` : 'user:';
      const match = await principals.findPassword(id);
      const right = await passwords.verify(match?.hash, password);
      return right && match ? take(id, match.hash, ofPassword(user, password)) : undefined;
    },
  };
}

const ofToken = (token: string): string => `token\0${token}`;

const ofPassword = (user: string, password: string): string => `password\0${user}\0${password}`;
