import { isMembers, type LogLine, ThingError } from '@thingwright/core';
import {
  decodeLabThingsMessage,
  encodeLabThingsRequest,
  type LabThingsInstruction,
  labThingsSocket,
  readInvocation,
  readLabThingsError,
} from '@thingwright/web-thing-protocol/legacy';
import { describedBy } from '../fetch-description.js';
import type { HttpAnswer, HttpRequest } from '../http-requests.js';
import type { Ask, LegacyServer, WatchKind } from './legacy-server.js';
import { type LocatedRun, locate } from './located-run.js';

const BEGIN: Readonly<Record<WatchKind, LabThingsInstruction['op']>> = {
  property: 'observeproperty',
  event: 'subscribeevent',
  action: 'observeaction',
};
const END: Readonly<Record<WatchKind, LabThingsInstruction['op']>> = {
  property: 'unobserveproperty',
  event: 'unsubscribeevent',
  action: 'unobserveaction',
};

/**
 * A Thing of LabThings: observed on a socket below its URL, all else over HTTP at the names below its URL.
 * @throws ThingError `protocol` if `description` is no TD.
 */
export function createLabThingsServer(description: unknown, from: string, ask: Ask): LegacyServer {
  const described = describedBy(description, from);
  const place = new URL(from);
  place.search = '';
  place.hash = '';
  const base = place.href.endsWith('/') ? place.href : `${place.href}/`;
  const at = (name: string): string => base + encodeURIComponent(name);
  const send = (request: Omit<HttpRequest, 'readRefusal'>): Promise<HttpAnswer> =>
    ask({ ...request, readRefusal: readLabThingsError });
  const run = (answer: HttpAnswer): LocatedRun => locatedRun(answer.body, answer.url);
  return {
    described,
    socket: labThingsSocket(from),
    protocols: [],
    settling: 0,
    losesChanges: true,
    decode: decodeLabThingsMessage,
    begin: (kind, name) => encodeLabThingsRequest({ op: BEGIN[kind], name }),
    end: (kind, name) => encodeLabThingsRequest({ op: END[kind], name }),
    read: async (name, options) => (await send({ ...options, url: at(name) })).body,
    async write(name, value, options) {
      // Its answer is null, whatever the value: it confirms nothing.
      await send({ ...options, url: at(name), method: 'PUT', body: value });
    },
    invoke: async (name, input, options) => run(await send({ ...options, url: at(name), method: 'POST', body: input })),
    query: async (_action, url) => run(await send({ url })),
    async cancel(url) {
      await send({ url, method: 'DELETE' }).catch((thrown: unknown) => {
        throw ended(thrown);
      });
    },
    async runsOf(action) {
      const { body, url } = await send({ url: at(action) });
      if (!Array.isArray(body)) throw new ThingError('protocol', `${url} answered without a list of invocations`);
      return body.map((entry: unknown) => locatedRun(entry, url));
    },
  };
}

const locatedRun = (body: unknown, from: string): LocatedRun =>
  locate(readInvocation(body), from, isMembers(body) ? logOf(body.log) : []);

function logOf(log: unknown): readonly LogLine[] {
  if (!Array.isArray(log)) return [];
  return log
    .filter(isMembers)
    .map(({ message, created }) => ({ message: String(message), time: typeof created === 'string' ? created : '' }));
}

/** An invocation that has ended cannot be cancelled: LabThings says that with 503. */
const ended = (thrown: unknown): unknown =>
  thrown instanceof ThingError && thrown.code === 'unavailable'
    ? new ThingError('conflict', thrown.detail, { cause: thrown })
    : thrown;
