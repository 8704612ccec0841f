import { createHash } from 'node:crypto';
import type { Start } from '../wire/server-frame.js';

/** What can go wrong in a scan, or with its file. */
export const FAULTS = [
  /** The program raises in the middle. */
  'raise',
  /** No program is set. */
  'noProgram',
  /** The start is not heard of any more. */
  'mute',
  /** The connection breaks in the middle of the scan, or of the file. */
  'drop',
  'dropInFile',
  /** The program blocks its device: it reads nothing for a while, not even pings. */
  'block',
  /** Another digest, fewer or more bytes than were announced, none, a size below zero, a name that is a path. */
  'corruptFile',
  'shortFile',
  'longFile',
  'emptyFile',
  'negativeSize',
  'badName',
  /** The file of another task. */
  'foreignTask',
  /** Bytes without a header. */
  'strayBytes',
] as const;

/** What goes wrong in a scan, or with its file. */
export type Fault = (typeof FAULTS)[number];

/** A file of a scan. */
export interface ScanFile {
  readonly name: string;
  readonly content: Buffer;
}

/** What a scan program can do while it runs. */
export interface ScanControls {
  readonly signal: AbortSignal;
  /** Tells how far it is; whatever it is given goes out. */
  progress(percent: number): Promise<void>;
  /** Delivers a file: at once in the first generation, in the background in the second. */
  upload(file: ScanFile): Promise<void>;
  /** Waits so many milliseconds. */
  wait(milliseconds: number): Promise<void>;
}

/** What a device does when it scans; what it throws is told to the server. */
export type ScanProgram = (start: Start, controls: ScanControls) => Promise<void>;

/** A scan as the simulator plays it by default. */
export interface SimulatedScan {
  /** Steps from 0 to 100 %. Default 10. */
  readonly steps?: number;
  /** Milliseconds of a step. Default 1000. */
  readonly stepTime?: number;
  /** Bytes of the file. Default 2,467,920. */
  readonly fileSize?: number;
  /** Default `data.mrd`. */
  readonly fileName?: string;
  /** What it delivers in place of a file of that size and name. */
  readonly files?: readonly ScanFile[];
}

/** Makes the program of a scan that tells its progress and delivers a file, or those that it is given, one after the other. */
export function simulatedScan(options: SimulatedScan = {}): ScanProgram {
  const { steps = 10, stepTime = 1000, fileSize = 2_467_920, fileName = 'data.mrd', files } = options;
  return async ({ taskID }, { progress, upload, wait }) => {
    for (let step = 1; step <= steps; step++) {
      await wait(stepTime);
      await progress(Math.round((100 * step) / steps));
    }
    for (const file of files ?? [{ name: fileName, content: measured(taskID, fileSize) }]) await upload(file);
  };
}

/** Bytes that look measured, and are the same for the same task. */
export function measured(taskID: string, size: number): Buffer {
  const content = Buffer.alloc(size);
  const pattern = createHash('sha512').update(taskID).digest();
  for (let offset = 0; offset < size; offset += pattern.length) pattern.copy(content, offset);
  return content;
}
