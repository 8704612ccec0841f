import { ThingError } from '@thingwright/core';

/** The ThingError that something ends with. */
export async function refusal(work: Promise<unknown>): Promise<ThingError> {
  const thrown = await work.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (thrown instanceof ThingError) return thrown;
  throw thrown;
}
