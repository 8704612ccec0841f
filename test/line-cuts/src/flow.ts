import type { Socket } from 'node:net';

/** How what flows is slowed down. */
export interface Slowness {
  /** Milliseconds. */
  readonly delay: number;
  /** Bytes a second. */
  readonly rate: number | undefined;
}

const UNHINDERED: Slowness = { delay: 0, rate: undefined };
/** Bytes that may wait here before the sender is made to wait. */
const MOST_WAITING = 65_536;
/** Milliseconds between two portions of a line with a rate. */
const PORTION = 50;
/** How long a tear waits for something to be torn (milliseconds). */
const PATIENCE = 100;

const nothing = (): void => {};

interface Tear {
  readonly share: number;
  readonly then: (isTorn: boolean) => void;
}

/** One direction of a line: bytes of one socket for the other, in their order, slowed, held, torn or dropped. */
export class Flow {
  readonly #from: Socket;
  readonly #to: Socket;
  #slowness = UNHINDERED;
  #queue: { bytes: Buffer; due: number }[] = [];
  #queued = 0;
  #isHeld = false;
  #isBlocked = false;
  #drops = false;
  #hasEnded = false;
  #tear: Tear | undefined;
  #timer: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on('data', (bytes) => this.#take(bytes));
    from.on('end', () => {
      this.#hasEnded = true;
      this.#pump();
    });
    to.on('drain', () => {
      this.#isBlocked = false;
      this.#pump();
    });
  }

  /** From now on what comes is slowed down; what is here already is not. */
  slow(slowness: Slowness): void {
    this.#slowness = slowness;
  }

  /** Nothing leaves, and after a little nothing is taken either: the sender's buffers fill. */
  hold(): void {
    this.#isHeld = true;
    this.#from.pause();
  }

  /** Goes on. */
  release(): void {
    this.#isHeld = false;
    this.#pump();
  }

  /** Takes everything and lets nothing leave, not even the end. */
  drop(): void {
    this.#drops = true;
    this.#queue = [];
    this.#queued = 0;
    this.#from.resume();
  }

  /** Has a part of the next chunk leave, then calls `then`; at once where nothing moves, soon where nothing comes. */
  tear(share: number, then: Tear['then']): void {
    if (this.#isHeld || this.#drops) {
      then(false);
      return;
    }
    this.#tear = { share, then };
    this.#patience = setTimeout(() => this.#torn(false), PATIENCE);
    this.#pump();
  }

  /** Forgets what waits, and all that was planned. */
  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
    this.#tear = undefined;
    this.#drops = true;
    this.#queue = [];
  }

  #take(bytes: Buffer): void {
    if (this.#drops) return;
    this.#queue.push({ bytes, due: performance.now() + this.#slowness.delay });
    this.#queued += bytes.length;
    if (this.#queued > MOST_WAITING) this.#from.pause();
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (!this.#isHeld && !this.#isBlocked && !this.#drops) {
      const [first] = this.#queue;
      if (!first) {
        if (this.#hasEnded) this.#to.end();
        break;
      }
      const wait = first.due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(wait));
        break;
      }
      if (this.#tear) {
        this.#leave(first.bytes.subarray(0, Math.floor(first.bytes.length * this.#tear.share)), () => this.#torn(true));
        this.#drops = true;
        return;
      }
      this.#send(first);
    }
    if (!this.#isHeld && this.#queued <= MOST_WAITING) this.#from.resume();
  }

  #send(first: { bytes: Buffer; due: number }): void {
    const { rate } = this.#slowness;
    const portion = rate === undefined ? first.bytes.length : Math.max(1, Math.floor((rate * PORTION) / 1000));
    const bytes = first.bytes.subarray(0, portion);
    if (portion >= first.bytes.length) {
      this.#queue.shift();
    } else {
      first.bytes = first.bytes.subarray(portion);
      first.due = performance.now() + PORTION;
    }
    this.#queued -= bytes.length;
    this.#leave(bytes, nothing);
  }

  #leave(bytes: Buffer, left: () => void): void {
    if (!this.#to.writable) left();
    else if (!this.#to.write(bytes, left)) this.#isBlocked = true;
  }

  #torn(isTorn: boolean): void {
    const tear = this.#tear;
    this.#tear = undefined;
    clearTimeout(this.#patience);
    tear?.then(isTorn);
  }
}
