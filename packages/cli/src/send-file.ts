import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { ThingError } from '@thingwright/core';
import { causeOf, refusalOf } from './fetch-json.js';
import type { Target } from './target.js';
import { usageError } from './usage-error.js';

/** How sending is followed and ended. */
export interface SendOptions {
  readonly signal: AbortSignal;
  /** Is told how much of it has gone. */
  readonly progress: (fraction: number) => void;
}

/** Characters of an answer that are read. */
const MOST_ANSWER = 65_536;

/**
 * Sends a file by PUT, as fast as it is taken. @throws CommanderError for a file that cannot be read, ThingError with what the server or the
 * network had against it, `aborted` if it was ended.
 */
export async function sendFile({ url, token }: Target, path: string, options: SendOptions): Promise<void> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw usageError(error instanceof Error ? error.message : String(error));
  });
  const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': size,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: options.signal,
  });
  const answered = new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (body.length < MOST_ANSWER) body += text;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
  const sent = pipeline(
    createReadStream(path),
    async function* (content: AsyncIterable<Buffer>) {
      let gone = 0;
      for await (const piece of content) {
        yield piece;
        gone += piece.length;
        options.progress(gone / size);
      }
    },
    request,
  );
  try {
    // Who refuses does so before all has come: then the answer counts, and not that nobody takes the rest.
    const { status, body } = await answered;
    if (status >= 300) throw refusalOf(url, status, body);
  } catch (error) {
    if (error instanceof ThingError) throw error;
    if (options.signal.aborted) throw new ThingError('aborted', `${path} was not sent as a whole`, { cause: error });
    throw new ThingError('unavailable', `${new URL(url).origin} cannot be reached${causeOf(error)}`, { cause: error });
  } finally {
    request.destroy();
    await sent.catch(() => undefined);
  }
}
