import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { ExposedThing, ProtocolServer, Servient } from '@node-wot/core';
import { websocket } from '@thingwright/binding-websocket';
import { createSite, type Site, type SiteOptions, silent, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { type OpenListener, openListener } from '@thingwright/listener';
import { answerWithDescription } from './answer-with-description.js';
import { adaptExposedThing } from './exposed-thing.js';
import { addForms, nameFor, originsOf } from './server-forms.js';

/** node-wot's HTTP server, whose port a {@link WebSocketServer} can share. */
export interface SharedHttpServer {
  readonly scheme: string;
  getServer(): Server | TlsServer;
  getPort(): number;
}

/** Where to listen, and who may connect. */
export interface WebSocketServerConfig
  extends Partial<Pick<SiteOptions, 'authenticate' | 'policy' | 'security' | 'log' | 'journal'>> {
  /** Default 8081; 0 picks a free one. */
  readonly port?: number;
  /** Default: all addresses of this machine, as node-wot's servers do. */
  readonly address?: string;
  /** Files with key and certificate in PEM; with both it is a `wss` server. */
  readonly serverKey?: string;
  readonly serverCert?: string;
  /** Origins besides our own whose pages may connect. */
  readonly allowOrigins?: readonly string[];
}

/** Milliseconds that open sockets have to close when the server stops. */
const GRACE = 2000;

/**
 * Serves the exposed Things of a Servient over the Web Thing Protocol: all of them on `/things`, each on `/things/{name}`, where
 * its Thing Description is read over HTTP. Every subscriber gets every event, and every change of a property, once.
 */
export class WebSocketServer implements ProtocolServer {
  readonly scheme: string;
  readonly #config: WebSocketServerConfig;
  readonly #isShared: boolean;
  readonly #server: Server | TlsServer;
  readonly #sockets = new Set<Socket>();
  readonly #site: Site;
  readonly #listener: OpenListener;
  /** Exposed before the port was known. */
  readonly #waiting = new Set<ExposedThing>();
  #isReady = false;

  /** @throws Error if key or certificate cannot be read. */
  constructor(serverOrConfig: SharedHttpServer | WebSocketServerConfig = {}) {
    this.#isShared = isSharedServer(serverOrConfig);
    this.#config = isSharedServer(serverOrConfig) ? {} : serverOrConfig;
    const { authenticate, policy, security, journal, log = silent, allowOrigins } = this.#config;
    this.#site = createSite({
      compileCheck,
      log,
      ...(authenticate ? { authenticate } : {}),
      ...(policy ? { policy } : {}),
      ...(security ? { security } : {}),
      ...(journal ? { journal } : {}),
    });
    this.#listener = openListener(allowOrigins ? { allowOrigins } : {}, this.#site);
    this.#server = isSharedServer(serverOrConfig)
      ? serverOrConfig.getServer()
      : createOwnServer(this.#config, { site: this.#site, listener: this.#listener });
    this.scheme = this.#server instanceof TlsServer ? 'wss' : 'ws';
  }

  /** Opens the port, unless it is another server's. Rejects if it cannot be had. */
  async start(_servient: Servient): Promise<void> {
    await websocket().open(this.#site, this.#listener);
    this.#server.on('upgrade', this.#listener.dispatch);
    this.#server.on('connection', this.#track);
    await this.#listening();
    this.#isReady = true;
    for (const thing of this.#waiting) this.#open(thing);
    this.#waiting.clear();
  }

  /** Closes all sockets, and the port if it is ours. */
  async stop(): Promise<void> {
    this.#isReady = false;
    this.#server.off('upgrade', this.#listener.dispatch);
    const closed = this.#isShared || !this.#server.listening ? undefined : closing(this.#server, this.#sockets);
    await this.#listener[Symbol.asyncDispose]();
    await this.#site[Symbol.asyncDispose]();
    await closed;
    this.#server.off('connection', this.#track);
  }

  /** The port; -1 while it is not open. */
  getPort(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : -1;
  }

  /** Serves a Thing, and adds our forms to it. Rejects with a ThingError `invalid` for one that cannot be served. */
  async expose(thing: ExposedThing): Promise<void> {
    if (this.#isReady) this.#open(thing);
    else this.#waiting.add(thing);
  }

  /** Serves a Thing no longer; whether there was one. */
  async destroy(thingID: string): Promise<boolean> {
    for (const thing of this.#waiting) if (thing.id === thingID) return this.#waiting.delete(thing);
    const served = this.#site.byID(thingID);
    if (served) await this.#site.remove(served.name);
    return served !== undefined;
  }

  #open(thing: ExposedThing): void {
    if (thing.id === '') throw new ThingError('invalid', `'${thing.title}' has no id`);
    const { exposure, begin } = adaptExposedThing(thing, this.#site.log);
    const served = this.#site.add(nameFor(thing.title, this.#site), exposure, { id: thing.id });
    const origins = originsOf({ scheme: this.scheme, address: this.#config.address, port: this.getPort() });
    begin(addForms(thing, served, { origins, security: this.#site.security }));
  }

  readonly #track = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  };

  #listening(): Promise<void> {
    const { port = 8081, address } = this.#config;
    return new Promise((resolve, reject) => {
      if (this.#server.listening) {
        resolve();
        return;
      }
      this.#server.once('error', reject);
      this.#server.once('listening', () => {
        this.#server.off('error', reject);
        resolve();
      });
      if (!this.#isShared) this.#server.listen({ port, ...(address === undefined ? {} : { host: address }) });
    });
  }
}

const isSharedServer = (value: SharedHttpServer | WebSocketServerConfig): value is SharedHttpServer =>
  'getServer' in value && typeof value.getServer === 'function';

function createOwnServer(
  { serverKey, serverCert }: WebSocketServerConfig,
  parts: { readonly site: Site; readonly listener: OpenListener },
): Server | TlsServer {
  const answer = answerWithDescription(parts);
  if (serverKey === undefined || serverCert === undefined) return createServer(answer);
  return createTlsServer(
    { key: readFileSync(serverKey), cert: readFileSync(serverCert), minVersion: 'TLSv1.2' },
    answer,
  );
}

/** Resolves once a server has no connection any more; those that do not close in time are cut. */
function closing(server: Server | TlsServer, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, GRACE);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
