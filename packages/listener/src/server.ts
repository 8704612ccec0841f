import type { Site } from '@thingwright/core';
import type { Binding } from './binding.js';
import { type Listener, type ListenOptions, openListener } from './listener.js';

/** What a server is opened with. */
export interface ServerParts {
  readonly site: Site;
  /** How the Things of the Site are reached; all share one listener. */
  readonly bindings: readonly Binding[];
  /** Where to listen; goes before what the bindings wish. */
  readonly listen?: ListenOptions;
  /** Closes the server when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/** A Site that is being served. Disposing it closes the listener; the Site stays. */
export interface Server extends AsyncDisposable {
  readonly listener: Listener;
  /** Base URL: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Base URL of the TLS door, if there is one. */
  readonly tlsUrl: string | undefined;
}

/**
 * Serves a Site that somebody else made and closes: opens one listener, then every binding, then listens.
 * @throws TypeError if two bindings wish for different ports, hosts or certificates and `listen` does not decide. Rejects
 * with a ListenError for a port that cannot be had, with the signal's reason if that has fired.
 */
export async function openServer({ site, bindings, listen, signal }: ServerParts): Promise<Server> {
  signal?.throwIfAborted();
  const listener = openListener(joinListenOptions(bindings, listen), site);
  const dispose = async (): Promise<void> => listener[Symbol.asyncDispose]();
  try {
    for (const binding of bindings) await binding.open(site, listener);
    signal?.throwIfAborted();
    await listener.listen();
    signal?.throwIfAborted();
  } catch (error) {
    await dispose();
    throw error;
  }
  const onAbort = (): void => {
    dispose().catch((error: unknown) => site.log.error({ error }, 'the server could not be closed'));
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    listener,
    url: listener.url,
    tlsUrl: listener.tlsUrl,
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener('abort', onAbort);
      await dispose();
    },
  };
}

/**
 * Joins the wishes of several bindings; lists are joined, anything else has to agree. `decided` goes before all of them.
 * @throws TypeError where two wishes differ.
 */
export function joinListenOptions(bindings: readonly Binding[], decided: ListenOptions = {}): ListenOptions {
  const joined = new Map<string, unknown>();
  const settled = new Map(Object.entries(decided).filter(([, value]) => value !== undefined));
  for (const { listen = {} } of bindings) {
    for (const [name, wish] of Object.entries(listen)) {
      if (wish === undefined || settled.has(name)) continue;
      const before = joined.get(name);
      if (Array.isArray(wish) && Array.isArray(before)) joined.set(name, [...new Set([...before, ...wish])]);
      else if (before === undefined || before === wish) joined.set(name, wish);
      else throw new TypeError(`Two bindings disagree on '${name}': ${String(before)} and ${String(wish)}`);
    }
  }
  return { ...Object.fromEntries(joined), ...decided };
}
