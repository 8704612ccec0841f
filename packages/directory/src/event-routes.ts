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
import { visiblePart } from './visible-part.js';

/** Milliseconds between signs of life on a stream. */
const KEEP_ALIVE = 20_000;
/** Messages that may wait for a slow reader before its stream is cut; it may come back and resume. More than a journal has. */
const MOST_QUEUED = 2000;

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
  /** What is the same for all readers, as text: it may be long, and may wait for many of them. */
  const shared = new WeakMap<KeptEvent, string>();

  const maySee = (event: KeptEvent, { caller: { principal } }: Call): boolean => {
    const thing = site.byID(event.id);
    return thing ? site.isVisible(thing, principal) : access.maySee(principal, event);
  };

  const toMessage = (event: KeptEvent, { request, caller: { principal } }: Call, withDiff: boolean): string => {
    if (!withDiff) return encode(event, { id: event.id });
    const thing = site.byID(event.id);
    if (thing && event.type === 'thing_created') {
      return encode(event, own.describe(thing, { principal, origin: listener.originOf(request.raw) }));
    }
    const maySee = thing ? undefined : access.partOf(principal, event);
    // A patch tells too little of an affordance to know whether it may be seen: who sees only a part reads it again.
    if (maySee && event.type === 'thing_updated') return encode(event, { id: event.id });
    if (maySee && event.diff) return encode(event, { ...visiblePart(event.diff, maySee), id: event.id });
    const known = shared.get(event);
    if (known !== undefined) return known;
    const text = encode(event, event.type === 'thing_deleted' ? { id: event.id } : { ...event.diff, id: event.id });
    shared.set(event, text);
    return text;
  };

  return (call: Call, type: EventType | undefined): void => {
    negotiate(call, ['text/event-stream']);
    const withDiff = readDiff(call.request.url);
    const isWanted = (event: KeptEvent): boolean => (type === undefined || event.type === type) && maySee(event, call);
    const missed = missedOf(call, registrations);
    const opened = open(call, { conflates: false, maxQueued: MOST_QUEUED });
    if (!opened) return;
    const { stream, onEnd } = opened;
    const take = (event: KeptEvent): void => {
      if (isWanted(event)) stream.take({ name: event.type }, toMessage(event, call, withDiff));
    };
    if (missed) {
      stream.send(RESUME[missed.resume]);
      for (const event of missed.events) take(event);
    }
    const following = registrations.events.subscribe(take);
    onEnd(() => following.unsubscribe());
  };
}

const encode = ({ type, place }: KeptEvent, data: object): string =>
  `event: ${type}\nid: ${place}\ndata: ${JSON.stringify(data)}\n\n`;

function missedOf({ request }: Call, registrations: Registrations): Missed | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? registrations.since(header) : undefined;
}

function readDiff(url: string): boolean {
  const { diff = 'false' } = readQuery(url, ['diff']);
  if (diff === 'true' || diff === 'false') return diff === 'true';
  throw new ThingError('invalid', `'diff' is true or false`);
}
