import { createHash, timingSafeEqual } from 'node:crypto';
import { type Authenticate, type Authentication, type Principal, ThingError } from '@thingwright/core';
import type { Attempts } from './attempts.js';
import type { DeviceTokens } from './device-tokens.js';
import type { JwtLogins } from './jwt-logins.js';
import { guessedName, type Logins } from './logins.js';
import type { Sessions } from './sessions.js';
import type { Tickets } from './tickets.js';

/** Who holds the admin token. */
export const ADMIN: Principal = { id: 'user:admin', kind: 'user', grants: [{ role: 'superuser' }] };

/** What may prove who somebody is. */
export interface Identities {
  readonly adminToken: string;
  readonly devices: Pick<DeviceTokens, 'find'>;
  readonly logins: Logins;
  /** People of an outside issuer, if there is one. */
  readonly outside?: JwtLogins | undefined;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly tickets: Pick<Tickets, 'redeem'>;
  /** Failures of an address. */
  readonly attempts: Attempts;
  /** Failures at a name. */
  readonly nameAttempts: Attempts;
}

const TICKET_HINT =
  'That ticket is unknown, used or over. POST /ticket gives one, good for one WebSocket within 30 seconds; a lasting token ' +
  'is never taken from a URL: send it in the Authorization header';

/** So many characters of base64url are 128 random bits; a shorter admin token may be one that a person made up. */
export const LEAST_RANDOM = 22;

/** What a token turned out to be; `guessed`: the admin token, but one short enough to be guessed. */
type Verdict = Authentication | 'guessed' | 'expired' | undefined;

/**
 * Makes the gateway's one function that finds out who a caller is: by a token, as Bearer or as the password of Basic with any user name
 * (of the admin, a user, a service, a device, an outside issuer; a service's secret too), by the name and password of a user, the cookie
 * of a session, a ticket. Too many failures of an address, or at a name, refuse what may be a guess, not those beside it who know a
 * token that nobody can guess. What was verified lately is answered at once.
 */
export function createAuthenticate(identities: Identities): Authenticate {
  const { sessions, tickets, attempts, devices, logins, outside, adminToken } = identities;
  const adminDigest = digest(adminToken);
  const admin: Authentication = { principal: ADMIN };
  const verifyPassword = createPasswordCheck(identities);

  const isAdmin = (token: string): boolean => timingSafeEqual(digest(token), adminDigest);

  const recall = (token: string): Authentication | undefined => {
    if (adminToken.length >= LEAST_RANDOM && isAdmin(token)) return admin;
    return logins.recallToken(token) ?? outside?.recall(token);
  };

  const lookUp = async (token: string): Promise<Verdict> => {
    const device = await devices.find(token);
    if (device) return device.authentication;
    const found = (await logins.findToken(token)) ?? (await outside?.find(token));
    return found ?? (isAdmin(token) ? 'guessed' : undefined);
  };

  const byToken = async (token: string, address: string): Promise<Authentication | undefined> => {
    const verdict = await lookUp(token);
    if (typeof verdict === 'object') return verdict;
    // Nobody guesses a signature: one that has expired is no attempt.
    if (verdict === 'expired') return undefined;
    attempts.admit(address);
    if (verdict === 'guessed') return admin;
    attempts.fail(address);
    return undefined;
  };

  const byPassword = async (user: string, password: string, address: string): Promise<Authentication | undefined> => {
    const verdict = await lookUp(password);
    if (typeof verdict === 'object') return verdict;
    if (verdict === 'expired') return undefined;
    if (verdict === 'guessed') {
      attempts.admit(address);
      return admin;
    }
    return verifyPassword(user, password, address);
  };

  return (credentials, { address } = { address: '' }) => {
    switch (credentials.kind) {
      case 'none':
        // As long as it takes to refuse a wrong token, so that the answers cannot be told apart by their time.
        return lookUp('').then(() => undefined);
      case 'bearer':
        return recall(credentials.token) ?? byToken(credentials.token, address);
      case 'basic': {
        const { user, password } = credentials;
        return recall(password) ?? logins.recallPassword(user, password) ?? byPassword(user, password, address);
      }
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

/** Makes the check of a name and a password. The same pair from one address, asked for many times at once, is checked once. */
function createPasswordCheck({
  logins,
  attempts,
  nameAttempts,
}: Pick<Identities, 'logins' | 'attempts' | 'nameAttempts'>) {
  const underWay = new Map<string, Promise<Authentication | undefined>>();

  const check = async (user: string, password: string, address: string): Promise<Authentication | undefined> => {
    const name = guessedName(user, password);
    attempts.admit(address);
    nameAttempts.admit(name);
    // Counted before it is known, so that a thousand guesses at once are a thousand.
    attempts.fail(address);
    nameAttempts.fail(name);
    const forgive = (): void => {
      attempts.forgive(address);
      nameAttempts.forgive(name);
    };
    try {
      const found = await logins.verifyPassword(user, password);
      if (found) forgive();
      return found;
    } catch (error) {
      forgive();
      throw error;
    }
  };

  return (user: string, password: string, address: string): Promise<Authentication | undefined> => {
    const key = JSON.stringify([address, user, password]);
    const known = underWay.get(key);
    if (known) return known;
    const checking = check(user, password, address).finally(() => underWay.delete(key));
    underWay.set(key, checking);
    return checking;
  };
}

/** Compared instead of the tokens themselves: equal length, and no time that tells how much of a guess was right. */
const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
