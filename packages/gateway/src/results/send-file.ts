import { addAbortSignal } from 'node:stream';
import type { Authentication } from '@thingwright/core';
import { byteRangeOf, type Part, problemOf } from '@thingwright/listener';
import type { FileRecord, Files } from '@thingwright/store';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is sent, and to whom. */
export interface FileToSend {
  readonly file: FileRecord;
  readonly files: Pick<Files, 'read'>;
  /** With its end the answer ends. */
  readonly authentication: Authentication;
}

/**
 * Answers GET and HEAD with a file, or with the part that is asked for, as fast as its reader takes it (RFC 9110, sections 13 and 14).
 * Its ETag is its SHA-256. What fails on the way cuts the connection: nobody takes a part for the whole.
 */
export async function sendFile(
  { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
  reply: FastifyReply,
  { file, files, authentication }: FileToSend,
): Promise<FastifyReply> {
  const etag = `"${file.sha256}"`;
  const always = { etag, 'cache-control': 'private, no-cache', 'accept-ranges': 'bytes' };
  if (names(headers['if-none-match'], etag)) return reply.code(304).headers(always).send();
  const part = method === 'GET' ? partOf(headers, file.size, etag) : undefined;
  if (part === 'unsatisfiable') {
    return reply
      .code(416)
      .headers(always)
      .header('content-range', `bytes */${file.size}`)
      .header('content-type', 'application/problem+json')
      .send(JSON.stringify(problemOf(416, `The file has ${file.size} bytes`)));
  }
  const { start, end } = part ?? { start: 0, end: file.size };
  // Opened before there is any header of it: where that fails, the answer is an error.
  const content = method === 'HEAD' ? undefined : (await files.read(file.id, { start, end })).content;
  reply.headers({
    ...always,
    'content-type': file.mediaType,
    'content-length': end - start,
    'content-disposition': `attachment; filename="${plain(file.name)}"; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    // RFC 9530: of the whole file, whatever part of it this is.
    'repr-digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
  });
  if (!content) return reply.send();
  if (part) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${file.size}`);
  const { ended } = authentication;
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
