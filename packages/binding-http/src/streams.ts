import {
  type Answer,
  type Notification,
  type ObserveOperation,
  readerFigures,
  type Site,
  ThingError,
} from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import { whenDone } from './answers.js';
import type { ThingCall } from './call.js';
import { createRelays } from './relays.js';
import { toSseComment, toSseMessage } from './sse-message.js';
import { createStreamDoor } from './stream-door.js';

/** What the head of a stream says to a reader that came back with `Last-Event-ID`. */
const RESUME_COMMENTS = { complete: 'complete', gap: 'gap: something may have been missed' } as const;

/** How streams behave. */
export interface StreamOptions {
  /** Milliseconds between signs of life on a stream. Default 20 s. */
  readonly keepAlive?: number | undefined;
  /** Messages that may wait for a slow reader of events before its stream is cut. Default 1000. */
  readonly maxQueued?: number | undefined;
}

/** Answers a call with the event stream of an operation (HTTP SSE Profile), from `Last-Event-ID` on if there is one. */
export type OpenStream = (call: ThingCall, operation: ObserveOperation) => void | Promise<void>;

/** Makes the function that opens streams. They end with their reader's authentication, their Thing and the listener. */
export function createStreams(site: Site, listener: Listener, options: StreamOptions): OpenStream {
  const { keepAlive = 20_000, maxQueued = 1000 } = options;
  const relays = createRelays(site.log);
  const figures = readerFigures(site.meter, 'http');
  const open = createStreamDoor(listener, { figures, keepAlive });

  const begin = (call: ThingCall, operation: ObserveOperation, answer: Answer): void => {
    const { thing, caller } = call;
    const missed = (answer.missed ?? []).map(toSseMessage);
    const conflates = !site.strict && (operation.op === 'observeproperty' || operation.op === 'observeallproperties');
    const opened = open(call, { conflates, maxQueued });
    if (!opened) return;
    const { stream, onEnd } = opened;
    if (answer.resume && !site.strict) stream.send(toSseComment(RESUME_COMMENTS[answer.resume]));
    figures.sent.value += missed.length;
    if (missed.length > 0) stream.send(missed.join(''));

    const names = 'name' in operation ? undefined : new Set(answer.names);
    const admits = (notification: Notification): boolean =>
      (names === undefined || names.has(notification.name)) && thing.admits(notification, caller);
    const end = (): void => stream.end();
    const take = (notification: Notification, text: string): void => stream.take(notification, text);
    onEnd(relays.join(thing, operation, caller, { admits, take, end }));
  };

  return (call, operation) => {
    const lastNotificationID = lastEventID(call);
    const asked = lastNotificationID === undefined ? operation : { ...operation, lastNotificationID };
    return whenDone(call, ask(call, asked), (answer) => begin(call, operation, answer));
  };
}

function lastEventID({ request }: ThingCall): string | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** A property that cannot be observed has no stream; whether it can be read is another matter. */
function ask({ thing, caller }: ThingCall, operation: ObserveOperation): Answer | Promise<Answer> {
  try {
    return thing.request(operation, caller);
  } catch (error) {
    if (error instanceof ThingError && error.code === 'invalid') throw new ThingError('notAcceptable', error.detail);
    throw error;
  }
}
