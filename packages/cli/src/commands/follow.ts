import type { ConsumedThing } from '@thingwright/client';
import type { Notification } from '@thingwright/core';
import { finalize, from as fromPromise, lastValueFrom, map, merge, type Observable, take, takeUntil, tap } from 'rxjs';
import type { ThingCommandOptions } from '../target.js';
import { show, type Terminal } from '../terminal.js';
import { troublesOf } from './troubles.js';

/** Options of `observe` and `events`. */
export interface FollowOptions extends ThingCommandOptions {
  readonly count?: number;
}

/** Something to print: a notification, or a present value, which has no id. */
export interface Line extends Pick<Notification, 'thing' | 'name' | 'value' | 'time'> {
  readonly id: string | null;
}

/** Prints lines as they come, until ^C or until there were as many as asked for. */
export async function follow(
  consumed: ConsumedThing,
  lines: Observable<Line>,
  { options, terminal }: { readonly options: FollowOptions; readonly terminal: Terminal },
): Promise<void> {
  const { count = Number.POSITIVE_INFINITY } = options;
  using stop = terminal.interruption();
  const troubles = troublesOf(consumed).subscribe((trouble) => terminal.tell(`thingwright: ${trouble}`));
  const printed = lines.pipe(
    take(count),
    tap((line) => terminal.print(options.json ? jsonOf(line) : `${line.time} ${line.name} ${show(line.value)}`)),
    takeUntil(fromPromise(stop.happened)),
    finalize(() => troubles.unsubscribe()),
  );
  await lastValueFrom(printed, { defaultValue: undefined });
}

/** The notifications of some operations, in the form of lines. */
export const linesOf = (notifications: readonly Observable<Notification>[]): Observable<Line> =>
  merge(...notifications).pipe(map(({ id, thing, name, value, time }) => ({ id, thing, name, value, time })));

const jsonOf = ({ id, thing, name, value, time }: Line): string => JSON.stringify({ id, thing, name, value, time });
