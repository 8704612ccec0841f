import { type ClientCredentials, type ClientOptions, type ConsumedThing, createClient } from '@thingwright/client';
import { OPERATION_NAMES, type ThingDescription } from '@thingwright/core';
import { SUBPROTOCOL } from '@thingwright/web-thing-protocol';

/** Where a Thing is reached, and as whom. */
export interface Destination {
  readonly url: string;
  readonly thingID: string;
  /** Undefined: as whoever reached it there before. */
  readonly credentials: ClientCredentials | undefined;
}

interface Pooled {
  readonly thing: Promise<ConsumedThing>;
  readonly credentials: ClientCredentials;
  readonly key: string;
}

/** The Things that the clients of one factory have reached; those at one URL with the same credentials share a socket. */
export class ThingPool {
  readonly #client;
  readonly #pooled = new Set<Pooled>();
  /** By Thing and URL. node-wot gives a client of its own, without credentials, to each call that names a form. */
  readonly #known = new Map<string, ClientCredentials>();

  constructor(options: ClientOptions) {
    this.#client = createClient(options);
  }

  /** The Thing; connects to it if nobody has. Rejects with a ThingError, and tries anew when asked again. */
  reach({ url, thingID, credentials }: Destination): Promise<ConsumedThing> {
    const key = `${thingID} ${url}`;
    const used = credentials ?? this.#known.get(key) ?? {};
    if (credentials) this.#known.set(key, credentials);
    for (const pooled of this.#pooled) {
      if (pooled.key === key && same(pooled.credentials, used)) return pooled.thing;
    }
    return this.#open({ key, url, thingID, credentials: used });
  }

  /** Closes all connections; they open again if somebody asks. */
  async close(): Promise<void> {
    const all = [...this.#pooled];
    this.#pooled.clear();
    this.#known.clear();
    await Promise.all(all.map(({ thing }) => thing.then((open) => open.close()).catch(() => undefined)));
  }

  #open({
    key,
    url,
    thingID,
    credentials,
  }: Destination & { key: string; credentials: ClientCredentials }): Promise<ConsumedThing> {
    const thing = this.#client.consume(url, {
      ...credentials,
      td: descriptionOf(thingID, url),
      transport: 'websocket',
    });
    const pooled: Pooled = { key, credentials, thing };
    const forget = (): void => void this.#pooled.delete(pooled);
    this.#pooled.add(pooled);
    thing.then((open) => open.connection.subscribe({ next: ({ state }) => state === 'closed' && forget() }), forget);
    return thing;
  }
}

/** All operations of a Thing over one socket: the forms that node-wot keeps have said already what is offered. */
const descriptionOf = (id: string, href: string): ThingDescription => ({
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  id,
  title: id,
  security: 'nosec_sc',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  forms: [{ href, op: OPERATION_NAMES, subprotocol: SUBPROTOCOL }],
});

const same = (one: ClientCredentials, other: ClientCredentials): boolean =>
  one.token === other.token && one.basic?.user === other.basic?.user && one.basic?.password === other.basic?.password;
