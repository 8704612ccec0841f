import { ThingError } from '@thingwright/core';

/** Where a robot keeps files: `SD` can be written, `USB` only read (reference, section 5.2). */
export const STORAGES = ['SD', 'USB'] as const;

/** One of {@link STORAGES}. */
export type Storage = (typeof STORAGES)[number];

/** A place in a robot's storage. */
export interface StoredPath {
  readonly storage: Storage;
  /** Without a slash at either end; empty: the root. */
  readonly path: string;
}

/** What a robot is asked for: words, as a shell would see them. */
export const ROBOT_COMMANDS = {
  report: ['player', 'report'],
  start: ['player', 'start'],
  pause: ['player', 'pause'],
  resume: ['player', 'resume'],
  abort: ['player', 'abort'],
  quit: ['player', 'quit'],
  info: ['player', 'info'],
  deviceInfo: ['deviceinfo'],
  kick: ['kick'],
} as const;

/** Asks for a stored file to be the next task of this connection. */
export const selectCommand = ({ storage, path }: StoredPath): readonly string[] => ['player', 'select', storage, path];

/** Asks for what a folder holds. */
export const listCommand = ({ storage, path }: StoredPath): readonly string[] => ['file', 'ls', storage, path];

/** Announces so many bytes: for the task buffer of this connection, or for a place in the storage. */
export const uploadCommand = (mediaType: string, size: number, place?: StoredPath): readonly string[] => [
  'file',
  'upload',
  mediaType,
  String(size),
  ...(place ? [place.storage, place.path] : ['#']),
];

/**
 * The line of a command: words that need it are quoted, so that a shell's rules split it into the same words.
 * @throws ThingError `invalid` for control characters
 */
export function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (/\p{Cc}/u.test(word)) throw new ThingError('invalid', 'A word for a robot must not hold control characters');
  if (/^[\w@%+=:,./#-]+$/.test(word)) return word;
  return `"${word.replace(/["\\$`]/g, '\\$&')}"`;
}

/** Splits a line into words as a robot does, by a shell's rules of quoting; undefined where a quote is not closed. */
export function splitCommand(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (character === '\\' && quote !== "'") {
      word = (word ?? '') + escaped(line.charAt(++i), quote);
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** Inside double quotes a backslash stands for itself before all but a few. */
const escaped = (character: string, quote: string): string =>
  quote === '"' && !/["\\$`]/.test(character) ? `\\${character}` : character;

/**
 * The place that a user's path means: `/SD/a/b.fc`, also without the first slash.
 * @throws ThingError `invalid` if it begins with no storage, or leads out of it
 */
export function storedPath(userPath: string): StoredPath {
  const [first, ...parts] = userPath.split('/').filter((part) => part !== '');
  const storage = STORAGES.find((known) => known === first);
  if (storage === undefined) throw new ThingError('invalid', `A path begins with ${STORAGES.join(' or ')}`);
  if (parts.includes('..') || parts.includes('.')) throw new ThingError('invalid', 'A path leads straight down');
  return { storage, path: parts.join('/') };
}

const MEDIA_TYPES = new Map([
  ['fc', 'application/fcode'],
  ['gcode', 'text/gcode'],
  ['fxfw', 'binary/flux-firmware'],
]);

/** The media type that a file is sent as, by its suffix; `binary` for others (section 5.2). */
export const mediaTypeOf = (name: string): string =>
  MEDIA_TYPES.get(/\.([^./]*)$/.exec(name)?.[1]?.toLowerCase() ?? '') ?? 'binary';
