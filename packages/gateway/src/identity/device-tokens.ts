import { type Authentication, type Now, ThingError } from '@thingwright/core';
import type { DeviceIdentities, Revocation } from '@thingwright/device-link';
import type { DeviceRecord, DeviceRegistry, TokenMatch } from '@thingwright/store';
import { Subject } from 'rxjs';

/** A device's token in use. */
export interface DeviceToken {
  readonly device: DeviceRecord;
  /** Its signal fires when the token ends. */
  readonly authentication: Authentication;
  /** Tells it from the device's other token, for as long as this process lasts. */
  readonly credential: string;
}

/** The tokens of devices: who shows one, and what ends with it. Disposing stops its timers. */
export interface DeviceTokens extends Disposable, DeviceIdentities {
  /** Whose that token is now. */
  find(token: string): Promise<DeviceToken | undefined>;
  /** The device's token was replaced: it goes on for `overlap` milliseconds, an older one ends now. */
  replaced(name: string, overlap: number): void;
  /** The device was removed: all its tokens end now. */
  removed(name: string): void;
}

interface Use extends DeviceToken {
  readonly ending: AbortController;
  /** Milliseconds since 1970; set once the token has been replaced. */
  until?: number;
  timer?: NodeJS.Timeout;
}

/** Follows the tokens of a registry. Whoever changes them there has to say so here. */
export function createDeviceTokens(registry: Pick<DeviceRegistry, 'findByToken'>, now: Now = Date.now): DeviceTokens {
  /** At most two for each device: the token of now and the one before. */
  const uses = new Map<string, readonly Use[]>();
  const revocations = new Subject<Revocation>();
  let serial = 0;
  /** Rises whenever a token may have ended; a look-up that began before is done again. */
  let generation = 0;

  const of = (name: string): readonly Use[] => uses.get(name) ?? [];

  const end = (use: Use, reason: string): void => {
    const { name } = use.device;
    clearTimeout(use.timer);
    const rest = of(name).filter((other) => other !== use);
    if (rest.length === 0) uses.delete(name);
    else uses.set(name, rest);
    use.ending.abort(new ThingError('unauthenticated', `The token was ${reason}`));
    revocations.next({ name, reason, credential: use.credential });
  };

  const endAt = (use: Use, until: number): void => {
    use.until = until;
    const rest = until - now();
    if (rest <= 0) end(use, 'rotated');
    else use.timer = setTimeout(() => end(use, 'rotated'), rest).unref();
  };

  const take = ({ device, until }: TokenMatch): DeviceToken => {
    const { name } = device;
    const known = of(name).find((use) => (use.until === undefined) === (until === undefined));
    if (known) return known;
    const ending = new AbortController();
    const principal = { id: `device:${name}`, kind: 'device', grants: [] } as const;
    const authentication = { principal, ended: ending.signal };
    const use: Use = { device, authentication, credential: String(++serial), ending };
    uses.set(name, [...of(name), use]);
    if (until !== undefined) endAt(use, until);
    return use;
  };

  const find = async (token: string): Promise<DeviceToken | undefined> => {
    const begun = generation;
    const match = await registry.findByToken(token);
    if (begun !== generation) return find(token);
    return match && take(match);
  };

  return {
    find,
    async verify(name, token) {
      const found = await find(token);
      if (found?.device.name !== name) return undefined;
      return { id: found.device.id, name, credential: found.credential };
    },
    revocations: revocations.asObservable(),
    replaced(name, overlap) {
      generation++;
      for (const use of of(name)) {
        if (use.until === undefined) endAt(use, now() + overlap);
        else end(use, 'rotated');
      }
    },
    removed(name) {
      generation++;
      for (const use of of(name)) end(use, 'removed');
    },
    [Symbol.dispose]() {
      for (const all of uses.values()) for (const { timer } of all) clearTimeout(timer);
      revocations.complete();
    },
  };
}
