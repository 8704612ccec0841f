import { randomBytes } from 'node:crypto';
import type { Now } from '@thingwright/core';
import type { CredentialMatch, Principals } from '@thingwright/store';
import type { createTurns } from '../turns.js';
import type { CredentialUses } from './credential-uses.js';
import { LOCAL_NAME } from './logins.js';

/** An access token, and how many seconds it is good for. */
export interface AccessToken {
  readonly token: string;
  readonly expiresIn: number;
}

/** Access tokens of OAuth 2.0 for services. */
export interface AccessTokens {
  /** A new token for a service that shows its secret; undefined if it is not the one, or there is no such service. */
  issue(client: string, secret: string): Promise<AccessToken | undefined>;
}

/** What access tokens are kept by. */
export interface AccessTokenParts {
  readonly principals: Pick<Principals, 'findBySecret' | 'credentials' | 'addCredential'>;
  readonly uses: CredentialUses;
  /** In which all changes of credentials are made, one after the other. */
  readonly turn: ReturnType<typeof createTurns>;
  readonly now?: Now;
}

/** Milliseconds. */
const LIFETIME = 3_600_000;

/** That a service may have at once; beyond that its oldest ends. */
const MOST = 100;

/** Makes access tokens, which end with the secret that they were had for. A client's id is `name` or `service:name`. */
export function createAccessTokens({ principals, uses, turn, now = Date.now }: AccessTokenParts): AccessTokens {
  const find = async (client: string, secret: string): Promise<CredentialMatch | undefined> => {
    const match = await principals.findBySecret(secret);
    const name = client.startsWith('service:') ? client.slice('service:'.length) : client;
    const isIts =
      match?.credential.kind === 'secret' && LOCAL_NAME.test(name) && match.principal.id === `service:${name}`;
    return isIts ? match : undefined;
  };

  return {
    async issue(client, secret) {
      if (!(await find(client, secret))) return undefined;
      return turn(async () => {
        // Once more: the secret may have ended while others had their turn.
        const match = await find(client, secret);
        if (!match) return undefined;
        const { principal, credential } = match;
        const others = (await principals.credentials(principal.id)).filter(({ kind }) => kind === 'access');
        const surplus = others.slice(0, Math.max(0, others.length - MOST + 1));
        const present = now();
        const until = Math.min(present + LIFETIME, credential.until ?? Number.POSITIVE_INFINITY);
        const token = randomBytes(32).toString('base64url');
        await principals.addCredential(
          { principal: principal.id, kind: 'access', label: '', parent: credential.id, until },
          token,
          { ends: surplus.map(({ id }) => ({ id, at: present })) },
        );
        if (surplus.length > 0) {
          uses.end(principal.id, 'Too many newer access tokens', new Set(surplus.map(({ id }) => id)));
        }
        return { token, expiresIn: Math.floor((until - present) / 1000) };
      });
    },
  };
}
