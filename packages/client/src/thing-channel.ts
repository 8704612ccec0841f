import { type Answer, type Log, type Notification, type ObserveOperation, ThingError } from '@thingwright/core';
import { BehaviorSubject, defer, filter, map, type Observable, Subject, switchMap, takeUntil } from 'rxjs';
import type { Connection } from './connection.js';
import type { Lease } from './connection-pool.js';
import { ACTION_STATUS, type ConsumedChannel } from './consumed-channel.js';
import { type Described, type Endpoint, endpointsOf, waysTo } from './endpoint.js';
import type { HttpChannel } from './http-channel.js';
import { nameOf } from './pending-requests.js';
import type { ConnectionState, Gap, Opening, RequestOperation, RequestOptions, Transport } from './transport.js';

/** What a ThingChannel is made of. */
export interface ThingChannelParts {
  readonly id: string;
  readonly described: Described;
  readonly http: HttpChannel;
  /** Gives the use of a WebSocket. */
  readonly lease: (url: string) => Lease;
  /** Only this transport; default: WebSockets first, HTTP where they cannot be had. */
  readonly transport?: 'websocket' | 'http';
  readonly log: Log;
}

const nothing = (): void => {};

/** All operations of one Thing, each over the transport that its forms allow. */
export class ThingChannel implements ConsumedChannel {
  readonly #parts: ThingChannelParts;
  readonly #leases = new Map<string, Lease>();
  /** WebSockets that could not be opened: their operations go over HTTP, where there is a form. */
  readonly #unreachable = new Map<string, ThingError>();
  readonly #states = new BehaviorSubject<ConnectionState>({ state: 'connecting', transport: 'http', attempt: 0 });
  readonly #gaps = new Subject<Gap>();
  readonly #closed = new Subject<void>();
  #isClosed = false;

  constructor(parts: ThingChannelParts) {
    this.#parts = parts;
    parts.http.gaps.pipe(takeUntil(this.#closed)).subscribe((gap) => this.#gaps.next(gap));
  }

  /** How the main connection stands, the present state first: the Thing's WebSocket, or HTTP if there is none. */
  get states(): Observable<ConnectionState> {
    return this.#states.asObservable();
  }

  /** Interruptions that may have lost something. */
  get gaps(): Observable<Gap> {
    return this.#gaps.asObservable();
  }

  /** Emits when the channel is closed. */
  get closed(): Observable<void> {
    return this.#closed.asObservable();
  }

  get log(): Log {
    return this.#parts.log;
  }

  get tellsOfInvocations(): boolean {
    return Object.hasOwn(this.#parts.described.td.events ?? {}, ACTION_STATUS);
  }

  /** Connects: to the first WebSocket of the TD, else nowhere. Rejects with a ThingError if there is no way to the Thing. */
  async open(): Promise<void> {
    const { described, transport, http } = this.#parts;
    const { webSockets, hasHttp } = waysTo(described);
    const url = transport === 'http' ? undefined : webSockets[0];
    const connection = url === undefined ? undefined : await this.#reach(url);
    if (!connection && (transport === 'websocket' || !hasHttp)) {
      const wanted = transport ?? 'WebSocket or HTTP';
      throw (
        this.#trouble(url) ??
        new ThingError('notAllowed', `The TD of '${described.td.title}' has no forms for ${wanted}`)
      );
    }
    const main = connection ? connection.states : http.states;
    main.pipe(takeUntil(this.#closed)).subscribe((state) => this.#states.next(state));
  }

  /** Runs an operation. Rejects with a ThingError. */
  async request(operation: RequestOperation, options?: RequestOptions): Promise<Answer> {
    this.#refuseIfClosed();
    const transport = await this.#route(operation);
    if (transport) return transport.request(operation, options);
    if (operation.op === 'readmultipleproperties') return this.#readOneByOne(operation.names, options);
    if (operation.op === 'writeallproperties') return this.#writeAsMultiple(operation.values, options);
    throw this.#notOffered(operation);
  }

  /** A stream that lives through interruptions; completes when the channel is closed. */
  observe(operation: ObserveOperation, opened: (opening: Opening) => void = nothing): Observable<Notification> {
    return defer(async () => {
      this.#refuseIfClosed();
      const transport = await this.#route(operation);
      if (!transport) throw this.#notOffered(operation);
      return transport;
    }).pipe(
      switchMap((transport) => transport.observe(operation, opened)),
      takeUntil(this.#closed),
    );
  }

  /** Ends all streams and requests, and lets the connections go. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed.next();
    this.#closed.complete();
    this.#parts.http.close();
    this.#states.next({ ...this.#states.value, state: 'closed' });
    this.#states.complete();
    this.#gaps.complete();
    await Promise.all([...this.#leases.values()].map((lease) => lease.release()));
  }

  #refuseIfClosed(): void {
    const { title } = this.#parts.described.td;
    if (this.#isClosed) throw new ThingError('disconnected', `'${title}' was closed by its consumer`);
  }

  /** The first endpoint that can be reached; undefined if there is no form at all. Throws if none can be reached. */
  async #route(operation: RequestOperation | ObserveOperation): Promise<Transport | undefined> {
    const { http, id } = this.#parts;
    if ('actionID' in operation && http.knows(operation.actionID)) return http.at('');
    this.#refuseUnknown(operation);
    const endpoints = this.#candidates(operation);
    for (const endpoint of endpoints) {
      if (endpoint.transport === 'http') return http.at(endpoint.url);
      const connection = await this.#reach(endpoint.url);
      if (connection) return over(connection, id);
    }
    const url = endpoints[0]?.url;
    const trouble = this.#trouble(url);
    if (url === undefined || !trouble) return undefined;
    this.#unreachable.delete(url);
    throw trouble;
  }

  #candidates(operation: RequestOperation | ObserveOperation): readonly Endpoint[] {
    const { described, transport } = this.#parts;
    // URI variables have no place in a message of the Web Thing Protocol.
    const hasVariables = 'uriVariables' in operation && Object.keys(operation.uriVariables ?? {}).length > 0;
    return endpointsOf(described, operation).filter(
      (endpoint) =>
        (transport === undefined || endpoint.transport === transport) &&
        !(hasVariables && endpoint.transport === 'websocket'),
    );
  }

  #trouble(url: string | undefined): ThingError | undefined {
    return url === undefined ? undefined : this.#unreachable.get(url);
  }

  /** An open connection to a WebSocket; undefined if it could not be opened and HTTP is a way. Throws for bad credentials. */
  async #reach(url: string): Promise<Connection | undefined> {
    if (this.#unreachable.has(url)) return undefined;
    const lease = this.#leases.get(url) ?? this.#lease(url);
    try {
      await lease.connection.opened;
      return lease.connection;
    } catch (thrown) {
      const error = ThingError.from(thrown, `${url} cannot be opened`);
      this.#leases.delete(url);
      await lease.release();
      if (error.code === 'unauthenticated' || error.code === 'forbidden' || this.#isClosed) throw error;
      this.#unreachable.set(url, error);
      this.#parts.log.warn(
        { url, code: error.code, reason: error.detail },
        'no WebSocket; HTTP is used where it can be',
      );
      return undefined;
    }
  }

  #lease(url: string): Lease {
    this.#refuseIfClosed();
    const { lease: acquire, id } = this.#parts;
    const lease = acquire(url);
    this.#leases.set(url, lease);
    lease.connection.gaps
      .pipe(
        filter(({ thingID }) => thingID === id),
        map(({ thingID: _thingID, ...gap }) => gap),
        takeUntil(this.#closed),
      )
      .subscribe((gap) => this.#gaps.next(gap));
    return lease;
  }

  async #readOneByOne(names: readonly string[], options: RequestOptions | undefined): Promise<Answer> {
    const read = async (name: string) =>
      [name, (await this.request({ op: 'readproperty', name }, options)).value] as const;
    return { values: Object.fromEntries(await Promise.all(names.map(read))) };
  }

  async #writeAsMultiple(
    values: Readonly<Record<string, unknown>>,
    options: RequestOptions | undefined,
  ): Promise<Answer> {
    const { td } = this.#parts.described;
    const missing = Object.entries(td.properties ?? {}).filter(
      ([name, { readOnly }]) => readOnly !== true && !Object.hasOwn(values, name),
    );
    if (missing.length > 0) {
      const names = missing.map(([name]) => `'${name}'`).join(', ');
      throw new ThingError('invalid', `Writing all properties of '${td.title}' lacks ${names}`);
    }
    return this.request({ op: 'writemultipleproperties', values }, options);
  }

  /** Top-level forms may take any name; what the TD does not describe is not there all the same. */
  #refuseUnknown(operation: RequestOperation | ObserveOperation): void {
    const { td } = this.#parts.described;
    const group = groupOf(operation.op);
    if (!group || !('name' in operation) || operation.name === undefined) return;
    if (Object.hasOwn(td[group] ?? {}, operation.name)) return;
    throw new ThingError(
      'notFound',
      `The TD of '${td.title}' has no '${operation.name}' among its ${group}, or none for you`,
    );
  }

  #notOffered(operation: RequestOperation | ObserveOperation): ThingError {
    const { td } = this.#parts.described;
    const over = this.#parts.transport === undefined ? '' : ` over ${this.#parts.transport}`;
    return new ThingError(
      'notAllowed',
      `The TD of '${td.title}' does not offer ${nameOf(operation)}${over} to this client`,
    );
  }
}

function groupOf(op: (RequestOperation | ObserveOperation)['op']): 'properties' | 'actions' | 'events' | undefined {
  if (op.endsWith('property')) return 'properties';
  if (op.endsWith('event')) return 'events';
  return op.endsWith('action') ? 'actions' : undefined;
}

const over = (connection: Connection, id: string): Transport => ({
  request: (operation, options) => connection.request(id, operation, options?.timeout),
  observe: (operation, opened) => connection.observe(id, operation, opened),
});
