import type { Content, Form, ProtocolClient, SecurityScheme } from '@node-wot/core';
import type { ClientCredentials, ClientOptions, ConsumedThing } from '@thingwright/client';
import { type ObserveOperation, ThingError } from '@thingwright/core';
import { AFFORDANCE_TERM, parseAffordanceURI, toActionStatus } from '@thingwright/web-thing-protocol';
import { Subscription } from 'rxjs-5/Subscription.js';
import { fromContent, toContent } from './content.js';
import { invocationOperation, observeOperation, readOperation, type Target, writeOperation } from './form-operation.js';
import { requestDescription } from './request-description.js';
import { credentialsFor } from './security.js';
import { ThingPool } from './thing-pool.js';

/** What the clients of one factory share. */
export interface WebSocketClientParts {
  readonly pool: ThingPool;
  readonly options: ClientOptions;
}

/**
 * A client of node-wot that speaks the Web Thing Protocol, for one consumed Thing. Forms have to say which affordance they are for,
 * as those of our TDs do, and those that `addressed` has seen. Connections open at first use, come back when they break, and
 * subscriptions resume: nothing is lost or told twice, or the subscriber's `error` is told once that something may be lost.
 * All methods reject with a ThingError.
 */
export class WebSocketClient implements ProtocolClient {
  readonly #parts: WebSocketClientParts;
  readonly #ownsPool: boolean;
  #credentials: ClientCredentials | undefined;
  readonly #subscriptions = new Map<string, Set<Subscription>>();

  constructor(parts?: WebSocketClientParts) {
    this.#parts = parts ?? { pool: new ThingPool({}), options: {} };
    this.#ownsPool = parts === undefined;
  }

  toString(): string {
    return '[WebSocketClient]';
  }

  /** Reads a property; by a form of the whole Thing all properties, or all invocations. */
  async readResource(form: Form): Promise<Content> {
    const target = targetOf(form);
    const operation = readOperation(target);
    const { value, values, statuses } = await (await this.#reach(target)).request(operation);
    if (statuses) return toContent(statusesOf(statuses));
    return toContent(values ?? value);
  }

  /** Writes a property; by a form of the whole Thing several, by name. */
  async writeResource(form: Form, content: Content): Promise<void> {
    const target = targetOf(form);
    const operation = writeOperation(target, await fromContent(content));
    await (await this.#reach(target)).request(operation);
  }

  /**
   * Invokes an action: its output if the action is synchronous, else an ActionStatus. By a form whose only `op` is
   * `queryaction` or `cancelaction`, with the `actionID` as content: the status, or nothing.
   */
  async invokeResource(form: Form, content?: Content): Promise<Content> {
    const target = targetOf(form);
    const operation = invocationOperation(target, content && (await fromContent(content)));
    const { output, status } = await (await this.#reach(target)).request(operation);
    return toContent(status ? toActionStatus(status, false) : output);
  }

  /** Ends the observations, or the subscriptions, that this client has of the form's affordance. */
  async unlinkResource(form: Form): Promise<void> {
    const key = keyOf(targetOf(form));
    const subscriptions = this.#subscriptions.get(key) ?? [];
    this.#subscriptions.delete(key);
    for (const subscription of subscriptions) subscription.unsubscribe();
  }

  /**
   * Observes a property or subscribes to an event; by a form of the whole Thing all of them, each as `{ [name]: value }`.
   * Resolves when the Thing has confirmed it.
   */
  async subscribeResource(
    form: Form,
    next: (content: Content) => void,
    error?: (error: Error) => void,
    complete?: () => void,
  ): Promise<Subscription> {
    const target = targetOf(form);
    const operation = observeOperation(target);
    const thing = await this.#reach(target);
    return this.#observe(thing, { key: keyOf(target), operation, next, error, complete });
  }

  /** Fetches a Thing Description from the HTTP server beside the socket: `ws://h/things/lamp` is `http://h/things/lamp`. */
  async requestThingDescription(uri: string): Promise<Content> {
    const { fetch = globalThis.fetch } = this.#parts.options;
    return toContent(
      await requestDescription(uri, { fetch, credentials: this.#credentials ?? {} }),
      'application/td+json',
    );
  }

  async start(): Promise<void> {}

  /** Ends all subscriptions of this client. Its connections are the factory's, and close with that. */
  async stop(): Promise<void> {
    for (const subscriptions of this.#subscriptions.values()) for (const one of subscriptions) one.unsubscribe();
    this.#subscriptions.clear();
    if (this.#ownsPool) await this.#parts.pool.close();
  }

  /** Takes what a TD asks for (nosec, basic, bearer, auto, or a combination of them); false where that cannot be met. */
  setSecurity(metadata: SecurityScheme[], credentials?: unknown): boolean {
    this.#credentials = credentialsFor(metadata, credentials);
    return this.#credentials !== undefined;
  }

  #reach(target: Target): Promise<ConsumedThing> {
    return this.#parts.pool.reach({ url: target.url, address: target, credentials: this.#credentials });
  }

  #observe(thing: ConsumedThing, { key, operation, next, error, complete }: Observer): Promise<Subscription> {
    return new Promise((resolve, reject) => {
      let began = false;
      const opened = (opening: string): void => {
        if (!began) {
          began = true;
          this.#keep(key, handle);
          resolve(handle);
        } else if (opening !== 'complete') {
          error?.(
            new ThingError('disconnected', `The connection was interrupted: some of '${key}' may have been missed`),
          );
        }
      };
      const stream = thing.observe(operation, opened).subscribe({
        next: ({ name, value }) => next(toContent('name' in operation ? value : { [name]: value })),
        error: (thrown: unknown) => {
          const failure = ThingError.from(thrown, `'${key}' failed`);
          this.#subscriptions.get(key)?.delete(handle);
          if (began) error?.(failure);
          else reject(failure);
        },
        complete: () => {
          this.#subscriptions.get(key)?.delete(handle);
          if (began) complete?.();
          else reject(new ThingError('disconnected', `The client was closed before '${key}' began`));
        },
      });
      const handle = new Subscription(() => stream.unsubscribe());
    });
  }

  #keep(key: string, handle: Subscription): void {
    const subscriptions = this.#subscriptions.get(key) ?? new Set();
    this.#subscriptions.set(key, subscriptions.add(handle));
    handle.add(() => subscriptions.delete(handle));
  }
}

interface Observer {
  readonly key: string;
  readonly operation: ObserveOperation;
  readonly next: (content: Content) => void;
  readonly error: ((error: Error) => void) | undefined;
  readonly complete: (() => void) | undefined;
}

/** What a form is for. @throws ThingError `notAllowed` for one that does not say. */
function targetOf({ href, op, [AFFORDANCE_TERM]: uri }: Form): Target {
  const address = parseAffordanceURI(uri);
  if (!address) {
    throw new ThingError(
      'notAllowed',
      `The form for ${href} does not say in '${AFFORDANCE_TERM}' which affordance it is for: consume addressed(td)`,
    );
  }
  return { ...address, url: href, ops: op === undefined ? [] : [op].flat() };
}

const keyOf = ({ thingID, kind, name, ops }: Target): string =>
  kind === 'thing'
    ? `${thingID} ${ops.some((op) => op.endsWith('properties')) ? 'properties' : 'events'}`
    : `${thingID} ${kind} ${name}`;

type Statuses = NonNullable<Awaited<ReturnType<ConsumedThing['request']>>['statuses']>;

const statusesOf = (statuses: Statuses): object =>
  Object.fromEntries(
    Object.entries(statuses).map(([name, all]) => [name, all.map((status) => toActionStatus(status, false))]),
  );
