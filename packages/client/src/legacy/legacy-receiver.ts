import { type Log, type Notification, ThingError } from '@thingwright/core';
import type { ErrorMessage, LegacyMessage } from '@thingwright/web-thing-protocol/legacy';
import { v4 as uuid } from 'uuid';
import type { FollowedRuns } from './followed-runs.js';
import type { LegacyServer, WatchKind } from './legacy-server.js';
import type { Watches } from './watches.js';

/** Who hears what a socket brings. */
export interface ReceiverParts {
  /** Of the Thing. */
  readonly id: string;
  readonly server: LegacyServer;
  readonly log: Log;
  readonly watches: Watches;
  readonly runs: FollowedRuns;
  /** A frame was not to be understood: any property may have changed. */
  doubt(): void;
  /** The Thing is there no more: nothing would come of another attempt. */
  gone(error: ThingError): void;
}

/** Makes a notification, as these dialects have neither ids nor, for properties, times. */
export function createNotification(
  thing: string,
  kind: Notification['kind'],
  { name, value, time }: { readonly name: string; readonly value: unknown; readonly time?: string },
): Notification {
  return { id: uuid(), thing, kind, name, value, time: time || new Date().toISOString() };
}

/** What an operation that a server refused was to listen to. */
const WATCHED: Readonly<Partial<Record<string, WatchKind>>> = {
  observeproperty: 'property',
  observeaction: 'action',
  subscribeevent: 'event',
};

/** Makes what hands the frames of a socket (undefined: a binary one) to those whom they concern. It never throws. */
export function createReceiver(parts: ReceiverParts): (text: string | undefined) => void {
  const { server, log, runs } = parts;
  return (text) => {
    const message = server.decode(text ?? '');
    switch (message.type) {
      case 'properties':
      case 'events':
        deliver(message, parts);
        return;
      case 'actions':
        for (const run of message.runs) runs.heard(run, absolute(run.href, server));
        return;
      case 'error':
        refused(message, parts);
        return;
      case 'thing':
        if (message.change === 'removed') parts.gone(new ThingError('notFound', `'${titleOf(parts)}' was removed`));
        return;
      case 'unusable':
        log.warn({ url: server.socket, reason: message.reason }, 'an unusable frame');
        parts.doubt();
        return;
      case 'connected':
      case 'ignored':
        return;
    }
  };
}

function deliver(
  message: Extract<LegacyMessage, { readonly type: 'properties' | 'events' }>,
  { id, server, watches }: ReceiverParts,
): void {
  if (message.type === 'properties') {
    const { conflated } = message;
    const more = conflated === undefined ? {} : { conflated };
    for (const change of message.changes) {
      watches.deliver('property', { ...createNotification(id, 'property', change), ...more });
    }
    return;
  }
  const { events = {} } = server.described.td;
  for (const { name, data, time } of message.occurrences) {
    // The gateway writes null where an event has no payload.
    const value = data === null && events[name]?.data === undefined ? undefined : data;
    watches.deliver('event', createNotification(id, 'event', { name, value, time }));
  }
}

function refused({ op, name, error, request }: ErrorMessage, { server, log, watches, gone }: ReceiverParts): void {
  const asked = op !== undefined && name !== undefined ? [{ op, name }] : request;
  log.warn({ url: server.socket, asked: asked[0], reason: error.detail }, 'the server refused');
  for (const one of asked) {
    const kind = WATCHED[one.op];
    if (kind) watches.fail(kind, one.name, error);
  }
  // Without a request it is about the path: it names no Thing.
  if (asked.length === 0 && error.code === 'notFound') gone(error);
}

const titleOf = ({ server }: ReceiverParts): string => server.described.td.title;

function absolute(href: string | undefined, { described: { base } }: LegacyServer): string | undefined {
  return href !== undefined && URL.canParse(href, base) ? new URL(href, base).href : undefined;
}
