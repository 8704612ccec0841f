import { uuidBytes } from './printer-uuid.js';

/** The UDP port of discovery, and the TCP port of the manager (reference, sections 2.1 and 4). */
export const DISCOVERY_PORT = 1901;
/** Where devices announce themselves. */
export const DISCOVERY_GROUP = '239.255.255.250';

/** Bytes of the header that all packets of all versions begin with (section 2.2). */
export const HEADER_BYTES = 22;
/** What the fifth byte of a header says, but for beacons of version 0. */
export const ACTION = { announce: 0, touch: 2, touchAnswer: 3 } as const;
const MAGIC = Buffer.from('FLUX');

/** The header of a packet. */
export interface PacketHeader {
  readonly version: number;
  readonly action: number;
  readonly uuid: string;
}

/** The 22 bytes of a header. @throws TypeError if the UUID is none. */
export const encodeHeader = ({ version, action, uuid }: PacketHeader): Buffer =>
  Buffer.concat([MAGIC, Buffer.of(version, action), uuidBytes(uuid)]);

/** Whether a datagram begins as packets do. */
export const hasMagic = (bytes: Buffer): boolean =>
  bytes.length >= HEADER_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC);
