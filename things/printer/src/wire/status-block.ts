/** What a device tells of itself with every announcement; nothing of it is signed. */
export interface StatusBlock {
  /** Seconds since 1970 by the device's own clock; null where it is no number. Good for nothing but showing. */
  readonly time: number | null;
  /** As the device says it (section 3.2). */
  readonly id: number;
  /** 0 to 1; null where it is no number, as for a task without a length. */
  readonly progress: number | null;
  /** `OFFLINE` after the start, `N/A` when idle, else the name of the head. */
  readonly headModule: string;
  /** Error symbols with single spaces between them, cut at 32 bytes; empty without an error. */
  readonly errorLabel: string;
}

/** Bytes of a status block. */
export const STATUS_BYTES = 64;
const HEAD_BYTES = 16;
const ERROR_BYTES = 32;

/** Reads the 64 bytes at `offset` (reference, section 2.9). There have to be as many. */
export function readStatus(bytes: Buffer, offset: number): StatusBlock {
  const time = bytes.readDoubleLE(offset);
  return {
    time: Number.isFinite(time) ? time : null,
    id: bytes.readInt32LE(offset + 8),
    progress: progressOf(bytes.readFloatLE(offset + 12)),
    headModule: readLabel(bytes, offset + 16, HEAD_BYTES),
    errorLabel: readLabel(bytes, offset + 32, ERROR_BYTES),
  };
}

/** The 64 bytes of a status; labels are cut to their fields, and a progress of null is sent as NaN. */
export function encodeStatus({ time, id, progress, headModule, errorLabel }: StatusBlock): Buffer {
  const bytes = Buffer.alloc(STATUS_BYTES);
  bytes.writeDoubleLE(time ?? Number.NaN, 0);
  bytes.writeInt32LE(id, 8);
  bytes.writeFloatLE(progress ?? Number.NaN, 12);
  bytes.write(headModule, 16, HEAD_BYTES, 'latin1');
  bytes.write(errorLabel, 32, ERROR_BYTES, 'latin1');
  return bytes;
}

/** A progress as we use it: from 0 to 1, or null where it is no number. */
export const progressOf = (progress: number): number | null =>
  Number.isFinite(progress) ? Math.min(Math.max(progress, 0), 1) : null;

/** ASCII up to the first NUL; what cannot be printed shows as `?`. */
function readLabel(bytes: Buffer, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end).replace(/[^ -~]/g, '?');
}
