import { pipeline, type Readable, Transform } from 'node:stream';
import { Content } from '@node-wot/core';
import { ThingError } from '@thingwright/core';

/** Bytes of an answer. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The answer of a stranger, who may never end it: beyond 4 MiB it breaks with a ThingError `tooLarge`, and its connection is let go of. */
export function boundedContent({ type, body }: Content): Content {
  let size = 0;
  const bounded = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      size += piece.length;
      if (size > MOST_BYTES) done(new ThingError('tooLarge', `The answer has more than ${MOST_BYTES} bytes`));
      else done(null, piece);
    },
  });
  endSources(body);
  // Whoever reads it learns of its errors.
  pipeline(body, bounded, () => {});
  return new Content(type, bounded);
}

/**
 * Has what flows into a stream end with it. node-wot's HTTP binding gives the last of several streams; when that is destroyed, the first one
 * only stands still, and holds its socket for ever.
 */
function endSources(stream: NodeJS.ReadableStream): void {
  stream.once('unpipe', (source: Readable) => {
    endSources(source);
    source.destroy();
  });
}
