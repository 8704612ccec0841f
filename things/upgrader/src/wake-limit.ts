import { longestDelay, longestPersistentDelay, type RetryPolicy } from './retry-policy.js';
import type { Upgrade } from './upgrade.js';

/**
 * Until when an upgrade may sleep at the most, in milliseconds since 1970, if it began to do so now: what is later was written by a clock that was
 * ahead. No limit for what others wait for it to do, or a maintenance window.
 */
export function latestWake(
  { phase, pausedFrom, notBefore }: Pick<Upgrade, 'phase' | 'pausedFrom' | 'notBefore'>,
  { now, policy }: { readonly now: number; readonly policy: RetryPolicy },
): number {
  switch (pausedFrom ?? phase) {
    case 'queued':
      return Math.max(now, notBefore ?? 0);
    case 'waiting-retry':
    case 'outcome-unknown':
      return now + longestDelay(policy);
    case 'waiting-device':
      return now + longestPersistentDelay(policy);
    default:
      return Number.POSITIVE_INFINITY;
  }
}
