import type { IncomingMessage } from 'node:http';
import { silent, ThingError } from '@thingwright/core';
import { networkOf, type Upgrade } from '@thingwright/listener';
import { type Observable, Subject } from 'rxjs';
import type { DeviceIdentities, DeviceIdentity } from './device-identities.js';
import { createFailureLimit, type FailureLimitOptions } from './failure-limit.js';
import type { Receiver } from './line.js';
import { type LinesOptions, openLines } from './lines.js';
import { DeviceLink, type Link } from './link.js';
import { createTakeOverGuard, type TakeOver, type TakeOverOptions } from './take-over-guard.js';
import { systemTimer } from './timer.js';

/** How a door for one kind of device works. */
export interface DoorOptions extends LinesOptions {
  readonly identities: DeviceIdentities;
  /** Called with every new link, before its first frame; gives what its frames are led to. */
  readonly receive: (link: Link) => Receiver;
  /** The one answer for missing, malformed, unknown and wrong credentials. Default 403. */
  readonly refusal?: 401 | 403;
  /**
   * What is done while the identities cannot be asked. `refuse`: 503, the default. `close`: let in and closed with 1013, for
   * devices that never call again after a refusal.
   */
  readonly unable?: 'refuse' | 'close';
  readonly takeOvers?: TakeOverOptions;
  readonly failures?: FailureLimitOptions;
  /** The IP address that a request comes from. Default: that of its socket. */
  readonly peerOf?: (request: IncomingMessage) => string;
}

/** A party at the door. */
export interface Attempt {
  /** The device that it wants to be, or to see. */
  readonly name: string;
  /** The token that it shows as a device; undefined if it shows none, or nothing that could be one. */
  readonly token: string | undefined;
  /** Asked if it is not that device; true: it was somebody else's turn, and the connection is taken care of. */
  readonly otherwise?: (upgrade: Upgrade) => boolean | Promise<boolean>;
}

/** The door for devices that dial in: finds out who they are, and keeps one live {@link Link} a device. */
export interface Door extends AsyncDisposable {
  /**
   * Opens a link, or refuses: with the one answer to whoever is not the device, 409 where two parties displace each
   * other, 503 (or as `unable` says) when the identities cannot be asked. Who failed too often is refused at once, with `Retry-After`.
   */
  admit(upgrade: Upgrade, attempt: Attempt): Promise<void>;
  /** The live link of a device, if it has one. */
  link(name: string): Link | undefined;
  /** Take-overs that were refused because two parties displace each other; at most one a minute for each device. */
  readonly duplicates: Observable<TakeOver>;
  /** How many attempts were refused so far, for whatever reason. */
  readonly refused: number;
  /** Closes all links, with 1001, or 1012 before a restart; resolves when all are gone. */
  close(code: 1001 | 1012): Promise<void>;
}

/** Verified in place of a missing token, so that the answer takes as long as for a wrong one. */
const DECOY = 'no-token-was-shown';
const DUPLICATES_TOLD_EVERY = 60_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.~-]{0,63}$/;

/** Opens a door. It listens nowhere by itself: whoever owns the upgrade path leads requests to `admit`. */
export function openDoor(options: DoorOptions): Door {
  const { identities, receive, refusal = 403, unable = 'refuse', timer = systemTimer, log = silent } = options;
  const { peerOf = (request) => request.socket.remoteAddress ?? '' } = options;
  const now = (): number => timer.now();
  const lines = openLines(options);
  const failures = createFailureLimit(options.failures ?? {}, now);
  const takeOvers = createTakeOverGuard(options.takeOvers ?? {}, now);
  const links = new Map<string, DeviceLink>();
  const underWay = new Set<{ readonly name: string; revoked: boolean }>();
  const duplicates = new Subject<TakeOver>();
  const lastTold = new Map<string, number>();
  let refused = 0;

  const revocations = identities.revocations.subscribe(({ name, reason, credential }) => {
    for (const attempt of underWay) if (attempt.name === name) attempt.revoked = true;
    const link = links.get(name);
    if (link && (credential === undefined || credential === link.credential)) link.close(1008, reason);
  });

  const refuse = (upgrade: Upgrade, status: number, headers: Readonly<Record<string, string>> = {}): void => {
    refused++;
    upgrade.refuse(status, status === 401 ? { 'WWW-Authenticate': 'Bearer', ...headers } : headers);
  };

  const turnAway = (upgrade: Upgrade, peer: string): void => {
    if (unable === 'refuse') {
      refuse(upgrade, 503);
      return;
    }
    refused++;
    lines.accept(upgrade, peer, (line) => {
      line.close(1013, 'try again later');
      return { frame() {}, closed() {} };
    });
  };

  const tellDuplicate = (takeOver: TakeOver): void => {
    const last = lastTold.get(takeOver.name);
    if (last !== undefined && now() - last < DUPLICATES_TOLD_EVERY) return;
    lastTold.set(takeOver.name, now());
    log.warn({ ...takeOver }, 'two parties use one identity; the incumbent stays');
    duplicates.next(takeOver);
  };

  const open = (upgrade: Upgrade, device: DeviceIdentity, peer: string): void => {
    const { name } = device;
    const incumbent = links.get(name);
    const takeOver = incumbent && { name, incumbent: incumbent.peer, newcomer: peer };
    if (takeOver && !takeOvers.allows(takeOver)) {
      tellDuplicate(takeOver);
      refuse(upgrade, 409);
      return;
    }
    lines.accept(upgrade, peer, (line) => {
      if (takeOver) takeOvers.record(takeOver);
      const link = new DeviceLink(device, line);
      // Set before the old one is closed: whoever looks up the name meanwhile finds the successor.
      links.set(name, link);
      incumbent?.close(1008, 'replaced');
      log.info({ device: name, peer, tookOver: incumbent !== undefined }, 'a device dialled in');
      return new AdmittedReceiver(receive(link), (code, reason) => {
        if (links.get(name) === link) links.delete(name);
        log.info({ device: name, peer, code, reason }, 'a link ended');
      });
    });
  };

  const verify = async (name: string, token: string): Promise<DeviceIdentity | undefined> => {
    const attempt = { name, revoked: false };
    underWay.add(attempt);
    try {
      const device = await identities.verify(name, token);
      return attempt.revoked ? undefined : device;
    } finally {
      underWay.delete(attempt);
    }
  };

  /** Tells whether the connection was taken care of: as a device's, or otherwise. */
  const tryToAdmit = async (upgrade: Upgrade, { name, token, otherwise }: Attempt, peer: string): Promise<boolean> => {
    const device = await verify(name, token ?? DECOY);
    if (device && token !== undefined) {
      open(upgrade, device, peer);
      return true;
    }
    return otherwise ? await otherwise(upgrade) : false;
  };

  const admit = async (upgrade: Upgrade, attempt: Attempt): Promise<void> => {
    const { name, token } = attempt;
    const peer = peerOf(upgrade.request);
    const key = `${networkOf(peer)} ${NAME.test(name) ? name : ''}`;
    const seconds = token === undefined ? 0 : failures.retryAfter(key);
    if (seconds > 0) {
      refuse(upgrade, refusal, { 'Retry-After': String(seconds) });
      return;
    }
    try {
      if (await tryToAdmit(upgrade, attempt, peer)) return;
    } catch (error) {
      const unavailable = error instanceof ThingError && error.code === 'unavailable';
      if (!unavailable) log.error({ device: name, peer, error }, 'a party at the door could not be identified');
      turnAway(upgrade, peer);
      return;
    }
    // Whoever shows no token guesses none, and must not use up the attempts of the device beside it.
    if (token !== undefined) {
      failures.record(key);
      if (!attempt.otherwise) identities.failed?.(name, peer);
    }
    log.debug({ device: name, peer }, 'a party was refused');
    refuse(upgrade, refusal);
  };

  const close = async (code: 1001 | 1012): Promise<void> => {
    revocations.unsubscribe();
    await lines.close(code, code === 1012 ? 'restarting' : 'shutting down');
    duplicates.complete();
  };

  return {
    admit,
    link: (name) => links.get(name),
    duplicates: duplicates.asObservable(),
    get refused() {
      return refused;
    },
    close,
    [Symbol.asyncDispose]: () => close(1001),
  };
}

/** Leads what comes over a link to its receiver. */
class AdmittedReceiver implements Receiver {
  readonly #receiver: Receiver;
  readonly #ended: Receiver['closed'];

  constructor(receiver: Receiver, ended: Receiver['closed']) {
    this.#receiver = receiver;
    this.#ended = ended;
  }

  frame(data: Buffer, isBinary: boolean): void {
    this.#receiver.frame(data, isBinary);
  }

  closed(code: number, reason: string): void {
    this.#ended(code, reason);
    this.#receiver.closed(code, reason);
  }
}
