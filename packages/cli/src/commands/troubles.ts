import type { ConsumedThing } from '@thingwright/client';
import { distinctUntilKeyChanged, filter, map, merge, type Observable, skipWhile } from 'rxjs';

/** What a reader should know beside the lines: the connection is lost, or there again; something may be missing. */
export function troublesOf({ connection, gaps }: Pick<ConsumedThing, 'connection' | 'gaps'>): Observable<string> {
  const changes = connection.pipe(
    filter(({ state }) => state === 'waiting' || state === 'open'),
    distinctUntilKeyChanged('state'),
    skipWhile(({ state }) => state === 'open'),
    map(({ state, error }) =>
      state === 'open' ? 'connected again' : `the connection is lost${error ? `: ${error.detail}` : ''}; waiting`,
    ),
  );
  const missing = gaps.pipe(
    map(({ kind, name }) => {
      const what = kind === 'event' ? 'events' : 'changes';
      return name === undefined ? `${what} may be missing here` : `${what} of '${name}' may be missing here`;
    }),
  );
  return merge(changes, missing);
}
