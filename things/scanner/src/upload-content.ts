/** Who delivers the chunks, and can be made to wait. */
export interface Flow {
  hold(): void;
  release(): void;
}

/** Bytes that may wait for whoever stores them before the sender has to wait; two chunks of the devices that exist. */
const HIGH = 2_097_152;
/** What a chunk costs at least, however few its bytes are. */
const LEAST = 1024;

const costOf = ({ length }: Uint8Array): number => Math.max(length, LEAST);

/**
 * The bytes of one file between the socket, which pushes, and the storage, which pulls: a queue that holds its sender when it
 * is full. To be read once.
 */
export class UploadContent implements AsyncIterable<Uint8Array> {
  readonly #flow: Flow;
  #queue: Uint8Array[] = [];
  #waiting = 0;
  #isHeld = false;
  #isEnded = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  /** How many chunks were taken out: shows that the storage moves. */
  taken = 0;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  push(chunk: Uint8Array): void {
    if (this.#isEnded || this.#error) return;
    this.#queue.push(chunk);
    this.#waiting += costOf(chunk);
    if (this.#waiting >= HIGH && !this.#isHeld) {
      this.#isHeld = true;
      this.#flow.hold();
    }
    this.#wakeUp();
  }

  /** No more comes. */
  end(): void {
    this.#isEnded = true;
    this.#wakeUp();
  }

  /** No more comes, and what came is worth nothing; whoever reads gets the error. */
  fail(error: Error): void {
    if (this.#error) return;
    this.#error = error;
    this.#queue = [];
    this.#waiting = 0;
    this.#release();
    this.#wakeUp();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (this.#error) throw this.#error;
      const chunk = this.#queue.shift();
      if (chunk) {
        this.#waiting -= costOf(chunk);
        this.taken++;
        if (this.#waiting < HIGH) this.#release();
        yield chunk;
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#flow.release();
  }
}
