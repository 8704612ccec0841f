import {
  type Answer,
  type InvocationStatus,
  isMembers,
  type Notification,
  type ObserveOperation,
  parseJSON,
  ThingError,
} from '@thingwright/core';
import { decodeActionStatus } from '@thingwright/web-thing-protocol';
import { BehaviorSubject, filter, map, Observable, Subject } from 'rxjs';
import { type EventStreamOptions, openEventStream, type ReceivedEvent } from './event-stream.js';
import { type HttpAnswer, requestJson } from './http-requests.js';
import { RecentIDs } from './recent-ids.js';
import {
  type ConnectionState,
  type Gap,
  gapOf,
  kindOf,
  type RequestOperation,
  type RequestOptions,
  type Transport,
} from './transport.js';
import { expandTemplate } from './uri-template.js';

/** Invocations whose status URL is remembered. */
const REMEMBERED = 1000;

/** One Thing over HTTP: the Basic profile for requests, the SSE profile for streams. */
export class HttpChannel {
  readonly #thingID: string;
  readonly #options: EventStreamOptions;
  readonly #closing = new AbortController();
  readonly #states = new BehaviorSubject<ConnectionState>({ state: 'open', transport: 'http', attempt: 0 });
  readonly #gaps = new Subject<Gap>();
  /** URLs of ActionStatus resources by actionID, oldest first: from Location or `href`, never from a form. */
  readonly #invocations = new Map<string, string>();
  #waiting = 0;

  constructor(thingID: string, options: EventStreamOptions) {
    this.#thingID = thingID;
    this.#options = options;
  }

  /** How it stands: `waiting` while a stream is interrupted. */
  get states(): Observable<ConnectionState> {
    return this.#states.asObservable();
  }

  /** Streams that came back and may have missed something. */
  get gaps(): Observable<Gap> {
    return this.#gaps.asObservable();
  }

  /** Tells whether an invocation was made, or seen, over HTTP. */
  knows(actionID: string): boolean {
    return this.#invocations.has(actionID);
  }

  /** Gives up all requests. Streams end by unsubscribing. */
  close(): void {
    this.#closing.abort(new ThingError('disconnected', 'The Thing was closed by its consumer'));
    this.#states.complete();
    this.#gaps.complete();
  }

  /** The operations on the resource of one form. */
  at(url: string): Transport {
    return {
      request: (operation, options) => this.#request(operation, url, options),
      observe: (operation, opened) => this.#observe(operation, url, opened),
    };
  }

  async #request(operation: RequestOperation, template: string, options: RequestOptions = {}): Promise<Answer> {
    const url = expandTemplate(template, 'uriVariables' in operation ? operation.uriVariables : undefined);
    const { signal } = this.#closing;
    const send = (request: {
      readonly url: string;
      readonly method?: 'PUT' | 'POST' | 'DELETE';
      readonly body?: unknown;
    }) => requestJson({ ...request, signal, ...options }, this.#options);
    switch (operation.op) {
      case 'readproperty':
        return reading(await send({ url }));
      case 'writeproperty':
        return confirmed((await send({ url, method: 'PUT', body: operation.value })).body);
      case 'readallproperties':
        return valuesIn((await send({ url })).body, url);
      case 'writemultipleproperties':
      case 'writeallproperties':
        return valuesIn((await send({ url, method: 'PUT', body: operation.values })).body ?? {}, url);
      case 'invokeaction':
        return this.#invoked(operation.name, await send({ url, method: 'POST', body: operation.input }));
      case 'queryaction': {
        const answer = await send({ url: this.#statusURL(operation.actionID) });
        return { status: this.#status(answer.body, operation.name ?? '', answer) };
      }
      case 'cancelaction':
        await send({ url: this.#statusURL(operation.actionID), method: 'DELETE' });
        this.#invocations.delete(operation.actionID);
        return {};
      case 'queryallactions':
        return this.#statuses(await send({ url }));
      case 'readmultipleproperties':
        throw new ThingError('notAllowed', 'HTTP has no operation readmultipleproperties');
    }
  }

  #statusURL(actionID: string): string {
    const url = this.#invocations.get(actionID);
    if (url === undefined) throw new ThingError('notFound', `The URL of the invocation '${actionID}' is not known`);
    return url;
  }

  #invoked(action: string, answer: HttpAnswer): Answer {
    if (answer.status !== 201 && answer.status !== 202) return { output: answer.body };
    return { status: this.#status(answer.body ?? {}, action, answer) };
  }

  /** Reads an ActionStatus, and remembers where it can be asked for. */
  #status(body: unknown, action: string, answer: HttpAnswer): InvocationStatus {
    if (!isMembers(body)) throw new ThingError('protocol', `${answer.url} answered without an ActionStatus`);
    const place = answer.headers.get('Location') ?? (typeof body.href === 'string' ? body.href : undefined);
    const url = place === undefined ? answer.url : new URL(place, answer.url).href;
    const segment = new URL(url).pathname.split('/').findLast((part) => part !== '') ?? url;
    const status = decodeActionStatus(body, action, decodeURIComponent(segment));
    this.#remember(status.actionID, url);
    return status;
  }

  #remember(actionID: string, url: string): void {
    this.#invocations.set(actionID, url);
    if (this.#invocations.size <= REMEMBERED) return;
    for (const oldest of this.#invocations.keys()) {
      this.#invocations.delete(oldest);
      return;
    }
  }

  #statuses(answer: HttpAnswer): Answer {
    if (!isMembers(answer.body)) throw new ThingError('protocol', `${answer.url} answered without statuses`);
    const bare = { ...answer, headers: new Headers() };
    const statuses = Object.entries(answer.body).map(([action, all]) => [
      action,
      Array.isArray(all) ? all.filter(isMembers).map((status) => this.#status(status, action, bare)) : [],
    ]);
    return { statuses: Object.fromEntries(statuses) };
  }

  #observe(
    operation: ObserveOperation,
    template: string,
    opened: Parameters<Transport['observe']>[1],
  ): Observable<Notification> {
    return new Observable((subscriber) => {
      const recent = new RecentIDs(REMEMBERED);
      let isWaiting = false;
      const setWaiting = (waits: boolean, more: Pick<ConnectionState, 'delay' | 'error'> = {}): void => {
        this.#waiting += Number(waits) - Number(isWaiting);
        isWaiting = waits;
        this.#tell(more);
      };
      const events = openEventStream(expandTemplate(template), this.#options, {
        connected: () => {
          if (isWaiting) setWaiting(false);
        },
        opened: (opening) => {
          if (opening === 'gap') this.#gaps.next(gapOf(operation));
          opened(opening);
        },
        waiting: (delay, error) => setWaiting(true, { delay, error }),
      });
      const subscription = events
        .pipe(
          filter(({ id }) => id === '' || recent.add(id)),
          map((event) => this.#notification(operation, event)),
          filter((notification) => notification !== undefined),
        )
        .subscribe(subscriber);
      subscription.add(() => {
        if (isWaiting) setWaiting(false);
      });
      return subscription;
    });
  }

  #tell(more: Pick<ConnectionState, 'delay' | 'error'>): void {
    const state = this.#waiting > 0 ? 'waiting' : 'open';
    this.#states.next({ state, transport: 'http', attempt: state === 'open' ? 0 : 1, ...more });
  }

  #notification(operation: ObserveOperation, received: ReceivedEvent): Notification | undefined {
    const { event, data, id, conflated } = received;
    const name = 'name' in operation ? operation.name : event;
    const value = data === '' ? undefined : parseJSON(data);
    if (value === undefined && data !== '') {
      this.#options.log.warn(
        { thing: this.#thingID, name },
        'an event without JSON, or with too deep a one, was dropped',
      );
      return undefined;
    }
    const time = Number.isNaN(Date.parse(id)) ? '' : id;
    return {
      id,
      thing: this.#thingID,
      kind: kindOf(operation),
      name,
      value,
      time,
      ...(conflated === undefined ? {} : { conflated }),
    };
  }
}

/** Our servers say when a value is from. */
function reading({ body, headers }: HttpAnswer): Answer {
  const time = headers.get('Value-Time');
  return { value: body, ...(time === null ? {} : { time }) };
}

const confirmed = (value: unknown): Answer => (value === undefined ? {} : { value });

function valuesIn(body: unknown, url: string): Answer {
  if (!isMembers(body)) throw new ThingError('protocol', `${url} answered without an object of values`);
  return { values: body };
}
