import type { Socket } from 'node:net';
import { type Figure, readerFigures, type Site, ThingError } from '@thingwright/core';
import type { Listener, Upgrade } from '@thingwright/listener';
import { SUBPROTOCOL } from '@thingwright/web-thing-protocol';
import {
  chooseDialect,
  type Dialect,
  type Door,
  encodeWebThingsError,
  thingNotFound,
  WEBTHINGS_SUBPROTOCOL,
} from '@thingwright/web-thing-protocol/legacy';
import { type WebSocket, WebSocketServer } from 'ws';
import { Connection } from './connection.js';
import type { Conversation, ConversationHost, ConversationParts, Visitor } from './conversation.js';
import { LabThingsConversation } from './labthings-conversation.js';
import { labThingsEncoding } from './labthings-encoding.js';
import type { ConnectionLimits } from './limits.js';
import { Flusher } from './outbox.js';
import { Relays } from './relay.js';
import { WebThingConversation } from './web-thing-conversation.js';
import { webThingEncoding } from './web-thing-encoding.js';
import { WebThingsConversation } from './webthings-conversation.js';
import { webThingsEncoding } from './webthings-encoding.js';

/** The name of this binding, in figures and traces. */
const BINDING = 'websocket';

/** How each dialect is spoken. */
const CONVERSATIONS: Readonly<Record<Dialect, (parts: ConversationParts) => Conversation>> = {
  webthingprotocol: (parts) => new WebThingConversation(parts),
  webthings: (parts) => new WebThingsConversation(parts),
  labthings: (parts) => new LabThingsConversation(parts),
};

/** The server's end of all sockets of a binding. */
export class Endpoint {
  readonly #listener: Listener;
  readonly #host: ConversationHost & { readonly flusher: Flusher };
  /** By the sub-protocol that they echo. */
  readonly #servers: ReadonlyMap<string | undefined, WebSocketServer>;
  readonly #connections = new Set<Connection>();
  /** How many there are, by what they speak. */
  readonly #open: Readonly<Record<Dialect, Figure>>;

  constructor(site: Site, listener: Listener, limits: ConnectionLimits) {
    const { strict } = site;
    this.#listener = listener;
    this.#host = {
      site,
      limits,
      relays: new Relays(site.log),
      figures: readerFigures(site.meter, BINDING),
      flusher: new Flusher(),
      encodings: {
        webthingprotocol: webThingEncoding(strict),
        webthings: webThingsEncoding(strict),
        labthings: labThingsEncoding(strict),
      },
    };
    this.#servers = new Map(
      [SUBPROTOCOL, WEBTHINGS_SUBPROTOCOL, undefined].map((echoed) => [echoed, createServer(echoed, limits)]),
    );
    const open = (dialect: Dialect): Figure =>
      site.meter.gauge({
        name: 'thingwright_websockets',
        help: 'WebSockets of readers that are open.',
        labels: { dialect },
      });
    this.#open = {
      webthingprotocol: open('webthingprotocol'),
      webthings: open('webthings'),
      labthings: open('labthings'),
    };
    const pings = setInterval(() => {
      for (const connection of this.#connections) connection.checkLife();
    }, limits.pingInterval);
    const changes = site.changes.subscribe(({ type, thing }) => {
      if (type !== 'changed') for (const connection of this.#connections) connection[type](thing);
    });
    listener.closing.addEventListener('abort', () => {
      clearInterval(pings);
      changes.unsubscribe();
      for (const connection of this.#connections) connection.close(1001, 'the server is closing');
    });
  }

  /** Opens a connection. Rejects with a ThingError: `invalid` for sub-protocols, `unauthenticated`, `notFound`; in that order. */
  async accept(upgrade: Upgrade, path: Door['path']): Promise<void> {
    const { site } = this.#host;
    const { request, protocols, params } = upgrade;
    const choice = chooseDialect(protocols, { path, strict: site.strict });
    if (!choice.dialect) throw new ThingError('invalid', choice.refusal);
    const { dialect, subprotocol } = choice;
    const authentication = await this.#listener.authenticate(request);
    if (!authentication) throw new ThingError('unauthenticated', 'These Things ask who you are');
    const { principal } = authentication;
    const { name } = params;
    const sole = name === undefined ? undefined : site.things.get(name);
    if (name !== undefined && !(sole && site.isVisible(sole, principal))) {
      if (dialect !== 'webthings') throw new ThingError('notFound', 'There is no such Thing here');
      this.#upgrade(upgrade, subprotocol, (ws) => sendAway(ws, name));
      return;
    }
    const context = { principal, from: { address: this.#listener.addressOf(request) }, binding: BINDING };
    const visitor = { authentication, context, dialect, sole };
    const { socket } = upgrade;
    this.#upgrade(upgrade, subprotocol, (ws) => this.#connect(ws, socket, visitor));
  }

  #upgrade({ request, socket, head }: Upgrade, subprotocol: string | undefined, open: (ws: WebSocket) => void): void {
    this.#servers.get(subprotocol)?.handleUpgrade(request, socket, head, open);
  }

  /** By itself, so that what listens to the socket keeps nothing of the request alive. */
  #connect(ws: WebSocket, socket: Socket, visitor: Visitor): void {
    const connection = new Connection(ws, socket, {
      host: this.#host,
      visitor,
      converse: CONVERSATIONS[visitor.dialect],
    });
    const open = this.#open[visitor.dialect];
    this.#connections.add(connection);
    open.value++;
    connection.start(() => {
      this.#connections.delete(connection);
      open.value--;
    });
  }
}

const createServer = (subprotocol: string | undefined, { frameSize }: ConnectionLimits): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: frameSize,
    handleProtocols: () => subprotocol ?? false,
  });

/** WebThings' clients learn over the socket that there is no such Thing: pages cannot read an HTTP status. */
function sendAway(ws: WebSocket, name: string): void {
  ws.on('error', () => ws.terminate());
  ws.send(encodeWebThingsError(thingNotFound(name, 404)));
  ws.close(1000, 'there is no such Thing');
}
