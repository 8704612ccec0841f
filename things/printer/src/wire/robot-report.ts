import { isMembers, parseJSON } from '@thingwright/core';
import { printable } from './printable.js';
import { progressOf } from './status-block.js';

/** What a robot says to `player report` (reference, section 5.3). */
export interface RobotReport {
  /** As the device says it (section 3.2). */
  readonly id: number;
  /** May name what the device is at in place of its state: for showing only. */
  readonly label: string;
  /** Symbols of the present error; empty without one. */
  readonly error: readonly string[];
  /** 0 to 1; null where it is no number. */
  readonly progress: number | null;
  /** Millimetres; null where it is no number. */
  readonly traveled: number | null;
  /** Said by newer firmware: seconds of the whole task and of it that the machine ran; null where it is not said. */
  readonly timeTotal: number | null;
  readonly timeRunning: number | null;
}

/** Symbols of an error, and characters of each. */
const MOST_SYMBOLS = 8;
const LONGEST = 64;

/** Reads the text of a report, in which numbers may be NaN or infinite; undefined where it is none. Never throws. */
export function readReport(text: string): RobotReport | undefined {
  const report = parseJSON(withoutBareNumbers(text));
  if (!isMembers(report)) return undefined;
  const { st_id: id, st_label: label, error, prog, traveled, time_total, time_running } = report;
  if (typeof id !== 'number' || !Number.isInteger(id) || Math.abs(id) > 0x7fff_ffff) return undefined;
  return {
    id,
    label: typeof label === 'string' ? printable(label, LONGEST) : '',
    error: Array.isArray(error) ? error.slice(0, MOST_SYMBOLS).map(symbolOf) : [],
    progress: typeof prog === 'number' ? progressOf(prog) : null,
    traveled: numberOf(traveled),
    timeTotal: numberOf(time_total),
    timeRunning: numberOf(time_running),
  };
}

/** The text of a report, as a device writes it: with a bare NaN for a progress of null. */
export function encodeReport({ id, label, error, progress, traveled, timeTotal, timeRunning }: RobotReport): string {
  const members = [
    `"st_id": ${id}`,
    `"st_label": ${JSON.stringify(label)}`,
    `"error": ${JSON.stringify(error)}`,
    `"prog": ${progress ?? 'NaN'}`,
    `"traveled": ${traveled ?? 'NaN'}`,
    ...(timeTotal === null ? [] : [`"time_total": ${timeTotal}`]),
    ...(timeRunning === null ? [] : [`"time_running": ${timeRunning}`]),
  ];
  return `{${members.join(', ')}}`;
}

/** Strings as they are, one that does not end too; outside of them, numbers that JSON has no word for become null. */
const withoutBareNumbers = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"?|-?\b(?:NaN|Infinity)\b/gs, (found) => (found.startsWith('"') ? found : 'null'));

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

const symbolOf = (value: unknown): string =>
  printable(typeof value === 'string' ? value : JSON.stringify(value), LONGEST);
