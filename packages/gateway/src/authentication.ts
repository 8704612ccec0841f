import { createHash, timingSafeEqual } from 'node:crypto';
import { type Authenticate, type Authentication, type Principal, ThingError } from '@thingwright/core';
import type { Attempts } from './attempts.js';
import type { DeviceTokens } from './device-tokens.js';
import type { Sessions } from './sessions.js';
import type { Tickets } from './tickets.js';

/** Who holds the admin token. */
export const ADMIN: Principal = { id: 'user:admin', kind: 'user', grants: [{ role: 'superuser' }] };

/** What may prove who somebody is. */
export interface Identities {
  readonly adminToken: string;
  readonly devices: Pick<DeviceTokens, 'find'>;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly tickets: Pick<Tickets, 'redeem'>;
  readonly attempts: Attempts;
}

const TICKET_HINT =
  'That ticket is unknown, used or over. POST /ticket gives one, good for one WebSocket within 30 seconds; a lasting token ' +
  'is never taken from a URL: send it in the Authorization header';

/** So many characters of base64url are 128 random bits; a shorter admin token may be one that a person made up. */
export const LEAST_RANDOM = 22;

/**
 * Makes the gateway's one function that finds out who a caller is: the admin token (as Bearer, or as the password of Basic
 * with any user name), a device's token, the cookie of a session, a ticket. Too many failures of an address refuse what it
 * guesses, not those beside it (behind one router or proxy) who know a token that nobody can guess.
 */
export function createAuthenticate(identities: Identities): Authenticate {
  const { sessions, tickets, attempts, devices, adminToken } = identities;
  const adminDigest = digest(adminToken);
  const admin: Authentication = { principal: ADMIN };

  const verify = async (token: string, address: string): Promise<Authentication | undefined> => {
    const isAdmin = timingSafeEqual(digest(token), adminDigest);
    if (isAdmin && adminToken.length >= LEAST_RANDOM) return admin;
    const device = await devices.find(token);
    if (device) return device.authentication;
    attempts.admit(address);
    if (isAdmin) return admin;
    attempts.fail(address);
    return undefined;
  };

  return async (credentials, { address } = { address: '' }) => {
    switch (credentials.kind) {
      case 'none':
        // As long as it takes to refuse a wrong token, so that the answers cannot be told apart by their time.
        digest('');
        await devices.find('');
        return undefined;
      case 'bearer':
        return verify(credentials.token, address);
      case 'basic':
        return verify(credentials.password, address);
      case 'cookie':
        return sessions.find(credentials.value);
      case 'ticket': {
        const authentication = tickets.redeem(credentials.value);
        if (!authentication) throw new ThingError('unauthenticated', TICKET_HINT);
        return authentication;
      }
    }
  };
}

/** Compared instead of the tokens themselves: equal length, and no time that tells how much of a guess was right. */
const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
