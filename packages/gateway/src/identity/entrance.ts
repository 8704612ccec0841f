import { type Authenticate, type Log, silent } from '@thingwright/core';
import { type Binding, networkOf } from '@thingwright/listener';
import type { Store } from '@thingwright/store';
import { createTurns } from '../turns.js';
import { createAccessTokens } from './access-tokens.js';
import { type AttemptLimits, type Attempts, createAttempts } from './attempts.js';
import { createAuthenticate } from './authentication.js';
import { createCredentialUses } from './credential-uses.js';
import { createDeviceTokens, type DeviceTokens } from './device-tokens.js';
import { createJwtIssuer, type JwtOptions } from './jwt-issuer.js';
import { createJwtLogins } from './jwt-logins.js';
import { createLogins } from './logins.js';
import { oauthRoutes } from './oauth-routes.js';
import { createPasswords } from './passwords.js';
import type { People } from './people.js';
import { createPeople } from './people-in-store.js';
import { sessionRoutes } from './session-routes.js';
import { createSessions, type SessionLimits } from './sessions.js';
import { createTickets } from './tickets.js';

/** How people, services and devices are let in. */
export interface EntranceOptions {
  readonly adminToken: string;
  readonly attempts?: AttemptLimits;
  readonly sessions?: SessionLimits;
  /** An outside issuer of JSON Web Tokens. */
  readonly jwt?: JwtOptions;
  readonly log?: Log;
  /** Is told who was given an access token at which address; undefined: somebody who is nobody we know. */
  readonly came?: (principal: string | undefined, address: string) => void;
}

/** All that decides who comes in. Disposing ends its sessions and timers. */
export interface Entrance extends AsyncDisposable {
  readonly authenticate: Authenticate;
  readonly people: People;
  readonly deviceTokens: DeviceTokens;
  /** Failures by address, also for other doors where passwords are shown. */
  readonly attempts: Attempts;
  /** Where sessions, tickets and access tokens are given. */
  readonly bindings: readonly Binding[];
}

/** Failures at one name; beyond that its owner needs a token, or a session or password that is still known. */
const NAME_ATTEMPTS: AttemptLimits = { count: 10, window: 60_000 };

/** Milliseconds between two looks for credentials that have ended. */
const SWEEP = 3_600_000;

/** Opens the entrance of a gateway. @throws ThingError `invalid` for an issuer that cannot be trusted. */
export function openEntrance(store: Pick<Store, 'principals' | 'devices'>, options: EntranceOptions): Entrance {
  const { adminToken, jwt, log = silent, came = () => undefined } = options;
  const { principals } = store;
  const issuer = jwt && createJwtIssuer(jwt);
  const uses = createCredentialUses();
  const sessions = createSessions(options.sessions);
  const tickets = createTickets();
  const deviceTokens = createDeviceTokens(store.devices);
  const attempts = createAttempts({ ...options.attempts, keyOf: networkOf });
  const nameAttempts = createAttempts(NAME_ATTEMPTS);
  const passwords = createPasswords();
  const turn = createTurns();

  const sweep = (): Promise<void> =>
    principals.sweep().then(
      () => undefined,
      (error: unknown) => log.warn({ error }, 'credentials that have ended could not be forgotten'),
    );
  let sweeping = sweep();
  const sweeper = setInterval(() => {
    sweeping = sweep();
  }, SWEEP).unref();

  return {
    authenticate: createAuthenticate({
      adminToken,
      devices: deviceTokens,
      logins: createLogins({ principals, uses, passwords }),
      outside: issuer && createJwtLogins({ issuer, principals, uses, grantsClaim: jwt?.grantsClaim }),
      sessions,
      tickets,
      attempts,
      nameAttempts,
    }),
    people: createPeople({ principals, uses, sessions, passwords, nameAttempts, turn, issuerHost: issuer?.host, log }),
    deviceTokens,
    attempts,
    bindings: [
      sessionRoutes({ sessions, tickets, lifetimeOf: uses.lifetimeOf }),
      oauthRoutes(createAccessTokens({ principals, uses, turn }), attempts, came),
    ],
    async [Symbol.asyncDispose]() {
      clearInterval(sweeper);
      deviceTokens[Symbol.dispose]();
      sessions[Symbol.dispose]();
      uses[Symbol.dispose]();
      await sweeping;
    },
  };
}
