import { addAbortSignal } from 'node:stream';
import { type Authentication, ThingError } from '@thingwright/core';
import { byteRangeOf } from '@thingwright/listener';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { byteStream } from '../byte-stream.js';
import type { FirmwareImage, ImageContents } from '../catalogue.js';

/** What is sent, and to whom. */
export interface ImageToSend {
  readonly image: FirmwareImage;
  readonly contents: Pick<ImageContents, 'read'>;
  /** With its end the answer ends. */
  readonly authentication: Authentication;
}

/** Answers GET and HEAD with the bytes of an image, or the part that is asked for (RFC 9110, section 14). Its ETag is its SHA-256. */
export async function sendImage(
  { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
  reply: FastifyReply,
  { image, contents, authentication: { ended } }: ImageToSend,
): Promise<FastifyReply> {
  const etag = `"${image.sha256}"`;
  reply.headers({ etag, 'cache-control': 'private, no-cache', 'accept-ranges': 'bytes' });
  const { range, 'if-range': ifRange } = headers;
  const isAsked = method === 'GET' && range !== undefined && (ifRange === undefined || ifRange === etag);
  const part = isAsked ? byteRangeOf(range, image.size) : undefined;
  if (part === 'unsatisfiable') {
    return reply
      .code(416)
      .header('content-range', `bytes */${image.size}`)
      .send({ detail: `The image has ${image.size} bytes` });
  }
  const { start, end } = part ?? { start: 0, end: image.size };
  // Opened before there is any header of it: where that fails, the answer is an error.
  const content = method === 'HEAD' ? undefined : await contents.read(image.content, { start, end });
  reply.headers({
    'content-type': 'application/octet-stream',
    'content-length': end - start,
    'content-disposition': `attachment; filename="${image.fileName}"`,
    'repr-digest': `sha-256=:${Buffer.from(image.sha256, 'hex').toString('base64')}:`,
  });
  if (!content) return reply.send();
  if (part) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${image.size}`);
  const stream = byteStream(content);
  if (ended?.aborted) {
    stream.destroy();
    throw new ThingError('unauthenticated', 'The credential has ended');
  }
  return reply.send(ended ? addAbortSignal(ended, stream) : stream);
}
