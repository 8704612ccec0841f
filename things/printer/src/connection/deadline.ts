import { ThingError } from '@thingwright/core';

/** How long something may take. */
export interface DeadlineOptions {
  /** Milliseconds. */
  readonly timeout: number;
  /** Ends it before. */
  readonly signal?: AbortSignal | undefined;
  /** What did not come if time is over: `Printer Bob has not answered`. */
  readonly late: string;
}

/** A moment until which something has to be done, however many steps it takes: who drips bytes wins no time. */
export class Deadline {
  readonly #signal: AbortSignal | undefined;
  readonly #late: string;
  readonly #end: number;

  constructor({ timeout, signal, late }: DeadlineOptions) {
    this.#end = performance.now() + timeout;
    this.#signal = signal;
    this.#late = late;
  }

  /** @throws ThingError `aborted` by the signal, `timeout` if time is over. */
  check(): void {
    if (this.#signal?.aborted) throw new ThingError('aborted', 'It was to stop');
    if (performance.now() >= this.#end) throw this.#timeout();
  }

  /** Waits for what `begin` says is there, or went wrong; what `begin` gives back is called at the end, however it ends. */
  async wait(begin: (settle: (error?: Error) => void) => () => void): Promise<void> {
    this.check();
    const signal = this.#signal;
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        finish();
        if (error) reject(error);
        else resolve();
      };
      const stop = (): void => end(new ThingError('aborted', 'It was to stop'));
      const timer = setTimeout(() => end(this.#timeout()), Math.max(1, this.#end - performance.now()));
      signal?.addEventListener('abort', stop, { once: true });
      const finish = begin(end);
    });
  }

  /** What a promise resolves to, if it does in time; what comes of it later is nobody's concern. */
  async within<T>(work: Promise<T>): Promise<T> {
    // Time may be over already, and then nobody would hear how it fails.
    work.catch(() => undefined);
    let came: { readonly value: T } | undefined;
    await this.wait((settle) => {
      work.then(
        (value) => {
          came = { value };
          settle();
        },
        (error: unknown) => settle(error instanceof Error ? error : new Error(String(error))),
      );
      return () => undefined;
    });
    if (!came) throw this.#timeout();
    return came.value;
  }

  #timeout(): ThingError {
    return new ThingError('timeout', this.#late);
  }
}
