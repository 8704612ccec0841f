import { microseconds } from '../wire.js';

/** How long a run may stand still. */
const PATIENCE = 20_000;

/** Whether the present run of a load generator went well. Once something has failed, so do all runs. */
export interface Verdict {
  /** Runs until `finish` or `fail`; tells how many seconds it took. Fails if `progress` stands still. */
  run(start: () => void, progress: () => number): Promise<number>;
  /** Waits for what comes before a run; rejects once something has failed, or after a while. */
  prepare(work: Promise<void>): Promise<Record<never, number>>;
  finish(): void;
  fail(why: string): void;
}

/** Makes a {@link Verdict}. */
export function createVerdict(): Verdict {
  let failure: Error | undefined;
  let end: (() => void) | undefined;
  let broken = (_error: Error): void => {};
  const breaks = new Promise<never>((_, reject) => {
    broken = reject;
  });
  breaks.catch(() => {});
  const fail = (why: string): void => {
    failure ??= new Error(why);
    broken(failure);
    end?.();
  };
  return {
    async prepare(work) {
      const watch = setTimeout(() => fail(`Not connected within ${PATIENCE / 1000} s`), PATIENCE);
      await Promise.race([work, breaks]);
      clearTimeout(watch);
      return {};
    },
    run: (start, progress) =>
      new Promise((resolve, reject) => {
        const began = microseconds();
        let last = -1;
        const watch = setInterval(() => {
          const now = progress();
          if (now === last) failure ??= new Error(`Nothing came for ${PATIENCE / 1000} s after ${now} messages`);
          if (failure) end?.();
          last = now;
        }, PATIENCE);
        end = () => {
          end = undefined;
          clearInterval(watch);
          if (failure) reject(failure);
          else resolve((microseconds() - began) / 1e6);
        };
        if (failure) end();
        else start();
      }),
    finish: () => end?.(),
    fail,
  };
}
