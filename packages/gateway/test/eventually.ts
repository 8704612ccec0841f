import { ThingError } from '@thingwright/core';

/** Asks again while the answer is `unavailable`: a foreign Thing is reached by and by. */
export async function eventually<T>(ask: () => Promise<T> | undefined): Promise<T | undefined> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ThingError && error.code === 'unavailable')) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
