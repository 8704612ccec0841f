import { ThingError } from '@thingwright/core';
import { Temporal } from 'temporal-polyfill';

/** The days of the week, Monday first. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/**
 * Hours of the week in which devices may be flashed, by the clocks of a time zone. `to` before or at `from` is on the next day.
 * An hour that a clock skips is the one after it; of an hour that comes twice, the first counts.
 */
export interface MaintenanceWindow {
  /** On which it opens. None: every day. */
  readonly days: readonly (typeof WEEKDAYS)[number][];
  /** `HH:MM`. */
  readonly from: string;
  readonly to: string;
}

/** When a campaign begins, and when it may flash. */
export interface Schedule {
  /** IANA name, for example `Europe/Berlin`. */
  readonly timeZone: string;
  /** Local time without offset, `2026-12-24T22:00:00`; null: when somebody starts it. */
  readonly startAt: string | null;
  /** None: at any time. */
  readonly windows: readonly MaintenanceWindow[];
}

/** Whether there is a window at a moment, and until when that holds; milliseconds since 1970, null: for ever. */
export interface WindowState {
  readonly isOpen: boolean;
  readonly until: number | null;
}

/** How far ahead a start may be, and how soon; milliseconds (reference, section 14.2). */
export interface StartLimits {
  /** Default 600,000 (10 minutes). */
  readonly minimum: number;
  /** Default 15,552,000,000 (180 days). */
  readonly maximum: number;
}

/** Days, from yesterday on, among which there is one on which a window opens. */
const LOOKED_AHEAD = 17;

/** What the next generation of upstream allows. */
export const START_LIMITS: StartLimits = { minimum: 600_000, maximum: 15_552_000_000 };

/** @throws ThingError `invalid` for a time zone, a time or a window that there is none of. */
export function checkSchedule(schedule: Schedule): void {
  const { timeZone, startAt, windows } = schedule;
  attempt(() => Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone), `no time zone '${timeZone}'`);
  if (startAt !== null) attempt(() => Temporal.PlainDateTime.from(startAt), `'${startAt}' is no local time`);
  for (const { from, to } of windows) {
    for (const time of [from, to]) attempt(() => Temporal.PlainTime.from(time), `'${time}' is no time of the day`);
  }
}

function attempt(read: () => unknown, otherwise: string): void {
  try {
    read();
  } catch (cause) {
    throw new ThingError('invalid', `The schedule cannot be: ${otherwise}`, { cause });
  }
}

/** The moment at which a schedule begins, in milliseconds since 1970; null if somebody has to start it. */
export const startOf = ({ startAt, timeZone }: Schedule): number | null =>
  startAt === null ? null : Temporal.PlainDateTime.from(startAt).toZonedDateTime(timeZone).epochMilliseconds;

/**
 * A schedule that begins at a moment, in milliseconds since 1970, with the time zone and the windows of the one of before.
 * @throws ThingError `invalid` for a moment that has no name there: the second hour of the night in which clocks go back.
 */
export function scheduleAt(moment: number, before: Schedule | null = null): Schedule {
  const { timeZone, windows } = before ?? { timeZone: 'UTC', windows: [] };
  const local = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(timeZone).toPlainDateTime();
  const schedule = { timeZone, startAt: local.toString(), windows };
  if (startOf(schedule) === moment) return schedule;
  // Without windows the zone is for people alone.
  if (windows.length === 0) return scheduleAt(moment);
  throw new ThingError('invalid', `That hour comes twice in ${timeZone}, and only the first one can be scheduled.`);
}

/** @throws ThingError `invalid` for a start that is too soon or too far, in the words of the reference (section 14.2). */
export function checkStart(start: number, now: number, { minimum, maximum }: StartLimits = START_LIMITS): void {
  if (start < now + minimum) {
    const minutes = Math.round(minimum / 60_000);
    throw new ThingError('invalid', `The scheduled time must be at least ${minutes} minutes in the future.`);
  }
  if (start > now + maximum) {
    const days = Math.round(maximum / 86_400_000);
    throw new ThingError('invalid', `The scheduled time cannot be more than ${days} days in the future.`);
  }
}

/** Finds out whether devices may be flashed at a moment, milliseconds since 1970. */
export function windowAt({ timeZone, windows }: Schedule, now: number): WindowState {
  if (windows.length === 0) return { isOpen: true, until: null };
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
  // A window of yesterday may still be open, and one opens within a week, or within another where a clock skips the next one.
  const spans = Array.from({ length: LOOKED_AHEAD }, (_, i) => today.add({ days: i - 1 })).flatMap((date) =>
    windows.filter((window) => opensOn(window, date)).map((window) => spanOf(window, date, timeZone)),
  );
  const merged = merge(spans.filter(([from, to]) => to > now && to > from));
  const [first] = merged;
  if (!first) return { isOpen: false, until: null };
  const [from, to] = first;
  return from <= now ? { isOpen: true, until: to } : { isOpen: false, until: from };
}

type Span = readonly [from: number, to: number];

const opensOn = ({ days }: MaintenanceWindow, date: Temporal.PlainDate): boolean => {
  const name = WEEKDAYS[date.dayOfWeek - 1];
  return days.length === 0 || (name !== undefined && days.includes(name));
};

function spanOf({ from, to }: MaintenanceWindow, date: Temporal.PlainDate, timeZone: string): Span {
  const moment = (day: Temporal.PlainDate, time: string) =>
    day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
  const isNextDay = Temporal.PlainTime.compare(to, from) <= 0;
  return [moment(date, from), moment(isNextDay ? date.add({ days: 1 }) : date, to)];
}

/** Windows that touch are one. */
function merge(spans: readonly Span[]): readonly Span[] {
  const merged: [number, number][] = [];
  for (const [from, to] of [...spans].sort(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
