import { type Phase, progressOf } from './phase.js';

/**
 * The progress to show: an integer, never less than before, and none that the phase may not have; what is not a number counts as the one
 * before (reference, section 5.2).
 */
export function settleProgress(phase: Phase, before: number, told = before): number {
  const [lowest, highest] = progressOf(phase);
  return Math.min(highest, Math.max(lowest, before, Math.trunc(told) || 0));
}
