import type { Socket } from 'node:net';

/** Characters that may gather before they are written without waiting for the end of the loop pass. */
const WRITE_AT = 65_536;

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
  #pending = '';
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

  /** Adds frames; they leave at the end of this pass of the event loop, or at once when they are many. */
  write(frames: string): void {
    if (this.#pending === '') this.#flusher.schedule(this);
    this.#pending += frames;
    if (this.#pending.length > WRITE_AT) this.flush();
  }

  /** Hands what has gathered to the socket. */
  flush(): void {
    const frames = this.#pending;
    if (frames === '') return;
    this.#pending = '';
    if (!this.#socket.writable) return;
    if (this.#socket.write(frames, 'latin1') || this.#congested) return;
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
