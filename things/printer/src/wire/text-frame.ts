import { ThingError } from '@thingwright/core';
import type { ByteQueue } from './byte-queue.js';

/** The largest length that a device takes; a client's lengths count their own two bytes (reference, section 4.1). */
const MAX_CLIENT_LENGTH = 4094;
const MAX_DEVICE_LENGTH = 65_535;
const PREFIX = 2;

/** A frame from a client to a device: its length counts its own two bytes. @throws ThingError `tooLarge` beyond 4094 with them. */
export const encodeClientText = (text: string): Buffer =>
  encodeText(text, { ownBytes: PREFIX, most: MAX_CLIENT_LENGTH });

/** A frame from a device to a client: its length does not count its own two bytes. @throws ThingError `tooLarge` beyond 65,535. */
export const encodeDeviceText = (text: string): Buffer => encodeText(text, { ownBytes: 0, most: MAX_DEVICE_LENGTH });

/**
 * Takes a client's frame, as a device; undefined until it is there whole. What is no UTF-8 is replaced.
 * @throws ThingError `protocol` for a length below 2 or above 4094
 */
export function takeClientText(queue: ByteQueue): string | undefined {
  const length = queue.peekUInt16LE();
  if (length === undefined) return undefined;
  if (length < PREFIX || length > MAX_CLIENT_LENGTH) {
    throw new ThingError('protocol', `A frame of length ${length}: it has to be ${PREFIX} to ${MAX_CLIENT_LENGTH}`);
  }
  return queue.take(length)?.toString('utf8', PREFIX);
}

/** Takes a device's frame, as a client; undefined until it is there whole. What is no UTF-8 is replaced. */
export function takeDeviceText(queue: ByteQueue): string | undefined {
  const length = queue.peekUInt16LE();
  return length === undefined ? undefined : queue.take(PREFIX + length)?.toString('utf8', PREFIX);
}

function encodeText(text: string, { ownBytes, most }: { readonly ownBytes: number; readonly most: number }): Buffer {
  const body = Buffer.from(text);
  const length = body.length + ownBytes;
  if (length > most)
    throw new ThingError('tooLarge', `A message of ${body.length} bytes: a frame has at most ${most - ownBytes}`);
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt16LE(length);
  // As one piece: what is written at once leaves in one record.
  return Buffer.concat([prefix, body]);
}
