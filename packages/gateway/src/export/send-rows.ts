import { Readable } from 'node:stream';
import { type Authentication, ThingError } from '@thingwright/core';
import type { FastifyReply } from 'fastify';

/** How rows are sent. */
export interface RowsOptions {
  /** Media type. */
  readonly type: string;
  /** How a file of them is called. */
  readonly file: string;
  /** With its end they end. */
  readonly authentication: Authentication;
}

/**
 * Answers with text that is made as fast as its reader takes it. The first of it is made before the answer begins, so that what
 * fails at once is answered as an error; what fails later cuts the connection, and a whole answer cannot be mistaken for a part.
 */
export async function sendRows(
  reply: FastifyReply,
  rows: AsyncGenerator<string>,
  { type, file, authentication }: RowsOptions,
): Promise<FastifyReply> {
  const begin = await firstOf(rows);
  const text = Readable.from(followed(begin, rows, authentication), { objectMode: true, highWaterMark: 1 });
  return reply
    .header('content-type', type)
    .header('cache-control', 'no-store')
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file)}`)
    .send(text);
}

/** Beyond a head nothing has been asked of the store yet. */
async function firstOf(rows: AsyncGenerator<string>): Promise<readonly string[]> {
  const begin: string[] = [];
  for (let i = 0; i < 2; i++) {
    const { done, value } = await rows.next();
    if (done) break;
    begin.push(value);
  }
  return begin;
}

async function* followed(
  begin: readonly string[],
  rows: AsyncIterable<string>,
  { ended }: Authentication,
): AsyncGenerator<string> {
  yield* begin;
  for await (const text of rows) {
    if (ended?.aborted) throw new ThingError('forbidden', 'The credentials have ended meanwhile');
    yield text;
  }
}
