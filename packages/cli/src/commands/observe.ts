import type { ConsumedThing } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { filter, merge, Observable } from 'rxjs';
import { consumeTarget } from '../consumed.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';
import { type FollowOptions, follow, type Line, linesOf } from './follow.js';

/** What is to be observed; no property means all. */
export interface Observation {
  readonly thing: string;
  readonly properties: readonly string[];
  readonly options: FollowOptions;
}

/** Prints properties as they change, the present values first. */
export async function observe({ thing, properties, options }: Observation, terminal: Terminal): Promise<ExitStatus> {
  await using consumed = await consumeTarget(thing, options, terminal);
  await follow(consumed, valuesOf(consumed, properties), { options, terminal });
  return EXIT.done;
}

/** Observes, then reads, and reads anew after a gap; what was read is left out if its property has changed meanwhile. */
function valuesOf(consumed: ConsumedThing, properties: readonly string[]): Observable<Line> {
  const changes = linesOf(
    properties.length === 0
      ? [consumed.observe({ op: 'observeallproperties' })]
      : properties.map((name) => consumed.observe({ op: 'observeproperty', name })),
  );
  return new Observable((subscriber) => {
    let changed = new Set<string>();
    const readAnew = (): void => {
      changed = new Set();
      const since = changed;
      present(consumed, properties).then(
        (lines) => {
          for (const line of lines) if (!since.has(line.name)) subscriber.next(line);
        },
        (error: unknown) => subscriber.error(error),
      );
    };
    const subscription = merge(changes).subscribe({
      next(line) {
        changed.add(line.name);
        subscriber.next(line);
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    subscription.add(consumed.gaps.pipe(filter(({ kind }) => kind === 'property')).subscribe(readAnew));
    readAnew();
    return subscription;
  });
}

/** The present values of those properties that have one. */
async function present(consumed: ConsumedThing, properties: readonly string[]): Promise<readonly Line[]> {
  const now = new Date().toISOString();
  const toLine = (name: string, value: unknown, time = now): Line => ({
    id: null,
    thing: consumed.id,
    name,
    value,
    time,
  });
  if (properties.length === 0)
    return Object.entries(await consumed.readAll()).map(([name, value]) => toLine(name, value));
  const read = async (name: string): Promise<readonly Line[]> => {
    try {
      const { value, time } = await consumed.request({ op: 'readproperty', name });
      return [toLine(name, value, time)];
    } catch (error) {
      if (error instanceof ThingError && error.code === 'unavailable') return [];
      throw error;
    }
  };
  return (await Promise.all(properties.map(read))).flat();
}
