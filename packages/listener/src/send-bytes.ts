import { addAbortSignal } from 'node:stream';
import { type Authentication, ThingError } from '@thingwright/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { byteRangeOf, type Part } from './byte-range.js';
import { byteStream } from './byte-stream.js';
import { problemOf, sendDetails } from './problem.js';

/** What is sent, and to whom. */
export interface BytesToSend {
  /** What to call it when it is saved; any characters. */
  readonly name: string;
  /** Default: `application/octet-stream`. */
  readonly mediaType?: string;
  /** Of the whole. */
  readonly size: number;
  /** Of the whole, 64 hexadecimal digits in lower case: its ETag. */
  readonly sha256: string;
  /** Opens a part. */
  read(part: Part): Promise<AsyncIterable<Uint8Array>>;
  /** With its end the answer ends. */
  readonly authentication?: Pick<Authentication, 'ended'>;
}

/**
 * Answers GET and HEAD with bytes, or with the part of them that is asked for, as fast as their reader takes them (RFC 9110, sections 13
 * and 14). What fails on the way cuts the connection: nobody takes a part for the whole. The route has to answer HEAD by itself: that which
 * Fastify makes of GET says that there is nothing.
 * @throws ThingError what `read` throws; `unauthenticated` if the credential has ended by then.
 */
export async function sendBytes(
  { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
  reply: FastifyReply,
  { name, mediaType = 'application/octet-stream', size, sha256, read, authentication }: BytesToSend,
): Promise<FastifyReply> {
  const etag = `"${sha256}"`;
  const always = { etag, 'cache-control': 'private, no-cache', 'accept-ranges': 'bytes' };
  if (names(headers['if-none-match'], etag)) return reply.code(304).headers(always).send();
  const part = method === 'GET' ? partOf(headers, size, etag) : undefined;
  if (part === 'unsatisfiable') {
    reply.headers({ ...always, 'content-range': `bytes */${size}` });
    return sendDetails(reply, problemOf(416, `There are ${size} bytes`));
  }
  const { start, end } = part ?? { start: 0, end: size };
  // Opened before there is any header of it: where that fails, the answer is an error.
  const content = method === 'HEAD' ? undefined : byteStream(await read({ start, end }));
  const ended = authentication?.ended;
  if (ended?.aborted) {
    content?.destroy();
    throw new ThingError('unauthenticated', 'The credential has ended');
  }
  reply.headers({
    ...always,
    'content-type': mediaType,
    'content-length': end - start,
    'content-disposition': `attachment; filename="${plain(name)}"; filename*=UTF-8''${encodeURIComponent(name)}`,
    // RFC 9530: of the whole, whatever part of it this is.
    'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  });
  if (!content) return reply.send();
  if (part) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${size}`);
  return reply.send(ended ? addAbortSignal(ended, content) : content);
}

function partOf(
  { range, 'if-range': ifRange }: FastifyRequest['headers'],
  size: number,
  etag: string,
): Part | 'unsatisfiable' | undefined {
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return undefined;
  return byteRangeOf(range, size);
}

/** Whether a header `If-None-Match` names this ETag, however weakly. */
const names = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag) ?? false;

/** A name for those who know no other characters. */
const plain = (name: string): string => name.replaceAll(/[^\w. -]/g, '_');
