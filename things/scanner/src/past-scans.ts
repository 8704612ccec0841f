import { hashOfCapability, type ScannerRecord, type TaskRecord } from './scanner-record.js';

type Past = ScannerRecord['past'][number];

/** Milliseconds for which files of a scan that is over are taken (DECIDED: late uploads). */
const LATE = 3_600_000;
const REMEMBERED = 100;

/** The scans of one device that are over: their names stay taken, and files of the latest are let in. */
export class PastScans {
  /** What has to be remembered, the latest first; replaced and never changed. */
  record: readonly Past[];

  constructor(record: readonly Past[]) {
    this.record = record;
  }

  has(taskID: string): boolean {
    return this.record.some((past) => past.taskID === taskID);
  }

  /** What a file of that task was measured with; undefined if none is taken for it (any more). */
  parameterFor(taskID: string, capability: string, now: number): Past['parameter'] | undefined {
    const past = this.record.find((other) => other.taskID === taskID);
    if (!past || now - past.endedAt >= LATE) return undefined;
    return past.capabilityHash === hashOfCapability(capability) ? past.parameter : undefined;
  }

  add({ taskID, capabilityHash, parameter, state: { endedAt = 0 } }: TaskRecord, now: number): void {
    // Of those that take no more files only the names are needed: parameters may be long.
    const before = this.record.map((past) => (now - past.endedAt < LATE ? past : { ...past, parameter: {} }));
    this.record = [{ taskID, capabilityHash, parameter, endedAt }, ...before].slice(0, REMEMBERED);
  }
}
