/** What a WebSocket is opened with. */
export interface SocketRequest {
  readonly url: string;
  readonly protocols: readonly string[];
  /** Headers of the upgrade request; a browser cannot send any. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a socket ended, or why it never opened. */
export interface SocketEnd {
  /** Close code of RFC 6455; 1006 where there was none. */
  readonly code: number;
  readonly reason: string;
  /** HTTP status of a refused upgrade, where the platform tells. */
  readonly status?: number;
  /** Seconds, from the Retry-After header of a refusal. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** What a socket tells; nothing comes after `close`. */
export interface SocketEvents {
  /** It is open; `protocol` is the sub-protocol that the server chose, or empty. */
  open(protocol: string): void;
  /** A text frame; undefined for a binary one. */
  message(text: string | undefined): void;
  /** A sign of life that is no message. */
  alive(): void;
  close(end: SocketEnd): void;
}

/** One WebSocket, over whatever the platform has. */
export interface Socket {
  send(text: string): void;
  /** Asks the peer for a sign of life; where the platform cannot, there is no such member. */
  readonly ping?: () => void;
  /** Begins the closing handshake. */
  close(code: number, reason: string): void;
  /** Ends it at once. */
  terminate(): void;
}

/** The WebSockets of a platform. */
export interface Sockets {
  /** Opens one; all that happens to it comes through `events`. @throws SyntaxError for a URL that is none. */
  readonly openSocket: (request: SocketRequest, events: SocketEvents) => Socket;
  /** Whether the upgrade request can carry headers. */
  readonly canSendHeaders: boolean;
}
