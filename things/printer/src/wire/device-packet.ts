import {
  type BareAnnouncement,
  type Beacon,
  readBareAnnouncement,
  readSignedAnnouncement,
  type SignedAnnouncement,
} from './announcement.js';
import { ACTION, HEADER_BYTES, hasMagic } from './packet-header.js';
import { NIL_UUID, readUuid } from './printer-uuid.js';
import {
  type BareTouchAnswer,
  readBareTouchAnswer,
  readSignedTouchAnswer,
  type SignedTouchAnswer,
} from './touch-answer.js';

/** What a datagram turned out to be that came to where devices announce themselves. */
export type DevicePacket =
  | Beacon
  | SignedAnnouncement
  | BareAnnouncement
  | SignedTouchAnswer
  | BareTouchAnswer
  /** Of another client: it came to a socket that listens to everybody. */
  | { readonly kind: 'poke'; readonly version: number }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Bytes of a datagram; with the longest keys a packet has 1400. */
const MAX_BYTES = 4096;

const invalid = (reason: string): DevicePacket => ({ kind: 'invalid', reason });

/**
 * Decodes a datagram of any version as a client does (reference, section 2.12); never throws. Declared lengths are checked against
 * the datagram, signatures are not. Buffers in the packet are parts of `bytes`.
 */
export function decodeDevicePacket(bytes: Buffer): DevicePacket {
  if (!hasMagic(bytes)) return invalid('no packet of this protocol');
  if (bytes.length > MAX_BYTES) return invalid(`more than ${MAX_BYTES} bytes`);
  const version = bytes.readUInt8(4);
  const action = bytes.readUInt8(5);
  const uuid = readUuid(bytes, 6);
  if (uuid === NIL_UUID) return ofNobody({ version, action, isBare: bytes.length === HEADER_BYTES });
  if (version === 0) return { kind: 'beacon', uuid, pokeVersion: action };
  const packet = readPacket(bytes, { version, action, uuid });
  return typeof packet === 'string' ? invalid(packet) : packet;
}

/** Without a UUID there are pokes only. */
const ofNobody = ({ version, action, isBare }: { version: number; action: number; isBare: boolean }): DevicePacket =>
  isBare && (version === 1 || version === 2) && action === ACTION.announce
    ? { kind: 'poke', version }
    : invalid('no UUID');

function readPacket(
  bytes: Buffer,
  { version, action, uuid }: { version: number; action: number; uuid: string },
): SignedAnnouncement | BareAnnouncement | SignedTouchAnswer | BareTouchAnswer | string {
  if (version > 2) return `version ${version}`;
  if (action === ACTION.announce) {
    return version === 1 ? readSignedAnnouncement(bytes, uuid) : readBareAnnouncement(bytes, uuid);
  }
  if (action === ACTION.touchAnswer) {
    return version === 1 ? readSignedTouchAnswer(bytes, uuid) : readBareTouchAnswer(bytes, uuid);
  }
  return `action ${action}`;
}
