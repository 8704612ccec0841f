import * as t from 'typebox';

/** Bytes of a file that an action takes along: more does not fit into a frame of a socket. */
export const MAX_SMALL_FILE = 524_288;
/** Characters of Base64 for so many bytes. */
const MAX_ENCODED = Math.ceil(MAX_SMALL_FILE / 3) * 4;

/** A place in the storage of a printer: `/SD` can be written, `/USB` only read. */
export const FilePath = t.String({
  pattern: '^/(SD|USB)(/[^/]+)*$',
  maxLength: 1000,
  description: 'For example /SD/parts/bracket.fc.',
});

/** A file that is sent along. */
export const SmallFile = t.Object({
  name: t.String({ minLength: 1, maxLength: 200, description: 'Its extension says what it is: .fc or .gcode.' }),
  content: t.String({ contentEncoding: 'base64', maxLength: MAX_ENCODED, description: 'Base64; at most 512 KiB.' }),
});

/** What a directory holds. */
export const Listing = t.Object({ directories: t.Array(t.String()), files: t.Array(t.String()) });

/** What a printer knows of a file. */
export const FileInfo = t.Object({
  details: t.Object({}, { additionalProperties: t.String(), description: 'As the device says it.' }),
  previews: t.Array(t.Object({ mediaType: t.String(), content: t.String({ contentEncoding: 'base64' }) })),
});
