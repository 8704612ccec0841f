import type { Authenticate, Authentication, Credentials } from '@thingwright/core';
import { ThingError } from '@thingwright/core';
import { openStore, type Principals, type Store } from '@thingwright/store';
import { createAccessTokens } from '../../src/identity/access-tokens.js';
import { createAttempts } from '../../src/identity/attempts.js';
import { createAuthenticate } from '../../src/identity/authentication.js';
import { createCredentialUses } from '../../src/identity/credential-uses.js';
import { createDeviceTokens } from '../../src/identity/device-tokens.js';
import type { JwtIssuer } from '../../src/identity/jwt-issuer.js';
import { createJwtLogins } from '../../src/identity/jwt-logins.js';
import { createLogins } from '../../src/identity/logins.js';
import { createPasswords, type PasswordLimits, type PasswordWork } from '../../src/identity/passwords.js';
import { createPeople } from '../../src/identity/people-in-store.js';
import { createSessions } from '../../src/identity/sessions.js';
import { createTickets } from '../../src/identity/tickets.js';
import { createTurns } from '../../src/turns.js';

export const ADMIN_TOKEN = 'the-admin-token';
export const DEVICE_TOKEN = 'a-device-token';
export const PASSWORD = 'correct horse battery';

/** Passwords that are hashed at no cost, and a count of how often one was compared. */
export function countedWork(): PasswordWork & { verified: number } {
  return {
    verified: 0,
    hash: async (password) => `hash of ${password}`,
    async verify(hash, password) {
      this.verified++;
      return hash === `hash of ${password}`;
    },
  };
}

/** What an entrance is opened with in tests. */
export interface FixtureOptions {
  readonly adminToken?: string;
  readonly now?: () => number;
  readonly passwordLimits?: PasswordLimits;
  readonly work?: PasswordWork;
  readonly issuer?: JwtIssuer;
  readonly grantsClaim?: string;
  /** Stands between everything and the store. */
  readonly through?: (principals: Principals) => Principals;
}

/** The parts of an entrance over a store in memory with one device, `ems_001`. */
export async function openEntrance(options: FixtureOptions = {}) {
  const { adminToken = ADMIN_TOKEN, now = Date.now, issuer, grantsClaim } = options;
  const store: Store = await openStore({ now });
  await store.devices.add({ name: 'ems_001', kind: 'telemetry', title: 'Battery' }, DEVICE_TOKEN);
  const principals = (options.through ?? ((same) => same))(store.principals);
  const devices = createDeviceTokens(store.devices, now);
  const uses = createCredentialUses({ now });
  const sessions = createSessions({}, now);
  const tickets = createTickets({ now });
  const passwords = createPasswords(options.passwordLimits, options.work ?? countedWork());
  const turn = createTurns();
  const attempts = createAttempts({}, now);
  const nameAttempts = createAttempts({ count: 10 }, now);
  const logins = createLogins({ principals, uses, passwords, now });
  const outside = issuer && createJwtLogins({ issuer, principals, uses, grantsClaim });
  const authenticate: Authenticate = createAuthenticate({
    adminToken,
    devices,
    logins,
    outside,
    sessions,
    tickets,
    attempts,
    nameAttempts,
  });
  const issuerHost = issuer?.host;
  return {
    store,
    uses,
    sessions,
    tickets,
    authenticate,
    people: createPeople({ principals, uses, sessions, passwords, nameAttempts, turn, issuerHost, now }),
    accessTokens: createAccessTokens({ principals, uses, turn, now }),
    async [Symbol.asyncDispose]() {
      sessions[Symbol.dispose]();
      uses[Symbol.dispose]();
      devices[Symbol.dispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

export const bearer = (token: string): Credentials => ({ kind: 'bearer', token });

export const basic = (user: string, password: string): Credentials => ({ kind: 'basic', user, password });

/** Who comes in; fails if nobody does. */
export async function admitted(found: ReturnType<Authenticate>): Promise<Authentication> {
  const authentication = await found;
  if (!authentication) throw new Error('nobody was let in');
  return authentication;
}

/** The ThingError that some work ends with. */
export async function refusal(work: () => unknown): Promise<ThingError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ThingError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
