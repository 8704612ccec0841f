import { createSite, type Exposure, type Site, type SiteOptions } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { v5 as uuidOfName } from 'uuid';
import { openServer, type Server, type ServerParts } from './server.js';

/** A Thing to serve: its exposure, with an id of its own if it has one. */
export type ThingToServe = Exposure | { readonly exposure: Exposure; readonly id?: string };

/** What a program serves, and how. */
export interface ServeOptions extends Omit<SiteOptions, 'compileCheck'>, Omit<ServerParts, 'site'> {
  /** By name; an id is `urn:uuid:` and a UUID version 5 of the name where none is given. */
  readonly things: Readonly<Record<string, ThingToServe>>;
}

/** Things that are being served. Disposing closes the listener, then the Things. */
export interface Served extends Server {
  readonly site: Site;
}

/** Namespace of the ids that are made of names: the v5 UUID of `urn:thingwright:thing` in RFC 9562's URL namespace. */
const NAMESPACE = uuidOfName('urn:thingwright:thing', uuidOfName.URL);

/**
 * Serves Things over every binding, in one call.
 * ```ts
 * await using site = await serve({ things: { lab: exposure }, bindings: [http({ port: 8080 }), websocket()], signal })
 * ```
 * @throws ThingError `invalid` for a name that is none. Rejects as {@link openServer} does; then nothing stays open.
 */
export async function serve({ things, bindings, listen, signal, ...options }: ServeOptions): Promise<Served> {
  signal?.throwIfAborted();
  const site = createSite({ ...options, compileCheck });
  const closeSite = async (): Promise<void> => site[Symbol.asyncDispose]();
  try {
    for (const [name, thing] of Object.entries(things)) {
      const { exposure, id = `urn:uuid:${uuidOfName(name, NAMESPACE)}` } =
        'exposure' in thing ? thing : { exposure: thing };
      site.add(name, exposure, { id });
    }
    const server = await openServer({ site, bindings, ...(listen ? { listen } : {}) });
    return closeTogether(server, site, signal);
  } catch (error) {
    await closeSite();
    throw error;
  }
}

async function closeTogether(server: Server, site: Site, signal: AbortSignal | undefined): Promise<Served> {
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    await server[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  };
  const dispose = (): Promise<void> => {
    closed ??= close();
    return closed;
  };
  const onAbort = (): void => {
    dispose().catch((error: unknown) => site.log.error({ error }, 'the server could not be closed'));
  };
  if (signal?.aborted) {
    await dispose();
    signal.throwIfAborted();
  }
  signal?.addEventListener('abort', onAbort, { once: true });
  const { listener, url, tlsUrl } = server;
  return { site, listener, url, tlsUrl, [Symbol.asyncDispose]: dispose };
}
