import { printable } from './printable.js';

/** What a device tells of itself when it is touched. */
export interface PrinterMetadata {
  /** Said by version 2 only. */
  readonly serial: string | undefined;
  /** Of the firmware, such as `1.7.0`. */
  readonly version: string;
  readonly model: string;
  readonly name: string;
  readonly hasPassword: boolean;
  /** Seconds since 1970 by the device's own clock; said by version 1 only. */
  readonly time: number | undefined;
}

/** Characters of a value; a device takes names of 256 bytes. */
const MAX_VALUE = 256;

/**
 * Reads `key=value` items with NUL between them (reference, sections 2.6 and 2.7): split at the first `=`, those without are passed
 * over, and what is not said is what the vendor's client assumes. Undefined without `ver`, which a device has to say.
 */
export function readMetadata(bytes: Buffer): PrinterMetadata | undefined {
  const items = new Map<string, string>();
  for (const item of bytes.toString().split('\0')) {
    const split = item.indexOf('=');
    if (split > 0) items.set(item.slice(0, split), printable(item.slice(split + 1), MAX_VALUE));
  }
  const version = items.get('ver');
  if (version === undefined) return undefined;
  const time = Number(items.get('time') ?? Number.NaN);
  return {
    serial: items.get('serial'),
    version,
    model: items.get('model') ?? 'UNKNOW_MODEL',
    name: items.get('name') ?? 'NONAME',
    hasPassword: items.get('pwd') === 'T',
    time: Number.isFinite(time) ? time : undefined,
  };
}

/** The bytes of metadata. The caller sees to it that no value holds a NUL. */
export function encodeMetadata({ serial, version, model, name, hasPassword, time }: PrinterMetadata): Buffer {
  const items = [
    ...(serial === undefined ? [] : [`serial=${serial}`]),
    `ver=${version}`,
    `model=${model}`,
    `name=${name}`,
    `pwd=${hasPassword ? 'T' : 'F'}`,
    ...(time === undefined ? [] : [`time=${time}`]),
  ];
  return Buffer.from(items.join('\0'));
}
