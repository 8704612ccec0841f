import { ThingError } from '@thingwright/core';

/** How many wait for their turn, and for how long. */
export interface TurnsOptions {
  /** Further ones are refused. */
  readonly most: number;
  /** Milliseconds; who has not begun until then is refused. Default: without end. */
  readonly patience?: number;
}

/** Runs one piece of work after the other, however each ends. Who cannot have a turn is refused with a ThingError `unavailable`. */
export function createTurns({ most, patience }: TurnsOptions): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const mine = async (before: Promise<unknown>): Promise<void> => {
    if (patience === undefined) return void (await before);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new ThingError('unavailable', 'The printer is busy with others')), patience);
    });
    try {
      await Promise.race([before, late]);
    } finally {
      clearTimeout(timer);
    }
  };

  return async (work) => {
    if (waiting >= most) throw new ThingError('unavailable', 'The printer is asked for too much at once');
    waiting++;
    const before = last;
    let done = (): void => {};
    const ended = new Promise<void>((resolve) => {
      done = resolve;
    });
    // Who gives up does not let those after it begin before those ahead have ended.
    last = before.then(() => ended);
    try {
      await mine(before);
      return await work();
    } finally {
      done();
      waiting--;
    }
  };
}
