import { printable } from './printable.js';

/** An entry of a folder on a robot. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Characters of a name; file systems take 255 bytes. */
const LONGEST = 255;

/** The text of a folder's entries: `D<folder>` and `F<file>`, with NULs between (reference, section 5.3). */
export const encodeEntries = (entries: readonly FolderEntry[]): string =>
  entries.map(({ name, isFolder }) => `${isFolder ? 'D' : 'F'}${name}`).join('\0');

/** Reads a folder's entries; what is neither a folder nor a file is passed over. */
export const readEntries = (text: string): readonly FolderEntry[] =>
  text
    .split('\0')
    .filter((item) => /^[DF]./.test(item))
    .map((item) => ({ name: printable(item.slice(1), LONGEST), isFolder: item.startsWith('D') }));
