import type { Socket } from 'node:net';

/** Characters that may gather before they are written without waiting for the end of the loop pass. */
const WRITE_AT = 65_536;

const NOTHING: string[] = [];

/** Writes what many outboxes gathered during one pass of the event loop: one system call a socket. */
export class Flusher {
  #dirty: Outbox[] = [];

  /** Has the outbox flushed when the present pass ends. */
  schedule(outbox: Outbox): void {
    if (this.#dirty.push(outbox) === 1) setImmediate(this.#flushAll);
  }

  readonly #flushAll = (): void => {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const outbox of dirty) outbox.flush();
  };
}

/**
 * What is to leave over one socket: whole frames as Latin-1 text. It knows when the peer does not keep up: more than `limit`
 * bytes wait in our memory; `drained` is called when they have left.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #flusher: Flusher;
  readonly #limit: number;
  readonly #drained: () => void;
  /**
   * Parts of frames. They are joined only when they leave: a string that grows is a tree of small objects, which costs several
   * times as much once many frames of many sockets gather.
   */
  #parts = NOTHING;
  #length = 0;
  #congested = false;

  constructor(
    socket: Socket,
    flusher: Flusher,
    { limit, drained }: { readonly limit: number; readonly drained: () => void },
  ) {
    this.#socket = socket;
    this.#flusher = flusher;
    this.#limit = limit;
    this.#drained = drained;
  }

  /** Whether the peer is behind; what can wait should. */
  get congested(): boolean {
    return this.#congested;
  }

  /** Adds a frame, header and payload; it leaves at the end of this pass of the event loop, or at once when there are many. */
  write(header: string, start: string, end = ''): void {
    if (this.#parts === NOTHING) {
      this.#flusher.schedule(this);
      this.#parts = [header, start, end];
    } else {
      this.#parts.push(header, start, end);
    }
    this.#length += header.length + start.length + end.length;
    if (this.#length > WRITE_AT) this.flush();
  }

  /** Hands what has gathered to the socket. */
  flush(): void {
    const parts = this.#parts;
    if (parts === NOTHING) return;
    this.#parts = NOTHING;
    this.#length = 0;
    if (!this.#socket.writable) return;
    if (this.#socket.write(parts.join(''), 'latin1') || this.#congested) return;
    if (this.#socket.writableLength > this.#limit) {
      this.#congested = true;
      this.#socket.once('drain', this.#uncongest);
    }
  }

  readonly #uncongest = (): void => {
    this.#congested = false;
    this.#drained();
  };
}
