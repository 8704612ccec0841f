import { isMembers, ThingError } from '@thingwright/core';
import {
  decodeWebThingsMessage,
  encodeWebThingsRequest,
  named,
  readWebThingsStatus,
  WEBTHINGS_SUBPROTOCOL,
} from '@thingwright/web-thing-protocol/legacy';
import type { HttpAnswer } from '../http-requests.js';
import type { Ask, LegacyServer } from './legacy-server.js';
import { type LocatedRun, locate } from './located-run.js';
import { readWebThingsDescription } from './webthings-description.js';

/** Milliseconds after which a server that says nothing is taken to listen: the library says nothing unasked. */
const SETTLING = 1000;

/**
 * A Thing of WebThings, at a gateway or a library: it tells everything but events unasked on its socket, all else over HTTP in the old
 * shape or the new.
 * @throws ThingError `protocol` if `description` is none.
 */
export function createWebThingsServer(description: unknown, from: string, ask: Ask): LegacyServer {
  const { described, socket, properties, actions, property, isOld } = readWebThingsDescription(description, from);
  const { td } = described;
  const at = (name: string): string => property.get(name) ?? `${properties}/${encodeURIComponent(name)}`;
  const value = (name: string, { body }: HttpAnswer): unknown => unwrapped(name, body, isOld || !isObject(name));
  const isObject = (name: string): boolean => td.properties?.[name]?.type === 'object';
  return {
    described,
    socket,
    protocols: [WEBTHINGS_SUBPROTOCOL],
    settling: SETTLING,
    losesChanges: false,
    decode: decodeWebThingsMessage,
    begin: (kind, name) => (kind === 'event' ? encodeWebThingsRequest({ op: 'subscribeevent', name }) : undefined),
    end: () => undefined,
    read: async (name, options) => value(name, await ask({ ...options, url: at(name) })),
    async write(name, given, options) {
      const body = isOld ? named(name, given) : given;
      return value(name, await ask({ ...options, url: at(name), method: 'PUT', body }));
    },
    async readAll(options) {
      const { body, url } = await ask({ ...options, url: properties });
      if (!isMembers(body)) throw new ThingError('protocol', `${url} answered without an object of values`);
      return body;
    },
    async invoke(name, input, options) {
      const takesInput = Object.hasOwn(td.actions?.[name] ?? {}, 'input');
      // The gateway wants the member, also for actions that take none.
      const entry = input === undefined ? (takesInput ? {} : { input: {} }) : { input };
      const answer = await ask({ ...options, url: actions, method: 'POST', body: named(name, entry) });
      return runIn(name, answer);
    },
    query: async (action, url) => runIn(action, await ask({ url })),
    async cancel(url) {
      await ask({ url, method: 'DELETE' });
    },
    async runsOf(action) {
      const { body, url } = await ask({ url: actions });
      return entriesOf(body, action).map((entry) => locate(readWebThingsStatus(action, entry), url));
    },
  };
}

/** The value of an answer in the new shape, or in the old: under the property's name, if that may be. */
function unwrapped(name: string, body: unknown, mayBeNamed: boolean): unknown {
  if (!mayBeNamed || !isMembers(body) || !Object.hasOwn(body, name)) return body;
  return Object.keys(body).length === 1 ? body[name] : body;
}

function runIn(action: string, { body, headers, url }: HttpAnswer): LocatedRun {
  const run = readWebThingsStatus(action, body);
  const place = run?.href ?? headers.get('Location') ?? undefined;
  return locate(run && { ...run, href: place }, url);
}

/** The runs of one action in a list of all: an array of `{ action: status }`, or of statuses under each action's name. */
function entriesOf(body: unknown, action: string): readonly unknown[] {
  if (Array.isArray(body)) return body.filter((entry) => isMembers(entry) && Object.hasOwn(entry, action));
  const own = isMembers(body) && Object.hasOwn(body, action) ? body[action] : [];
  return Array.isArray(own) ? own : [];
}
