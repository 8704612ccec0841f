import { longestDelay, longestPersistentDelay, type RetryPolicy } from './retry-policy.js';
import type { Upgrade } from './upgrade.js';

/**
 * Until when an upgrade may sleep at the most, in milliseconds since 1970, if it began to do so now: what is later was written by a clock that was
 * ahead. What waits for a maintenance window is looked at now, which changes nothing while that is closed. No limit for what others have to release.
 */
export function latestWake(
  { phase, pausedFrom, notBefore }: Pick<Upgrade, 'phase' | 'pausedFrom' | 'notBefore'>,
  { now, policy }: { readonly now: number; readonly policy: RetryPolicy },
): number {
  switch (pausedFrom ?? phase) {
    case 'queued':
      return Math.max(now, notBefore ?? 0);
    case 'waiting-window':
      return now;
    case 'waiting-retry':
    case 'outcome-unknown':
      return now + longestDelay(policy);
    case 'waiting-device':
      return now + longestPersistentDelay(policy);
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** Milliseconds after which it is asked again when a window opens: the clock may have crept, or another time zone be in force. */
const LONGEST_WAIT = 86_400_000;

/** When it is looked whether a maintenance window is open that opens at a moment; null: nobody can say when. */
export const windowWake = (opens: number | null, now: number): number =>
  Math.min(opens ?? Number.POSITIVE_INFINITY, now + LONGEST_WAIT);
