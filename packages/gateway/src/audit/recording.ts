import type { Audit, Authenticate, Now } from '@thingwright/core';
import type { DeviceIdentities } from '@thingwright/device-link';
import type { RecordDirectory } from '@thingwright/directory';
import { networkOf } from '@thingwright/listener';
import type { AuditTrail } from '@thingwright/store';
import type { TellRequest } from '@thingwright/upgrader';
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
  /**
   * The same, but that failures are recorded, of one network 30 a minute at most, and each hour once that somebody comes from
   * somewhere.
   */
  authenticate(authenticate: Authenticate): Authenticate;
  /** Records that somebody was given an access token, or undefined was not. */
  came(principal: string | undefined, address: string): void;
  /** The same for a token of the upgrader's REST API, which a user asked for with a password. */
  signedIn(principal: string | undefined, address: string): void;
  /**
   * The same for devices that dial in: once an hour. Of one that fails, a door that is open to readers too asks a second time, as of
   * anybody; other doors tell of it.
   */
  identities(identities: DeviceIdentities): DeviceIdentities;
  /** For the directory: every change of what is registered there. */
  readonly registered: RecordDirectory;
  /** For the REST API of the upgrader: every request that would change something. */
  readonly upgraderAsked: TellRequest;
  /** Records that a device asked for what is not its own, of one device 30 times a minute at most. */
  trespassed(device: { readonly id: string; readonly name: string }, detail: string): void;
}

/** Who could not prove to be somebody. */
const ANYBODY = 'anonymous';

/** Milliseconds after which it is told again that somebody comes. */
const AGAIN = 3_600_000;
/** Failures of one network that are told in a minute: more than may be guesses, fewer than fill a disk. */
const MOST_FAILURES = 30;
const MINUTE = 60_000;
/** Characters of a text, and of all names of a bulk write together, that are kept: they are the caller's. */
const MOST_TEXT = 500;
const MOST_NAMES = 4000;

/** Makes a Recording. */
export function createRecording({ trail, organizationOf, now = Date.now }: RecordingParts): Recording {
  const isNew = createSeldom(now);

  const failed = (address: string, detail: string): void => {
    if (!isNew(`failures of ${networkOf(address)}`, MINUTE, MOST_FAILURES)) return;
    authenticated(ANYBODY, 'unauthenticated', { address, detail });
  };

  const authenticated = (principal: string, result: string, more: { address?: string; detail?: string } = {}): void =>
    trail.append({ micros: now() * 1000, principal, operation: 'authenticate', affordances: [], result, ...more });

  /** Somebody was given a token for what they showed, or undefined was not. */
  const given = (principal: string | undefined, how: { readonly address: string; readonly detail: string }): void => {
    if (principal === undefined) failed(how.address, how.detail);
    else authenticated(principal, 'done', how);
  };

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
        affordances: bounded(affordances),
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
        failed(address, credentials.kind);
      }
      return found;
    },
    came: (principal, address) => given(principal, { address, detail: 'client credentials' }),
    signedIn: (principal, address) => given(principal, { address, detail: 'password for a token' }),
    identities: (identities) => ({
      revocations: identities.revocations,
      async verify(name, token) {
        const found = await identities.verify(name, token);
        const id = `device:${name}`;
        if (found && isNew(`${id} dials in`, AGAIN)) authenticated(id, 'done', { detail: 'dials in' });
        return found;
      },
      failed: (_name, peer) => failed(peer, 'dials in'),
    }),
    registered({ principal, from, id, organization, operation, result }) {
      trail.append({
        micros: now() * 1000,
        principal: principal.id,
        address: from?.address,
        thing: id === undefined ? undefined : short(id),
        organization,
        operation,
        affordances: [],
        result,
      });
    },
    upgraderAsked({ principal, from, organization, operation, path, result }) {
      trail.append({
        micros: now() * 1000,
        principal: principal.id,
        address: from.address,
        organization,
        operation,
        affordances: [short(path)],
        result,
      });
    },
    trespassed({ id, name }, detail) {
      const principal = `device:${name}`;
      if (!isNew(`${principal} trespasses`, MINUTE, MOST_FAILURES)) return;
      trail.append({
        micros: now() * 1000,
        principal,
        thing: id,
        name,
        organization: organizationOf(id),
        operation: 'authenticate',
        affordances: [],
        result: 'forbidden',
        detail: short(detail),
      });
    },
  };
}

const short = (text: string): string => text.slice(0, MOST_TEXT);

/** The first names, as many as there is room for. */
function bounded(names: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let left = MOST_NAMES;
  for (const name of names) {
    const text = short(name);
    left -= text.length;
    if (left < 0) break;
    kept.push(text);
  }
  return kept;
}
