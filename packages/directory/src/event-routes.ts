import {
  type Call,
  createStreamDoor,
  negotiate,
  parameterOf,
  type Router,
  toSseComment,
} from '@thingwright/binding-http';
import { readerFigures, type Site, ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { DirectoryAccess } from './access.js';
import type { Missed } from './event-journal.js';
import type { OwnThings } from './own-things.js';
import { readQuery } from './query.js';
import { EVENT_TYPES, type EventType, type KeptEvent } from './records.js';
import type { Registrations } from './registrations.js';

/** Milliseconds between signs of life on a stream. */
const KEEP_ALIVE = 20_000;
/** Messages that may wait for a slow reader before its stream is cut; it may come back and resume. */
const MOST_QUEUED = 1000;

/** What a stream says to a reader that came back. */
const RESUME = { complete: '', gap: toSseComment('gap: something may have been missed') } as const;

/** What events are about, and who may see them. */
export interface EventParts {
  readonly site: Site;
  readonly listener: Listener;
  readonly own: OwnThings;
  readonly registrations: Registrations;
  readonly access: DirectoryAccess;
}

/** Adds `GET /events` and `GET /events/{type}`, both with `?diff=true` (Discovery, section 7.3.2.2). */
export function addEventRoutes(router: Router, parts: EventParts): void {
  const open = createEventStreams(parts);
  router.add('/events', { GET: (call) => open(call, undefined) });
  router.add('/events/:type', { GET: (call) => open(call, typeOf(call)) });
}

function typeOf({ request }: Call): EventType {
  const name = parameterOf(request, 'type');
  const type = EVENT_TYPES.find((each) => each === name);
  if (type !== undefined) return type;
  throw new ThingError('notFound', `There are no events '${name}', only ${EVENT_TYPES.join(', ')}`);
}

function createEventStreams({ site, listener, own, registrations, access }: EventParts) {
  const figures = readerFigures(site.meter, 'directory');
  const open = createStreamDoor(listener, { figures, keepAlive: KEEP_ALIVE });

  const maySee = (event: KeptEvent, { caller: { principal } }: Call): boolean => {
    const thing = site.byID(event.id);
    return thing ? site.isVisible(thing, principal) : access.maySee(principal, event);
  };

  const toMessage = (event: KeptEvent, call: Call, withDiff: boolean): string =>
    `event: ${event.type}\nid: ${event.place}\ndata: ${JSON.stringify(withDiff ? dataOf(event, call) : { id: event.id })}\n\n`;

  const dataOf = ({ type, id, diff }: KeptEvent, { request, caller: { principal } }: Call): object => {
    const thing = type === 'thing_created' ? site.byID(id) : undefined;
    if (thing) return own.describe(thing, { principal, origin: listener.originOf(request.raw) });
    return type === 'thing_deleted' ? { id } : { ...diff, id };
  };

  return (call: Call, type: EventType | undefined): void => {
    negotiate(call, ['text/event-stream']);
    const withDiff = readDiff(call.request.url);
    const isWanted = (event: KeptEvent): boolean => (type === undefined || event.type === type) && maySee(event, call);
    const missed = missedOf(call, registrations);
    const replayed = (missed?.events ?? []).filter(isWanted).map((event) => toMessage(event, call, withDiff));
    const opened = open(call, { conflates: false, maxQueued: MOST_QUEUED });
    if (!opened) return;
    const { stream, onEnd } = opened;
    figures.sent.value += replayed.length;
    const head = (missed ? RESUME[missed.resume] : '') + replayed.join('');
    if (head !== '') stream.send(head);
    const following = registrations.events.subscribe((event) => {
      if (isWanted(event)) stream.take({ name: event.type }, toMessage(event, call, withDiff));
    });
    onEnd(() => following.unsubscribe());
  };
}

function missedOf({ request }: Call, registrations: Registrations): Missed | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? registrations.since(header) : undefined;
}

function readDiff(url: string): boolean {
  const { diff = 'false' } = readQuery(url, ['diff']);
  if (diff === 'true' || diff === 'false') return diff === 'true';
  throw new ThingError('invalid', `'diff' is true or false`);
}
