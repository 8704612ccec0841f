import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { ThingError } from '@thingwright/core';
import type { ReachableAddresses } from './reachable-addresses.js';

/** What limits answers. */
export interface FetchLimits {
  /** Bytes of a body; event streams, whose readers bound each event, have none. */
  readonly bodySize: number;
}

/** Statuses whose answers have no body (Fetch, "null body status"). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Makes a `fetch` that reaches only what it may, follows no redirection and reads no endless body. */
export const createGuardedFetch =
  ({ httpAgent, httpsAgent }: ReachableAddresses, { bodySize }: FetchLimits): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const { url, method, headers, signal } = request;
    const body = request.body ? new Uint8Array(await request.arrayBuffer()) : undefined;
    const fields = Object.fromEntries(headers);
    const limit = fields.accept?.startsWith('text/event-stream') ? Number.POSITIVE_INFINITY : bodySize;
    return new Promise((resolve, reject) => {
      const isSecure = url.startsWith('https:');
      const options = { method, headers: fields, signal };
      const sent = isSecure
        ? requestHttps(url, { ...options, agent: httpsAgent })
        : requestHttp(url, { ...options, agent: httpAgent });
      sent.on('response', (answer) => {
        try {
          resolve(toResponse(answer, limit));
        } catch (error) {
          // A status that no Response has: thrown here it would end the process.
          answer.destroy();
          reject(
            new ThingError('protocol', `The server answered with the status ${answer.statusCode}`, { cause: error }),
          );
        }
      });
      sent.on('error', reject);
      // Where a server switches protocols unasked Node hangs up without a word.
      sent.on('close', () => reject(new ThingError('disconnected', 'The server hung up without an answer')));
      sent.end(body);
    });
  };

function toResponse(answer: IncomingMessage, limit: number): Response {
  const { statusCode: status = 0, headersDistinct } = answer;
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  if (!WITHOUT_BODY.has(status)) return new Response(streamOf(answer, limit), { status, headers });
  answer.resume();
  return new Response(null, { status, headers });
}

function streamOf(answer: IncomingMessage, limit: number): ReadableStream<Uint8Array> {
  let size = 0;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      answer.on('data', (chunk: Uint8Array) => {
        size += chunk.length;
        if (size > limit) {
          answer.destroy(new ThingError('tooLarge', `The answer is longer than ${limit} bytes`));
          return;
        }
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) answer.pause();
      });
      answer.on('end', () => controller.close());
      answer.on('error', (error) => controller.error(error));
    },
    pull: () => void answer.resume(),
    cancel: () => void answer.destroy(),
  });
}
