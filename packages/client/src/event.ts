import { map, type Observable, share } from 'rxjs';
import type { ConsumedChannel } from './consumed-channel.js';

/** Makes an event: an Observable of its data. All its subscribers share one subscription on the wire. */
export const createEvent = (channel: ConsumedChannel, name: string): Observable<unknown> =>
  channel.observe({ op: 'subscribeevent', name }).pipe(
    map(({ value }) => value),
    share(),
  );
