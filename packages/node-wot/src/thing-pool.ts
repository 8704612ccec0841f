import { type ClientCredentials, type ClientOptions, type ConsumedThing, createClient } from '@thingwright/client';
import { OPERATION_NAMES, TD_CONTEXT, type ThingDescription } from '@thingwright/core';
import { type AffordanceAddress, affordanceURI, SUBPROTOCOL } from '@thingwright/web-thing-protocol';

/** Where an affordance, or a Thing as a whole, is reached, and as whom. */
export interface Destination {
  readonly url: string;
  readonly address: AffordanceAddress;
  /** Undefined: as whoever reached that Thing there before. */
  readonly credentials: ClientCredentials | undefined;
}

interface Pooled {
  readonly thing: Promise<ConsumedThing>;
  readonly credentials: ClientCredentials;
  readonly key: string;
}

/**
 * What the clients of one factory have reached. node-wot hands them forms of one affordance, never a TD, so each affordance is
 * consumed for itself; all at one URL with the same credentials share a socket, and its subscriptions.
 */
export class ThingPool {
  readonly #client;
  readonly #pooled = new Set<Pooled>();
  /** By Thing and URL. node-wot gives a client of its own, without credentials, to each call that names a form. */
  readonly #known = new Map<string, ClientCredentials>();

  constructor(options: ClientOptions) {
    this.#client = createClient(options);
  }

  /** The Thing, as far as that affordance; connects to it if nobody has. Rejects with a ThingError, and tries anew when asked again. */
  reach({ url, address, credentials }: Destination): Promise<ConsumedThing> {
    const thing = `${address.thingID} ${url}`;
    const used = credentials ?? this.#known.get(thing) ?? {};
    if (credentials) this.#known.set(thing, credentials);
    const key = `${affordanceURI(address)} ${url}`;
    for (const pooled of this.#pooled) {
      if (pooled.key === key && same(pooled.credentials, used)) return pooled.thing;
    }
    return this.#open(key, { url, address, credentials: used });
  }

  /** Closes all connections; they open again if somebody asks. */
  async close(): Promise<void> {
    const all = [...this.#pooled];
    this.#pooled.clear();
    this.#known.clear();
    await Promise.all(all.map(({ thing }) => thing.then((open) => open.close()).catch(() => undefined)));
  }

  #open(key: string, { url, address, credentials }: Destination & { credentials: ClientCredentials }) {
    const td = descriptionOf(address, url);
    const thing = this.#client.consume(url, { ...credentials, td, transport: 'websocket' });
    const pooled: Pooled = { key, credentials, thing };
    const forget = (): void => void this.#pooled.delete(pooled);
    this.#pooled.add(pooled);
    thing.then((open) => open.connection.subscribe({ next: ({ state }) => state === 'closed' && forget() }), forget);
    return thing;
  }
}

/** A TD of one affordance with all operations: the forms that node-wot keeps have said already what is offered. */
function descriptionOf({ thingID, kind, name }: AffordanceAddress, href: string): ThingDescription {
  const forms = [{ href, op: OPERATION_NAMES, subprotocol: SUBPROTOCOL }];
  const group = { [name]: { forms } };
  return {
    '@context': TD_CONTEXT,
    id: thingID,
    title: thingID,
    security: 'nosec_sc',
    securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
    ...(kind === 'property' ? { properties: group } : {}),
    ...(kind === 'action' ? { actions: group } : {}),
    ...(kind === 'event' ? { events: group } : {}),
    ...(kind === 'thing' ? { forms } : {}),
  };
}

const same = (one: ClientCredentials, other: ClientCredentials): boolean =>
  one.token === other.token && one.basic?.user === other.basic?.user && one.basic?.password === other.basic?.password;
