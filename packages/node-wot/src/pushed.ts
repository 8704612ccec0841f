import { concatMap, Observable } from 'rxjs';
import { type Output, readOutput } from './output-value.js';

/** Subscribes to something of node-wot's. */
export type Subscribe = (
  next: (output: Output) => void,
  error: (error: Error) => void,
) => Promise<{ stop(): Promise<void> }>;

/** The values that node-wot pushes, in order; errors if it cannot subscribe, or when it tells of an error. */
export const pushed = (subscribe: Subscribe): Observable<unknown> =>
  new Observable<Output>((subscriber) => {
    const begun = subscribe(
      (output) => subscriber.next(output),
      (error) => subscriber.error(error),
    );
    begun.catch((error: unknown) => subscriber.error(error));
    return () => {
      // There may be nothing to stop any more: the line may be what broke.
      begun.then((subscription) => subscription.stop()).catch(() => undefined);
    };
  }).pipe(concatMap(readOutput));
