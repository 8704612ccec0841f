import { isMembers, parseJSON } from '@thingwright/core';
import { printable } from './printable.js';

/** A key that a device trusts (reference, section 4.3). */
export interface TrustItem {
  /** 40 hexadecimal digits: the SHA-1 of the key's DER. */
  readonly accessID: string;
  readonly label: string;
  /** `U` or `A`; what the letters stand for is not known. */
  readonly type: string;
}

/** The text of one entry of the list, without the word `data`. */
export const encodeTrustItem = ({ accessID, label, type }: TrustItem): string =>
  JSON.stringify({ access_id: accessID, label, type });

/** Reads an entry, JSON or the older `k=v` with NULs between; undefined where it has no access id. */
export function readTrustItem(text: string): TrustItem | undefined {
  const item = text.startsWith('{') ? parseJSON(text) : pairsOf(text);
  if (!isMembers(item)) return undefined;
  const { access_id: accessID, label, type } = item;
  if (typeof accessID !== 'string' || !/^[\da-f]{40}$/i.test(accessID)) return undefined;
  return { accessID: accessID.toLowerCase(), label: shown(label), type: shown(type) };
}

const pairsOf = (text: string): Record<string, unknown> =>
  Object.fromEntries(text.split('\0').map((item) => [item.split('=', 1)[0] ?? '', item.slice(item.indexOf('=') + 1)]));

/** Characters of a label. */
const LONGEST = 256;
const shown = (value: unknown): string => (typeof value === 'string' ? printable(value, LONGEST) : '');
