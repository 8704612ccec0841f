import { type Answer, type Log, type Notification, type ObserveOperation, ThingError } from '@thingwright/core';
import { BehaviorSubject, catchError, EMPTY, merge, Observable, Subject, takeUntil } from 'rxjs';
import { ACTION_STATUS, type ConsumedChannel } from '../consumed-channel.js';
import { nameOf } from '../pending-requests.js';
import type { Schedule } from '../schedule.js';
import type { ConnectionState, Gap, Opening, RequestOperation, RequestOptions } from '../transport.js';
import { FollowedRuns } from './followed-runs.js';
import { createNotification, createReceiver } from './legacy-receiver.js';
import { requestLegacy } from './legacy-request.js';
import type { LegacyServer } from './legacy-server.js';
import type { LegacySocket, LegacySocketEvents } from './legacy-socket.js';
import { PropertyView } from './property-view.js';
import { Watches } from './watches.js';

/** What a channel to such a server is made of. */
export interface LegacyChannelParts {
  readonly id: string;
  readonly server: LegacyServer;
  /** Makes the socket; undefined where none is wanted, or there is none. */
  readonly socket: ((events: LegacySocketEvents) => LegacySocket) | undefined;
  /** Whether the socket has to open; if not, properties are polled in its place. */
  readonly needsSocket: boolean;
  /** Milliseconds between two reads of a property that its server does not tell of. */
  readonly pollInterval: number;
  readonly schedule: Schedule;
  readonly log: Log;
  /** Ends all requests. */
  readonly abort: (reason: ThingError) => void;
}

const nothing = (): void => {};

/** One Thing at a server that speaks an older dialect: requests over HTTP, changes and events over its socket. */
export class LegacyChannel implements ConsumedChannel {
  readonly tellsOfInvocations = true;
  readonly #parts: LegacyChannelParts;
  readonly #watches: Watches;
  readonly #runs: FollowedRuns;
  readonly #receive: (text: string | undefined) => void;
  readonly #views = new Set<PropertyView>();
  readonly #statuses = new Subject<Notification>();
  readonly #states = new BehaviorSubject<ConnectionState>({ state: 'connecting', transport: 'http', attempt: 0 });
  readonly #gaps = new Subject<Gap>();
  readonly #closed = new Subject<void>();
  #socket: LegacySocket | undefined;
  /** Why there is no socket. */
  #trouble: ThingError | undefined;
  #isClosed = false;

  constructor(parts: LegacyChannelParts) {
    this.#parts = parts;
    const { server, schedule, log } = parts;
    this.#watches = new Watches({
      schedule,
      log,
      send: (text) => this.#socket?.send(text),
      begin: (kind, name) => server.begin(kind, name),
      end: (kind, name) => server.end(kind, name),
      gap: (kind, name) => {
        if (kind !== 'action') this.#gaps.next({ kind, name });
      },
    });
    this.#runs = new FollowedRuns({
      schedule,
      query: (action, url) => server.query(action, url),
      tell: (data) => this.#statuses.next(createNotification(parts.id, 'event', { name: ACTION_STATUS, value: data })),
    });
    this.#receive = createReceiver({
      id: parts.id,
      server,
      log,
      watches: this.#watches,
      runs: this.#runs,
      doubt: () => {
        for (const view of this.#views) view.doubt();
      },
      gone: (error) => this.#socket?.end(error),
    });
  }

  get states(): Observable<ConnectionState> {
    return this.#states.asObservable();
  }

  get gaps(): Observable<Gap> {
    return this.#gaps.asObservable();
  }

  get closed(): Observable<void> {
    return this.#closed.asObservable();
  }

  get log(): Log {
    return this.#parts.log;
  }

  get #title(): string {
    return this.#parts.server.described.td.title;
  }

  async open(): Promise<void> {
    const { socket: open, needsSocket, log, server } = this.#parts;
    const socket = open?.({
      up: () => this.#watches.up(),
      message: (text) => this.#receive(text),
      down: (isAbrupt) => this.#watches.down(isAbrupt),
      over: (error) => {
        this.#socket = undefined;
        this.#trouble = error;
        this.#watches.failAll(error);
      },
    });
    this.#socket = socket;
    try {
      if (!socket) throw new ThingError('notAllowed', `'${this.#title}' has no WebSocket for this client`);
      await socket.open();
      socket.states.pipe(takeUntil(this.#closed)).subscribe((state) => this.#states.next(state));
    } catch (thrown) {
      const error = ThingError.from(thrown, `The WebSocket of '${this.#title}' cannot be opened`);
      this.#trouble = error;
      if (needsSocket || error.code === 'unauthenticated' || this.#isClosed) throw error;
      log.warn({ url: server.socket, code: error.code, reason: error.detail }, 'no WebSocket; properties are polled');
      this.#states.next({ state: 'open', transport: 'http', attempt: 0 });
    }
  }

  async request(operation: RequestOperation, options: RequestOptions = {}): Promise<Answer> {
    this.#refuseIfClosed();
    this.#refuseUnknown(operation);
    const { server } = this.#parts;
    if (operation.op !== 'readproperty') {
      return requestLegacy(operation, { server, runs: this.#runs }, options);
    }
    const { name } = operation;
    const views = [...this.#views].filter((view) => view.name === name).map((view) => [view, view.notified] as const);
    const value = await server.read(name, options);
    for (const [view, since] of views) view.learn(value, since);
    return { value };
  }

  observe(operation: ObserveOperation, opened: (opening: Opening) => void = nothing): Observable<Notification> {
    return this.#stream(operation, opened).pipe(takeUntil(this.#closed));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const socket = this.#socket;
    this.#closed.next();
    this.#closed.complete();
    this.#runs.stop();
    this.#parts.abort(new ThingError('disconnected', `'${this.#title}' was closed by its consumer`));
    this.#states.next({ ...this.#states.value, state: 'closed' });
    this.#states.complete();
    this.#gaps.complete();
    await socket?.close();
  }

  #stream(operation: ObserveOperation, opened: (opening: Opening) => void): Observable<Notification> {
    const { properties = {}, events = {} } = this.#parts.server.described.td;
    switch (operation.op) {
      case 'observeproperty':
        return this.#property(operation.name, opened);
      case 'subscribeevent':
        return operation.name === ACTION_STATUS ? this.#actionStatuses(opened) : this.#event(operation.name, opened);
      case 'observeallproperties': {
        const names = Object.keys(properties).filter((name) => properties[name]?.writeOnly !== true);
        return this.#all(names, (name, tell) => this.#property(name, tell), opened);
      }
      case 'subscribeallevents':
        return this.#all(Object.keys(events), (name, tell) => this.#event(name, tell), opened);
    }
  }

  /** Many streams as one: it begins when the first of them does, and one that is refused does not end the others. */
  #all(
    names: readonly string[],
    stream: (name: string, opened: (opening: Opening) => void) => Observable<Notification>,
    opened: (opening: Opening) => void,
  ): Observable<Notification> {
    const streams = names.map((name, place) =>
      stream(name, place === 0 ? opened : nothing).pipe(
        catchError((error: unknown) => {
          if (names.length === 1 || this.#isClosed) throw error;
          this.log.warn({ name, error }, 'one of all cannot be listened to');
          return EMPTY;
        }),
      ),
    );
    return merge(...streams);
  }

  #property(name: string, opened: (opening: Opening) => void): Observable<Notification> {
    const { id, server, schedule, log, pollInterval } = this.#parts;
    return new Observable((subscriber) => {
      this.#refuseIfClosed();
      this.#refuseMissing('properties', name);
      const view = new PropertyView(
        {
          name,
          schedule,
          log,
          pollInterval,
          losesChanges: server.losesChanges,
          read: () => server.read(name),
          watch: this.#socket ? (listener) => this.#watches.add('property', name, listener) : undefined,
          notification: (value) => createNotification(id, 'property', { name, value }),
        },
        {
          next: (notification) => subscriber.next(notification),
          error: (error) => subscriber.error(error),
          opened,
        },
      );
      this.#views.add(view);
      view.start();
      return () => {
        this.#views.delete(view);
        view.stop();
      };
    });
  }

  #event(name: string, opened: (opening: Opening) => void): Observable<Notification> {
    return new Observable((subscriber) => {
      this.#refuseIfClosed();
      this.#refuseMissing('events', name);
      if (!this.#socket) throw this.#trouble ?? new ThingError('notAllowed', `Event '${name}' needs a WebSocket`);
      return this.#watches.add('event', name, {
        next: (notification) => subscriber.next(notification),
        opened: (again) => opened(again ? 'gap' : 'new'),
        error: (error) => subscriber.error(error),
      });
    });
  }

  #actionStatuses(opened: (opening: Opening) => void): Observable<Notification> {
    return new Observable((subscriber) => {
      const subscription = this.#statuses.subscribe(subscriber);
      subscription.add(this.#runs.follow());
      for (const name of Object.keys(this.#parts.server.described.td.actions ?? {})) {
        const hint = { next: nothing, opened: nothing, error: nothing };
        if (this.#socket) subscription.add(this.#watches.add('action', name, hint));
      }
      opened('new');
      return subscription;
    });
  }

  #refuseIfClosed(): void {
    if (this.#isClosed) throw new ThingError('disconnected', `'${this.#title}' was closed by its consumer`);
  }

  #refuseUnknown(operation: RequestOperation): void {
    if ('uriVariables' in operation && Object.keys(operation.uriVariables ?? {}).length > 0) {
      throw new ThingError('notAllowed', `${nameOf(operation)}: this server knows no URI variables`);
    }
    if (!('name' in operation) || operation.name === undefined) return;
    this.#refuseMissing(operation.op.endsWith('property') ? 'properties' : 'actions', operation.name);
  }

  #refuseMissing(group: 'properties' | 'actions' | 'events', name: string): void {
    if (Object.hasOwn(this.#parts.server.described.td[group] ?? {}, name)) return;
    throw new ThingError('notFound', `The description of '${this.#title}' has no '${name}' among its ${group}`);
  }
}
