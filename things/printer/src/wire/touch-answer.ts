import type { KeyObject } from 'node:crypto';
import { stampBytes } from './announcement.js';
import { encodeMetadata, type PrinterMetadata, readMetadata } from './metadata.js';
import { ACTION, encodeHeader } from './packet-header.js';
import { isRsaSigned, keyBytes, readRsaKey, signRsa } from './rsa.js';

/** How a device of version 1 answers a touch: metadata, signed by the key of this boot, which the master key has signed (reference, section 2.6). */
export interface SignedTouchAnswer {
  readonly kind: 'touchAnswer';
  readonly version: 1;
  readonly uuid: string;
  /** That of the announcement, eight hexadecimal digits. */
  readonly stamp: string;
  /** RSA, DER SubjectPublicKeyInfo; new at every boot. */
  readonly slaveKey: Buffer;
  /** The master key's, over the stamp and the slave key. */
  readonly slaveSignature: Buffer;
  readonly metadata: PrinterMetadata;
  readonly metadataBytes: Buffer;
  /** The slave key's, over the bytes of the metadata. */
  readonly metadataSignature: Buffer;
}

/** How a device of version 2 answers a touch: who it is, and metadata that nobody signed (section 2.7). */
export interface BareTouchAnswer {
  readonly kind: 'touchAnswer';
  readonly version: 2;
  readonly uuid: string;
  readonly serial: string;
  /** RSA, DER SubjectPublicKeyInfo. */
  readonly masterKey: Buffer;
  /** The factory's signature of the identity. */
  readonly identify: Buffer;
  readonly metadata: PrinterMetadata;
}

/** What a device of version 1 makes its answer of. */
export interface SignedTouchParts extends Pick<SignedTouchAnswer, 'uuid' | 'stamp' | 'metadata'> {
  /** Private keys. */
  readonly masterKey: KeyObject;
  readonly slaveKey: KeyObject;
}

const SIGNED_BYTES = 30;
const BARE_BYTES = 26;

/** The bytes of a signed answer. */
export function encodeSignedTouchAnswer({ uuid, stamp, metadata, masterKey, slaveKey }: SignedTouchParts): Buffer {
  const header = encodeHeader({ version: 1, action: ACTION.touchAnswer, uuid });
  const time = stampBytes(stamp, 4);
  const slave = keyBytes(slaveKey);
  const signature = signRsa(Buffer.concat([time, slave]), masterKey);
  const items = encodeMetadata(metadata);
  const lengths = Buffer.concat([length(slave), length(signature)]);
  return Buffer.concat([header, time, lengths, slave, signature, length(items), items, signRsa(items, slaveKey)]);
}

/** The bytes of a bare answer. */
export function encodeBareTouchAnswer({
  uuid,
  masterKey,
  identify,
  metadata,
}: Omit<BareTouchAnswer, 'kind' | 'version' | 'serial'>): Buffer {
  const header = encodeHeader({ version: 2, action: ACTION.touchAnswer, uuid });
  const items = encodeMetadata(metadata);
  return Buffer.concat([header, length(masterKey), length(identify), masterKey, identify, length(items), items]);
}

/** Reads what follows the header of an answer of version 1; a reason where it cannot be. Signatures are not looked at. */
export function readSignedTouchAnswer(bytes: Buffer, uuid: string): SignedTouchAnswer | string {
  const parts = bytes.length < SIGNED_BYTES ? undefined : readParts(bytes, 26);
  if (!parts) return 'lengths beyond the end of a touch answer';
  const metadata = readMetadata(parts.items);
  if (!metadata) return 'metadata without a version';
  return {
    kind: 'touchAnswer',
    version: 1,
    uuid,
    stamp: bytes.toString('hex', 22, 26),
    slaveKey: parts.key,
    slaveSignature: parts.signature,
    metadata,
    metadataBytes: parts.items,
    metadataSignature: parts.rest,
  };
}

/** Reads what follows the header of an answer of version 2; a reason where it cannot be. Signatures are not looked at. */
export function readBareTouchAnswer(bytes: Buffer, uuid: string): BareTouchAnswer | string {
  const parts = bytes.length < BARE_BYTES ? undefined : readParts(bytes, 22);
  if (!parts) return 'lengths beyond the end of a touch answer';
  const metadata = readMetadata(parts.items);
  if (!metadata) return 'metadata without a version';
  const { serial } = metadata;
  if (serial === undefined || !/^[!-~]{10}$/.test(serial)) return 'metadata without a serial of 10 characters';
  const { key: masterKey, signature: identify } = parts;
  return { kind: 'touchAnswer', version: 2, uuid, serial, masterKey, identify, metadata };
}

/**
 * The slave key of an answer whose two signatures hold, as far as `masterKey` (public) is the device's; undefined where one does
 * not, or the slave key is none.
 */
export function provenSlaveKey(answer: SignedTouchAnswer, masterKey: KeyObject): KeyObject | undefined {
  const { stamp, slaveKey, slaveSignature, metadataBytes, metadataSignature } = answer;
  if (!isRsaSigned(Buffer.concat([stampBytes(stamp, 4), slaveKey]), masterKey, slaveSignature)) return undefined;
  const slave = readRsaKey(slaveKey);
  return slave && isRsaSigned(metadataBytes, slave, metadataSignature) ? slave : undefined;
}

function length(field: Buffer): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(field.length);
  return bytes;
}

/** A key and its signature, whose lengths are at `at`; metadata after its own length; and what is left. */
function readParts(bytes: Buffer, at: number) {
  const keyAt = at + 4;
  const signatureAt = keyAt + bytes.readUInt16LE(at);
  const lengthAt = signatureAt + bytes.readUInt16LE(at + 2);
  if (bytes.length < lengthAt + 2) return undefined;
  const end = lengthAt + 2 + bytes.readUInt16LE(lengthAt);
  if (bytes.length < end) return undefined;
  return {
    key: bytes.subarray(keyAt, signatureAt),
    signature: bytes.subarray(signatureAt, lengthAt),
    items: bytes.subarray(lengthAt + 2, end),
    rest: bytes.subarray(end),
  };
}
