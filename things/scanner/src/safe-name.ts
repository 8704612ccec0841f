const MAX_LENGTH = 128;
/** What we, or a store, write beside the files. */
const RESERVED = /^device_parameter\.json$|\.part$/i;
/** Names that are devices wherever a file is carried to a Windows machine, with any suffix. */
const WINDOWS = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A name that is safe as the name of a file on any system (rule 10): the last segment of a path, in NFC, `A-Z a-z 0-9 . _ -` and
 * spaces, others replaced by `_`, at most 128 characters, the suffix kept. Undefined where that leaves no name, a hidden or
 * a reserved one.
 */
export function safeNameOf(given: string): string | undefined {
  const segment = given.split(/[/\\]/).at(-1) ?? '';
  const name = shorten(segment.normalize('NFC').replace(/[^A-Za-z0-9._ -]/g, '_')).trim();
  if (name === '' || name.startsWith('.') || name.endsWith('.')) return undefined;
  return RESERVED.test(name) || WINDOWS.test(name) ? undefined : name;
}

function shorten(name: string): string {
  if (name.length <= MAX_LENGTH) return name;
  const suffix = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  return name.slice(0, MAX_LENGTH - suffix.length) + suffix;
}
