const BYTES = 16;
const SHAPE = /^([\da-f]{8})-([\da-f]{4})-([\da-f]{4})-([\da-f]{4})-([\da-f]{12})$/i;

/** The UUID of nobody: a poke carries it. */
export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** Reads 16 bytes at `offset`, in the order in which they are printed (reference, section 2.2); any bits make a UUID here. */
export function readUuid(bytes: Buffer, offset = 0): string {
  const hex = bytes.toString('hex', offset, offset + BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 16 bytes of a UUID, in the order in which they are printed. @throws TypeError if it is none. */
export function uuidBytes(uuid: string): Buffer {
  if (!SHAPE.test(uuid)) throw new TypeError(`'${uuid}' is no UUID`);
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}
