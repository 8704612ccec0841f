import {
  type BackOffOptions,
  createBackOff,
  type Log,
  type Model,
  silent,
  type ThingDescription,
  ThingError,
  type TraceContext,
} from '@thingwright/core';
import { sockets as platformSockets } from '#socket';
import { ConnectionPool } from './connection-pool.js';
import type { ConsumedChannel } from './consumed-channel.js';
import type { AnyModel, ConsumedThing } from './consumed-thing.js';
import { type ClientCredentials, httpOrigin } from './credentials.js';
import type { Described } from './endpoint.js';
import { describedBy, fetchDescription } from './fetch-description.js';
import { HttpChannel } from './http-channel.js';
import { type HttpOptions, requestJson } from './http-requests.js';
import { recognizeDialect } from './recognize-dialect.js';
import { platformSchedule, type Schedule } from './schedule.js';
import type { Sockets } from './socket/socket.js';
import { buildThing } from './thing-builder.js';
import { ThingChannel } from './thing-channel.js';

/** What all Things of a client share. */
export interface ClientOptions {
  readonly fetch?: typeof fetch;
  readonly log?: Log;
  /** How long it waits between attempts to reconnect. */
  readonly backOff?: BackOffOptions;
  /** Milliseconds until an unanswered request fails with `timeout`; default 30 000. */
  readonly requestTimeout?: number;
  /** Milliseconds that a WebSocket may take to open; default 10 000. */
  readonly connectTimeout?: number;
  /** Timers; for tests. */
  readonly schedule?: Schedule;
  /** WebSockets; default those of the platform. For tests. */
  readonly sockets?: Sockets;
  /**
   * Where what is done now belongs among the requests of other programs (W3C Trace Context). Asked for each request, which says
   * so by headers or members of its frame, to the origins only that get the credentials; undefined: it says nothing.
   */
  readonly trace?: () => TraceContext | undefined;
}

/** How one Thing is consumed. */
export interface ConsumeOptions extends ClientCredentials {
  /** Aborting it ends the opening, and later closes the Thing. */
  readonly signal?: AbortSignal;
  /** Only this transport; default WebSockets first, and HTTP with event streams where they cannot be had. */
  readonly transport?: 'websocket' | 'http';
  /** Origins besides the TD's own that get the credentials; a form anywhere else is used without. */
  readonly trustedOrigins?: readonly string[];
  /**
   * What its server speaks, where that is known: `labthings` and `webthings` are older dialects, recognised by themselves where their
   * descriptions are certain.
   */
  readonly dialect?: 'webthingprotocol' | 'labthings' | 'webthings';
  /** Milliseconds between two reads of a property that a server of an older dialect does not tell of; default 1000. */
  readonly pollInterval?: number;
  /**
   * Whether what the TD places at the origin of its `base` is reached at the origin that the TD comes from: a server that describes
   * itself at its public URL, asked at another address. Default false. Not for older dialects.
   */
  readonly atItsOrigin?: boolean;
  /** The TD, where it is known already; it is not fetched then, and the URL is what its references are resolved against. */
  readonly td?: ThingDescription;
}

/** Consumes Things; those at one WebSocket URL with the same credentials share its socket. */
export interface Client {
  /**
   * Consumes the Thing whose TD is at `url`, with the types of its Model. Resolves when its connection is open. Rejects with a
   * ThingError: `unauthenticated`, `forbidden`, `notFound`, `protocol` for what is no TD, `disconnected`, `aborted`, …
   */
  consume<M extends Model>(model: M, url: string, options?: ConsumeOptions): Promise<ConsumedThing<M>>;
  /** The same from the TD alone, without types. */
  consume(url: string, options?: ConsumeOptions): Promise<ConsumedThing>;
}

/** Makes a client; it holds nothing open of its own: the last Thing to be closed closes its connection. */
export function createClient(options: ClientOptions = {}): Client {
  const {
    fetch = (...request) => globalThis.fetch(...request),
    log = silent,
    requestTimeout = 30_000,
    connectTimeout = 10_000,
    schedule = platformSchedule,
    sockets = platformSockets,
    trace,
  } = options;
  const backOff = createBackOff(options.backOff);
  const pool = new ConnectionPool({ sockets, fetch, schedule, backOff, log, requestTimeout, connectTimeout });

  async function open(model: Model | undefined, url: string, consumption: ConsumeOptions): Promise<ConsumedThing> {
    const { signal, td, transport, trustedOrigins = [] } = consumption;
    if (signal?.aborted) throw aborted(url, signal);
    const trusted = new Set([httpOrigin(url), ...trustedOrigins.map(httpOrigin)]);
    const { token, basic, ticket } = consumption;
    const credentials: ClientCredentials = {
      ...(token === undefined ? {} : { token }),
      ...(basic ? { basic } : {}),
      ...(ticket ? { ticket } : {}),
    };
    const isTrusted = (target: string): boolean => trusted.has(httpOrigin(target));
    const credentialsFor = (target: string): ClientCredentials => (isTrusted(target) ? credentials : {});
    const traceFor = (target: string) => (trace && isTrusted(target) ? trace() : undefined);
    const http: HttpOptions = { fetch, schedule, requestTimeout, credentialsFor, traceFor };
    const fetched = td
      ? { description: td, from: url }
      : await fetchDescription(url, { ...http, ...(signal ? { signal } : {}) });
    const { dialect = recognizeDialect(fetched.description, fetched.from) ?? 'webthingprotocol', pollInterval = 1000 } =
      consumption;
    if (dialect === 'webthingprotocol') {
      const described = describedBy(fetched.description, fetched.from, consumption);
      const id = described.td.id ?? url;
      const channel = new ThingChannel({
        id,
        described,
        http: new HttpChannel(id, { ...http, backOff, log }),
        lease: (target) =>
          pool.acquire({
            url: target,
            credentials: credentialsFor(target),
            trace: isTrusted(target) ? trace : undefined,
            explain: () => explain(url, { ...http, requestTimeout: connectTimeout }),
          }),
        log,
        ...(transport ? { transport } : {}),
      });
      return finish({ model, url, signal, id, described, channel });
    }
    // Only those who meet such a server load what it takes.
    const { createLegacyChannel } = await import('./legacy/open-legacy.js');
    const legacy = { ...http, dialect, sockets, backOff, log, connectTimeout, pollInterval, transport };
    return finish({ model, url, signal, ...createLegacyChannel(fetched.description, fetched.from, legacy) });
  }

  async function finish({ model, url, signal, id, described, channel }: Opening): Promise<ConsumedThing> {
    if (signal?.aborted) throw aborted(url, signal);
    const close = async (): Promise<void> => {
      signal?.removeEventListener('abort', onAbort);
      await channel.close();
    };
    const onAbort = (): void => {
      close().catch((error: unknown) => log.error({ url, error }, 'a Thing could not be closed'));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await channel.open();
    } catch (thrown) {
      await close();
      throw signal?.aborted ? aborted(url, signal) : thrown;
    }
    if (signal?.aborted) throw aborted(url, signal);
    return buildThing({ id, described, channel, schedule, model, close });
  }

  function consume<M extends Model>(model: M, url: string, consumption?: ConsumeOptions): Promise<ConsumedThing<M>>;
  function consume(url: string, consumption?: ConsumeOptions): Promise<ConsumedThing>;
  function consume(
    first: Model | string,
    second?: string | ConsumeOptions,
    third: ConsumeOptions = {},
  ): Promise<ConsumedThing<AnyModel>> {
    if (typeof first === 'string') return open(undefined, first, typeof second === 'object' ? second : {});
    if (typeof second === 'string') return open(first, second, third);
    return Promise.reject(new TypeError('consume takes a Model and a URL, or a URL'));
  }

  return { consume };
}

/** Consumes one Thing with a client of its own: {@link Client.consume}. */
export function consume<M extends Model>(
  model: M,
  url: string,
  options?: ConsumeOptions & ClientOptions,
): Promise<ConsumedThing<M>>;
/** Consumes one Thing from its TD alone, with a client of its own. */
export function consume(url: string, options?: ConsumeOptions & ClientOptions): Promise<ConsumedThing>;
export function consume(
  first: Model | string,
  second?: string | (ConsumeOptions & ClientOptions),
  third: ConsumeOptions & ClientOptions = {},
): Promise<ConsumedThing> {
  if (typeof first === 'string') {
    const options = typeof second === 'object' ? second : {};
    return createClient(options).consume(first, options);
  }
  if (typeof second === 'string') return createClient(third).consume(first, second, third);
  return Promise.reject(new TypeError('consume takes a Model and a URL, or a URL'));
}

interface Opening {
  readonly model: Model | undefined;
  readonly url: string;
  readonly signal: AbortSignal | undefined;
  readonly id: string;
  readonly described: Described;
  readonly channel: ConsumedChannel;
}

const aborted = (url: string, { reason }: AbortSignal): ThingError =>
  new ThingError('aborted', `Consuming ${url} was aborted`, { cause: reason });

/** Why a WebSocket may have been refused: what its TD answers now. */
async function explain(url: string, http: HttpOptions): Promise<ThingError | undefined> {
  try {
    await requestJson({ url, method: 'HEAD', accept: 'application/td+json, application/json;q=0.9' }, http);
    return undefined;
  } catch (thrown) {
    return thrown instanceof ThingError && (thrown.code === 'unauthenticated' || thrown.code === 'forbidden')
      ? thrown
      : undefined;
  }
}
