import { Connection } from './connection.js';
import type { ConnectionOptions } from './connection-options.js';
import { type ClientCredentials, createHandshake, sameCredentials } from './credentials.js';

/** What all connections of a client share. */
export interface PoolOptions extends Omit<ConnectionOptions, 'handshake' | 'explain' | 'trace'> {
  readonly fetch: typeof fetch;
}

/** The use of a shared connection; the last one to release it closes it. */
export interface Lease {
  readonly connection: Connection;
  release(): Promise<void>;
}

/** What a caller wants to be connected to. */
export interface Destination {
  readonly url: string;
  /** The credentials that go there. */
  readonly credentials: ClientCredentials;
  /** Where that place may know of other programs. */
  readonly trace: ConnectionOptions['trace'];
  readonly explain: ConnectionOptions['explain'];
}

interface Pooled {
  readonly connection: Connection;
  readonly credentials: ClientCredentials;
  readonly trace: ConnectionOptions['trace'];
  users: number;
}

/** The open connections of a client: one for each URL and credentials, never shared across credentials (WTP-006 to 008). */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #pooled = new Set<Pooled>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#pooled.size;
  }

  /** Gives the use of a connection, an existing one where there is one. */
  acquire(destination: Destination): Lease {
    const pooled = this.#find(destination) ?? this.#add(destination);
    pooled.users++;
    let released = false;
    return {
      connection: pooled.connection,
      release: async () => {
        if (released) return;
        released = true;
        pooled.users--;
        if (pooled.users > 0) return;
        this.#pooled.delete(pooled);
        await pooled.connection.close();
      },
    };
  }

  #find({ url, credentials, trace }: Destination): Pooled | undefined {
    for (const pooled of this.#pooled) {
      const { connection } = pooled;
      if (connection.isOver || connection.url !== url || pooled.trace !== trace) continue;
      if (sameCredentials(pooled.credentials, credentials)) return pooled;
    }
    return undefined;
  }

  #add({ url, credentials, trace, explain }: Destination): Pooled {
    const { fetch, ...options } = this.#options;
    const { sockets, schedule, connectTimeout } = options;
    const { canSendHeaders } = sockets;
    const handshake = createHandshake(credentials, { url, canSendHeaders, fetch, schedule, connectTimeout });
    const connection = new Connection(url, { ...options, handshake, trace, explain });
    const pooled = { connection, credentials, trace, users: 0 };
    this.#pooled.add(pooled);
    return pooled;
  }
}
