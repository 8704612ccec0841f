import { ThingError } from '@thingwright/core';

/** Runs one piece of work after the other, however each ends; `most` wait, further ones are refused with `unavailable`. */
export function createTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= most) throw new ThingError('unavailable', 'The printer is asked for too much at once');
    waiting++;
    const before = last;
    const mine = (async () => {
      await before.catch(() => undefined);
      return work();
    })();
    last = mine;
    try {
      return await mine;
    } finally {
      waiting--;
    }
  };
}
