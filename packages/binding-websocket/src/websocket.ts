import type { Socket } from 'node:net';
import { type Authentication, type Site, type Thing, ThingError } from '@thingwright/core';
import type { Binding, Listener, ListenOptions, Upgrade } from '@thingwright/listener';
import {
  AFFORDANCE_PREFIXES,
  SHARED_SOCKET_PATH,
  SUBPROTOCOL,
  webThingProtocolForms,
  withAffordance,
} from '@thingwright/web-thing-protocol';
import { filter } from 'rxjs';
import { type WebSocket, WebSocketServer } from 'ws';
import { Connection, type ConnectionHost, type Visitor } from './connection.js';
import { type ConnectionLimits, DEFAULT_LIMITS } from './limits.js';
import { Flusher } from './outbox.js';
import { Relays } from './relay.js';

/** How the Web Thing Protocol is served. */
export interface WebSocketOptions extends Partial<ConnectionLimits> {
  /** Where to listen, if no other binding of the program says so. */
  readonly listen?: ListenOptions;
}

/**
 * Serves all operations of all Things over the Web Thing Protocol: on `/things` every Thing that the caller may see, on
 * `/things/{name}` that one. Upgrades without the sub-protocol are refused with 400, without credentials with 401.
 */
export function websocket(options: WebSocketOptions = {}): Binding {
  const { listen, ...limits } = options;
  return {
    ...(listen ? { listen } : {}),
    open(site, listener) {
      if (site.strict) site.addForms(webThingProtocolForms);
      else site.addForms(withAffordance(webThingProtocolForms), AFFORDANCE_PREFIXES);
      const endpoint = new Endpoint(site, listener, { ...DEFAULT_LIMITS, ...limits });
      listener.upgrade(SHARED_SOCKET_PATH, (upgrade) => endpoint.accept(upgrade));
      listener.upgrade(`${SHARED_SOCKET_PATH}/:name`, (upgrade) => endpoint.accept(upgrade));
    },
  };
}

/** The server's end of all sockets of a binding. */
class Endpoint {
  readonly #listener: Listener;
  readonly #host: ConnectionHost;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<Connection>();

  constructor(site: Site, listener: Listener, limits: ConnectionLimits) {
    this.#listener = listener;
    this.#host = { site, limits, relays: new Relays(site.log), flusher: new Flusher() };
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.frameSize,
      handleProtocols: () => SUBPROTOCOL,
    });
    const pings = setInterval(() => {
      for (const connection of this.#connections) connection.checkLife();
    }, limits.pingInterval);
    const removals = site.changes.pipe(filter(({ type }) => type === 'removed')).subscribe(({ thing }) => {
      for (const connection of this.#connections) connection.removed(thing);
    });
    listener.closing.addEventListener('abort', () => {
      clearInterval(pings);
      removals.unsubscribe();
      for (const connection of this.#connections) connection.close(1001, 'the server is closing');
    });
  }

  async accept(upgrade: Upgrade): Promise<void> {
    const { request, socket, head, protocols } = upgrade;
    const authentication = await this.#listener.authenticate(request);
    if (!authentication) throw new ThingError('unauthenticated', 'These Things ask who you are');
    const sole = this.#soleThing(upgrade, authentication);
    if (!protocols.includes(SUBPROTOCOL)) {
      throw new ThingError('invalid', `This path speaks the WebSocket sub-protocol ${SUBPROTOCOL}`);
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#connect(ws, socket, { authentication, sole }));
  }

  /** By itself, so that what listens to the socket keeps nothing of the request alive. */
  #connect(ws: WebSocket, socket: Socket, visitor: Visitor): void {
    const connection = new Connection(ws, socket, { host: this.#host, visitor });
    this.#connections.add(connection);
    connection.start(() => this.#connections.delete(connection));
  }

  #soleThing({ params: { name } }: Upgrade, { principal }: Authentication): Thing | undefined {
    if (name === undefined) return undefined;
    const { site } = this.#host;
    const thing = site.things.get(name);
    if (!thing || !site.isVisible(thing, principal)) throw new ThingError('notFound', 'There is no such Thing here');
    return thing;
  }
}
