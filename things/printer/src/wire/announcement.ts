import { type ClaimedIdentity, SERIAL_LENGTH } from './identity.js';
import { ACTION, encodeHeader, HEADER_BYTES } from './packet-header.js';
import { encodeStatus, readStatus, STATUS_BYTES, type StatusBlock } from './status-block.js';

/** A device of version 0 says that it is there, and nothing else (reference, section 2.4). */
export interface Beacon {
  readonly kind: 'beacon';
  readonly uuid: string;
  /** Of the poke that it wants. */
  readonly pokeVersion: number;
}

/** A device of version 1 says who it is and how it is (section 2.5). */
export interface SignedAnnouncement extends ClaimedIdentity {
  readonly kind: 'announcement';
  readonly version: 1;
  /** Eight hexadecimal digits that change with the device's metadata: the bytes of its timestamp. */
  readonly stamp: string;
  /** The factory's signature of the identity. */
  readonly identify: Buffer;
  readonly status: StatusBlock;
}

/** A device of version 2 says how it is (section 2.7). */
export interface BareAnnouncement {
  readonly kind: 'announcement';
  readonly version: 2;
  readonly uuid: string;
  /** 16 hexadecimal digits that change with the device's metadata: its tag. */
  readonly stamp: string;
  readonly status: StatusBlock;
}

const SIGNED_BYTES = 40;
const TAG_BYTES = 8;

/** The 22 bytes of a beacon. */
export const encodeBeacon = ({ uuid, pokeVersion }: Omit<Beacon, 'kind'>): Buffer =>
  encodeHeader({ version: 0, action: pokeVersion, uuid });

/** The bytes of an announcement. @throws TypeError if its UUID is none, its serial not of 10 bytes or its stamp not of its length. */
export function encodeAnnouncement(announcement: SignedAnnouncement | BareAnnouncement): Buffer {
  const { version, uuid, stamp, status } = announcement;
  const header = encodeHeader({ version, action: ACTION.announce, uuid });
  if (version === 2) return Buffer.concat([header, stampBytes(stamp, TAG_BYTES), encodeStatus(status)]);
  const { serial, masterKey, identify } = announcement;
  if (serial.length !== SERIAL_LENGTH) throw new TypeError(`The serial '${serial}' has to have 10 characters`);
  const fields = Buffer.alloc(SIGNED_BYTES - HEADER_BYTES);
  fields.write(serial, 'latin1');
  stampBytes(stamp, 4).copy(fields, 10);
  fields.writeUInt16LE(masterKey.length, 14);
  fields.writeUInt16LE(identify.length, 16);
  return Buffer.concat([header, fields, masterKey, identify, encodeStatus(status)]);
}

/** Reads what follows the header of an announcement of version 1; a reason where it cannot be. */
export function readSignedAnnouncement(bytes: Buffer, uuid: string): SignedAnnouncement | string {
  if (bytes.length < SIGNED_BYTES) return 'an announcement that is too short';
  const identifyAt = SIGNED_BYTES + bytes.readUInt16LE(36);
  const statusAt = identifyAt + bytes.readUInt16LE(38);
  // A path of the firmware appends the status twice; the first counts.
  if (bytes.length < statusAt + STATUS_BYTES) return 'lengths beyond the end of an announcement';
  const serial = bytes.toString('latin1', HEADER_BYTES, HEADER_BYTES + SERIAL_LENGTH);
  if (!/^[!-~]{10}$/.test(serial)) return 'a serial that cannot be printed';
  return {
    kind: 'announcement',
    version: 1,
    uuid,
    serial,
    stamp: bytes.toString('hex', 32, 36),
    masterKey: bytes.subarray(SIGNED_BYTES, identifyAt),
    identify: bytes.subarray(identifyAt, statusAt),
    status: readStatus(bytes, statusAt),
  };
}

/** Reads what follows the header of an announcement of version 2; a reason where it cannot be. */
export function readBareAnnouncement(bytes: Buffer, uuid: string): BareAnnouncement | string {
  const statusAt = HEADER_BYTES + TAG_BYTES;
  if (bytes.length < statusAt + STATUS_BYTES) return 'an announcement that is too short';
  const stamp = bytes.toString('hex', HEADER_BYTES, statusAt);
  return { kind: 'announcement', version: 2, uuid, stamp, status: readStatus(bytes, statusAt) };
}

/** The stamp of version 1 for a time in seconds: a float of 32 bits, whose step is 128 s by now (section 2.11). */
export function stampOfTime(seconds: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(seconds);
  return bytes.toString('hex');
}

/** The bytes of a stamp. @throws TypeError if they are not so many. */
export function stampBytes(stamp: string, length: number): Buffer {
  const bytes = Buffer.from(stamp, 'hex');
  if (bytes.length !== length) throw new TypeError(`The stamp '${stamp}' has to have ${length} bytes`);
  return bytes;
}
