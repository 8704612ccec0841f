import { ACTION, encodeHeader, HEADER_BYTES, hasMagic } from './packet-header.js';
import { NIL_UUID, readUuid } from './printer-uuid.js';

/** What a client sends to a device. A poke asks for an announcement, a touch for metadata (reference, section 2.3). */
export type ClientPacket =
  | { readonly kind: 'poke'; readonly version: number }
  | { readonly kind: 'touch'; readonly version: number; readonly uuid: string }
  | { readonly kind: 'invalid'; readonly reason: string };

/** The 22 bytes of a poke; devices may answer pokes of their own version only, so send both. */
export const encodePoke = (version: 1 | 2): Buffer =>
  encodeHeader({ version, action: ACTION.announce, uuid: NIL_UUID });

/** The 22 bytes of a touch, in the version that was announced. @throws TypeError if the UUID is none. */
export const encodeTouch = (version: 1 | 2, uuid: string): Buffer =>
  encodeHeader({ version, action: ACTION.touch, uuid });

/** Decodes a datagram as a device does; never throws. Bytes after the header say nothing. */
export function decodeClientPacket(bytes: Buffer): ClientPacket {
  if (!hasMagic(bytes)) return { kind: 'invalid', reason: 'no packet of this protocol' };
  const version = bytes.readUInt8(4);
  const action = bytes.readUInt8(5);
  if (version === 0 || version > 2) return { kind: 'invalid', reason: `version ${version}` };
  const uuid = readUuid(bytes, 6);
  if (action === ACTION.announce && uuid === NIL_UUID && bytes.length === HEADER_BYTES)
    return { kind: 'poke', version };
  if (action === ACTION.touch) return { kind: 'touch', version, uuid };
  return { kind: 'invalid', reason: `action ${action}` };
}
