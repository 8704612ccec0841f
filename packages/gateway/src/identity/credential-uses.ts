import { createHmac, randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type Authentication, type Grant, type Now, type Principal, ThingError } from '@thingwright/core';

/** Who came in, and with what. */
export interface CredentialUse {
  readonly principal: Principal;
  /** Tells it from the other credentials of the principal. */
  readonly credential: string;
  /** Milliseconds since 1970 at which it ends. */
  readonly until?: number | undefined;
  /** Grants that come with the credential, besides those of the principal. */
  readonly claimed?: readonly Grant[];
}

/** A secret that was verified, and for how long (milliseconds since 1970) nobody has to verify it again. */
export interface Remembered {
  readonly proof: string;
  readonly until?: number | undefined;
}

/**
 * The credentials with which users and services are in at the moment, and what ends with each. Whoever changes principals or
 * credentials in the store has to say so here, after that. Disposing stops its timers.
 */
export interface CredentialUses extends Disposable {
  /** Rises whenever what was looked up before may no longer be so; then it has to be looked up again. */
  readonly generation: number;
  /** The Authentication of somebody whom the store knows; one and the same for a credential as long as nothing ends. */
  take(use: CredentialUse, remembered?: Remembered): Authentication;
  /** What was remembered of a proof, such as a kind and a secret; undefined if it has to be verified. */
  recall(proof: string): Authentication | undefined;
  /**
   * Fires when the credential beneath an Authentication is over; `ended` of the Authentication fires also when rights were taken away.
   * Undefined if it rests on none of ours.
   */
  lifetimeOf(authentication: Authentication): AbortSignal | undefined;
  /** A principal has those grants now. What was taken away ends streams and sockets, which may come again. */
  granted(id: string, grants: readonly Grant[], options?: { readonly taken?: boolean }): void;
  /** A credential ends at that moment, if not sooner. */
  endAt(id: string, credential: string, until: number): void;
  /** Ends credentials of a principal now; default: all. */
  end(id: string, reason: string, credentials?: ReadonlySet<string>): void;
}

interface Use {
  readonly id: string;
  readonly credential: string;
  readonly claimed: readonly Grant[];
  readonly over: AbortController;
  readonly principal: Principal;
  grants: readonly Grant[];
  ending: AbortController;
  authentication: Authentication;
  until: number;
  timer?: NodeJS.Timeout;
}

/** Uses and remembered proofs at most; beyond that the oldest give way, and what stands on an old use ends. */
const MOST = 20_000;

/** Milliseconds after which a timer looks at the clock again, which may have been set meanwhile. */
const LONGEST_WAIT = 60_000;

/** Makes an empty set. */
export function createCredentialUses({
  now = Date.now,
  most = MOST,
}: {
  readonly now?: Now;
  readonly most?: number;
} = {}): CredentialUses {
  const key = randomBytes(32);
  const uses = new Map<string, Map<string, Use>>();
  /** All uses, the oldest first. */
  const order = new Set<Use>();
  const remembered = new Map<string, { readonly use: Use; readonly until: number }>();
  const lifetimes = new WeakMap<Authentication, AbortSignal>();
  let generation = 0;

  const digest = (proof: string): string => createHmac('sha256', key).update(proof).digest('base64');
  const of = (id: string): readonly Use[] => [...(uses.get(id)?.values() ?? [])];

  const finish = (use: Use, reason: string): void => {
    clearTimeout(use.timer);
    order.delete(use);
    const siblings = uses.get(use.id);
    if (siblings?.get(use.credential) === use) siblings.delete(use.credential);
    if (siblings?.size === 0) uses.delete(use.id);
    const error = new ThingError('unauthenticated', reason);
    use.over.abort(error);
    use.ending.abort(error);
  };

  const watch = (use: Use): void => {
    clearTimeout(use.timer);
    if (use.until === Number.POSITIVE_INFINITY) return;
    const rest = use.until - now();
    if (rest <= 0) finish(use, 'The credentials have expired');
    else use.timer = setTimeout(() => watch(use), Math.min(rest, LONGEST_WAIT)).unref();
  };

  /** Begins a new stretch in which nothing is taken away from who holds the credential. */
  const begin = (use: Use): void => {
    use.ending = new AbortController();
    // As many as there are streams and sockets: Node would take more than ten for a leak, and say so.
    setMaxListeners(0, use.ending.signal);
    use.authentication = { principal: use.principal, ended: use.ending.signal };
    lifetimes.set(use.authentication, use.over.signal);
  };

  const open = ({ principal: { id, kind, grants }, credential, claimed = [], until }: CredentialUse): Use => {
    const principal: Principal = {
      id,
      kind,
      get grants() {
        return use.grants;
      },
    };
    const ending = new AbortController();
    const use: Use = {
      id,
      credential,
      claimed,
      principal,
      over: new AbortController(),
      grants: [...claimed, ...grants],
      ending,
      authentication: { principal, ended: ending.signal },
      until: until ?? Number.POSITIVE_INFINITY,
    };
    begin(use);
    const siblings = uses.get(id) ?? new Map<string, Use>();
    uses.set(id, siblings.set(credential, use));
    order.add(use);
    const [oldest] = order;
    if (order.size > most && oldest) finish(oldest, 'Too many others came in since');
    watch(use);
    return use;
  };

  const remember = (use: Use, { proof, until = use.until }: Remembered): void => {
    const [oldest] = remembered.keys();
    if (remembered.size >= most && oldest !== undefined) remembered.delete(oldest);
    remembered.set(digest(proof), { use, until: Math.min(until, use.until) });
  };

  return {
    get generation() {
      return generation;
    },
    take(wanted, proven) {
      const use = uses.get(wanted.principal.id)?.get(wanted.credential) ?? open(wanted);
      if (proven && !use.over.signal.aborted) remember(use, proven);
      return use.authentication;
    },
    recall(proof) {
      const hashed = digest(proof);
      const found = remembered.get(hashed);
      if (!found) return undefined;
      const { use, until } = found;
      if (!use.over.signal.aborted && Math.min(until, use.until) > now()) return use.authentication;
      remembered.delete(hashed);
      return undefined;
    },
    lifetimeOf: (authentication) => lifetimes.get(authentication),
    granted(id, grants, { taken = false } = {}) {
      generation++;
      for (const use of of(id)) {
        use.grants = [...use.claimed, ...grants];
        if (!taken) continue;
        const { ending } = use;
        begin(use);
        ending.abort(
          new ThingError('unauthenticated', 'Rights were taken away; come in again with those that are left'),
        );
      }
    },
    endAt(id, credential, until) {
      generation++;
      const use = uses.get(id)?.get(credential);
      if (!use || use.until <= until) return;
      use.until = until;
      watch(use);
    },
    end(id, reason, credentials) {
      generation++;
      for (const use of of(id)) if (!credentials || credentials.has(use.credential)) finish(use, reason);
    },
    [Symbol.dispose]() {
      for (const { timer } of order) clearTimeout(timer);
    },
  };
}
