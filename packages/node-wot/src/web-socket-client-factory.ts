import type { ProtocolClient, ProtocolClientFactory } from '@node-wot/core';
import type { ClientOptions } from '@thingwright/client';
import { ThingPool } from './thing-pool.js';
import { WebSocketClient } from './web-socket-client.js';

/**
 * Gives a Servient clients for `ws` forms of the Web Thing Protocol. All clients of a factory share its connections, which the
 * Servient's shutdown closes.
 */
export class WebSocketClientFactory implements ProtocolClientFactory {
  readonly scheme: string = 'ws';
  readonly #options: ClientOptions;
  readonly #pool: ThingPool;

  /** Time-outs, back-off and log of the connections; `null`, as node-wot's binding takes it, stands for the defaults. */
  constructor(options?: ClientOptions | null) {
    this.#options = options ?? {};
    this.#pool = new ThingPool(this.#options);
  }

  getClient(): ProtocolClient {
    return new WebSocketClient({ pool: this.#pool, options: this.#options });
  }

  init(): boolean {
    return true;
  }

  /** Begins to close all connections. */
  destroy(): boolean {
    void this.#pool.close();
    return true;
  }
}

/** The same for `wss` forms. Certificates are checked by Node: `NODE_EXTRA_CA_CERTS` names further authorities. */
export class WebSocketSecureClientFactory extends WebSocketClientFactory {
  override readonly scheme: string = 'wss';
}
