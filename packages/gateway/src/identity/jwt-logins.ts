import { createHash } from 'node:crypto';
import type { Authentication } from '@thingwright/core';
import type { Principals } from '@thingwright/store';
import { claimedGrants } from './claimed-grants.js';
import type { CredentialUses } from './credential-uses.js';
import { CLOCK_SKEW, type JwtIssuer } from './jwt-issuer.js';

/** People who come in with a JSON Web Token of an outside issuer. */
export interface JwtLogins {
  /** Who showed that token before; at once. */
  recall(token: string): Authentication | undefined;
  /**
   * Whose token that is; `expired` for one that was right; undefined for everything else. Rejects with a ThingError `unavailable` while
   * the keys of the issuer cannot be had.
   */
  find(token: string): Promise<Authentication | 'expired' | undefined>;
}

/** What such logins are checked by. */
export interface JwtLoginParts {
  readonly issuer: JwtIssuer;
  readonly principals: Pick<Principals, 'get'>;
  readonly uses: CredentialUses;
  /** The claim that holds grants. */
  readonly grantsClaim?: string | undefined;
}

/** `sub` has 1 to 255 ASCII characters (OpenID Connect Core 1.0, section 2); none of them controls anything. */
export const SUBJECT = /^[\x20-\x7e]{1,255}$/;

/** Makes the check. Ids are `user:<host of the issuer>|<sub>`, which no local name can be. */
export function createJwtLogins({ issuer, principals, uses, grantsClaim }: JwtLoginParts): JwtLogins {
  const find = async (token: string): Promise<Authentication | 'expired' | undefined> => {
    const { generation } = uses;
    const claims = await issuer.verify(token);
    if (claims === undefined || claims === 'expired') return claims;
    const { sub = '', exp = 0 } = claims;
    if (!SUBJECT.test(sub)) return undefined;
    const id = `user:${issuer.host}|${sub}`;
    const known = await principals.get(id);
    if (generation !== uses.generation) return find(token);
    if (known?.disabled === true) return undefined;
    const credential = createHash('sha256').update(token).digest('base64url');
    const claimed = grantsClaim === undefined ? [] : claimedGrants(claims[grantsClaim]);
    const principal = { id, kind: 'user', grants: known?.grants ?? [] } as const;
    const until = (exp + CLOCK_SKEW) * 1000;
    return uses.take({ principal, credential, until, claimed }, { proof: proofOf(token) });
  };
  return { recall: (token) => uses.recall(proofOf(token)), find };
}

const proofOf = (token: string): string => `jwt\0${token}`;
