import { ThingError } from '@thingwright/core';
import { type Phase, progressOf } from './phase.js';

/**
 * Reads a progress: a number is cut to an integer.
 * @throws ThingError `invalid` in the words of the reference (section 5.2).
 */
export function parseProgress(value: unknown): number {
  if (typeof value !== 'number') throw new ThingError('invalid', `Progress must be numeric, got ${typeof value}`);
  if (!(value >= 0 && value <= 100)) throw new ThingError('invalid', `Progress must be between 0-100, got ${value}`);
  return Math.trunc(value);
}

/** The progress to show: never less than before, and none that the phase may not have. */
export function settleProgress(phase: Phase, before: number, told = before): number {
  const [lowest, highest] = progressOf(phase);
  return Math.min(highest, Math.max(lowest, before, Math.trunc(told)));
}
