import type { Invocation } from './invocation.js';

/** Milliseconds after which it is tried again to keep what could not be kept. */
const RETRY = 1000;

/** Who keeps an end, and is told of it. */
export interface EndHost {
  /** What to wait for until it is kept; undefined if it is. Absent where nothing outlives the process. */
  readonly kept?: () => Promise<void> | undefined;
  report(invocation: Invocation): void;
}

/** Tells of an end that can no longer be forgotten; tries again for as long as it cannot be kept, and `closed` has not fired. */
export function tellEnd(invocation: Invocation, host: EndHost, closed: AbortSignal): void {
  const tell = (): void => {
    invocation.isUnkept = false;
    host.report(invocation);
  };
  const kept = host.kept?.();
  if (!kept) {
    tell();
    return;
  }
  invocation.isUnkept = true;
  const again = (): void => tellEnd(invocation, host, closed);
  kept.then(tell, () => {
    if (!closed.aborted) setTimeout(again, RETRY);
  });
}
