import { ThingError } from '@thingwright/core';
import { checkStart, type Schedule, scheduleAt } from '../schedule.js';
import { type Field, orNull } from './fields.js';
import { moment } from './pages.js';
import { fieldError } from './rest-errors.js';

/** When a mass upgrade begins (reference, section 14.2): a moment, or null for when somebody starts it. */
export const scheduledAt: Field<number | null> = orNull(moment);

/** The schedule of a start, with what else was scheduled before. @throws ThingError `invalid` for one that is too soon, too far, or cannot be. */
export function scheduleOf(start: number, now: number, before: Schedule | null = null): Schedule {
  try {
    checkStart(start, now);
    return scheduleAt(start, before);
  } catch (error) {
    throw error instanceof ThingError ? fieldError('scheduled_at', error.message) : error;
  }
}
