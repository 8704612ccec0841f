import { type Authentication, type Now, type Principal, ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isAllowed, type Right, type UpgraderRights, visibleOrganizations } from '../upgrader-rights.js';
import { notFound, TEXTS } from './rest-errors.js';
import { createThrottle } from './throttle.js';

/** Who asks, and what that somebody may do. */
export interface Caller {
  readonly authentication: Authentication;
  readonly principal: Principal;
  readonly isSuperuser: boolean;
  /** Whose objects it may see; undefined: those of all. */
  readonly organizations: readonly string[] | undefined;
  /** To which belongs what it was last asked for a right to. */
  readonly concerned: string | undefined;
  /** @throws ThingError `forbidden` for whoever has that right nowhere. */
  demandSomewhere(right: Right): void;
  /** @throws ThingError `notFound` for an object that the caller may not see, `forbidden` for one that it may only see. */
  demand(right: Right, organization: string | null): void;
}

const CALLER = 'upgraderCaller';

/** Has callers asked who they are before any byte of a body is read; those whom nobody knows get no further, nor those who ask too often. */
export function identifyCallers(
  app: FastifyInstance,
  { listener, rights, now }: { readonly listener: Listener; readonly rights: UpgraderRights; readonly now: Now },
): void {
  const throttle = createThrottle(now);
  app.decorateRequest(CALLER, null);
  app.addHook('onRequest', async (request) => {
    const authentication = await listener.authenticate(request.raw);
    if (!authentication) throw new ThingError('unauthenticated', TEXTS.notLoggedIn);
    const { principal } = authentication;
    if (principal.kind === 'device') throw new ThingError('forbidden', TEXTS.notPermitted);
    throttle(principal.id);
    request.setDecorator<Caller>(CALLER, toCaller(authentication, rights));
  });
}

function toCaller(authentication: Authentication, rights: UpgraderRights): Caller {
  const { principal } = authentication;
  const isSuperuser = rights.isSuperuser(principal);
  let concerned: string | undefined;
  const has = (right: Right): boolean => isSuperuser || rights.organizationsOf(principal, right).length > 0;
  return {
    authentication,
    principal,
    isSuperuser,
    organizations: visibleOrganizations(rights, principal),
    get concerned() {
      return concerned;
    },
    demandSomewhere(right) {
      if (!has('view')) throw new ThingError('forbidden', TEXTS.notManager);
      if (!has(right)) throw new ThingError('forbidden', TEXTS.notPermitted);
    },
    demand(right, organization) {
      concerned = organization ?? undefined;
      if (!has('view')) throw new ThingError('forbidden', TEXTS.notManager);
      if (!isAllowed(rights, { principal, right: 'view' }, organization)) throw notFound();
      if (!isAllowed(rights, { principal, right }, organization)) throw new ThingError('forbidden', TEXTS.notPermitted);
    },
  };
}

/** Who sends a request. */
export const callerOf = (request: FastifyRequest): Caller => request.getDecorator<Caller>(CALLER);

/** The same while that may not be known: the request was refused before. */
export const knownCallerOf = (request: FastifyRequest): Caller | null => request.getDecorator<Caller | null>(CALLER);
