import type { Audit, Authenticate, Now } from '@thingwright/core';
import type { DeviceIdentities } from '@thingwright/device-link';
import type { AuditTrail } from '@thingwright/store';
import { createSeldom } from './seldom.js';

/** What recording needs to know. */
export interface RecordingParts {
  readonly trail: Pick<AuditTrail, 'append'>;
  /** The organization of the Thing with that id, if it belongs to one. */
  organizationOf(thing: string): string | undefined;
  readonly now?: Now;
}

/** Puts into the audit what the parts of a gateway are asked. No input and no value ever goes there, nor any credential. */
export interface Recording {
  /** For the Site: every write, invocation and cancellation. */
  readonly audit: Audit;
  /** The same, but that every failure is recorded, and each hour once that somebody comes from somewhere. */
  authenticate(authenticate: Authenticate): Authenticate;
  /** Records that somebody was given an access token, or undefined was not. */
  came(principal: string | undefined, address: string): void;
  /** The same for devices that dial in: once an hour. Their doors ask a second time, as of anybody, about one that fails. */
  identities(identities: DeviceIdentities): DeviceIdentities;
}

/** Who could not prove to be somebody. */
const ANYBODY = 'anonymous';

/** Milliseconds after which it is told again that somebody comes. */
const AGAIN = 3_600_000;
/** Characters of a text and names of a bulk write that are kept: they are the caller's. */
const MOST_TEXT = 500;
const MOST_NAMES = 100;

/** Makes a Recording. */
export function createRecording({ trail, organizationOf, now = Date.now }: RecordingParts): Recording {
  const isNew = createSeldom(now);

  const authenticated = (principal: string, result: string, more: { address?: string; detail?: string } = {}): void =>
    trail.append({ micros: now() * 1000, principal, operation: 'authenticate', affordances: [], result, ...more });

  return {
    audit({ principal, from, thing, operation, affordances, actionID, result, detail }) {
      trail.append({
        micros: now() * 1000,
        principal: principal.id,
        address: from?.address,
        thing: thing.id,
        name: thing.name,
        organization: organizationOf(thing.id),
        operation,
        affordances: affordances.slice(0, MOST_NAMES).map(short),
        actionID: actionID === undefined ? undefined : short(actionID),
        result,
        // Why a value is invalid may quote it.
        detail: detail === undefined || result === 'invalid' ? undefined : short(detail),
      });
    },
    authenticate: (authenticate) => async (credentials, caller) => {
      const found = await authenticate(credentials, caller);
      const { address = '' } = caller ?? {};
      if (found) {
        const { id } = found.principal;
        if (isNew(`${id} ${address}`, AGAIN)) authenticated(id, 'done', { address, detail: credentials.kind });
      } else if (credentials.kind !== 'none') {
        authenticated(ANYBODY, 'unauthenticated', { address, detail: credentials.kind });
      }
      return found;
    },
    came: (principal, address) =>
      authenticated(principal ?? ANYBODY, principal === undefined ? 'unauthenticated' : 'done', {
        address,
        detail: 'client credentials',
      }),
    identities: (identities) => ({
      revocations: identities.revocations,
      async verify(name, token) {
        const found = await identities.verify(name, token);
        const id = `device:${name}`;
        if (found && isNew(`${id} dials in`, AGAIN)) authenticated(id, 'done', { detail: 'dials in' });
        return found;
      },
    }),
  };
}

const short = (text: string): string => text.slice(0, MOST_TEXT);
