import { type ReaderFigures, ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { Call } from './call.js';
import { EventStream, type Slowness } from './event-stream.js';
import { createStreamKeeper } from './stream-keeper.js';

/** An event stream that was opened for a caller. */
export interface OpenedStream {
  readonly stream: EventStream;
  /** Has something done once the stream has ended, for whatever reason; at once if it has already. */
  onEnd(leave: () => void): void;
}

/**
 * Answers a call with an event stream, whose head is sent at once; it ends with its reader's authentication and with the listener.
 * Undefined where there is nothing to send: for HEAD, and for who has left.
 * @throws ThingError `unavailable` if the listener is closing.
 */
export type StreamDoor = (call: Call, slowness: Slowness) => OpenedStream | undefined;

/** How streams are counted and kept alive. */
export interface StreamCare {
  readonly figures: ReaderFigures;
  /** Milliseconds between signs of life. */
  readonly keepAlive: number;
}

/** Makes the door through which all event streams of a binding go. */
export function createStreamDoor(listener: Listener, { figures, keepAlive }: StreamCare): StreamDoor {
  const keeper = createStreamKeeper(keepAlive);
  listener.closing.addEventListener('abort', () => keeper.endAll(), { once: true });

  return ({ request, reply, caller }, slowness) => {
    // Whoever left while something was looked up; of that nobody would tell the stream any more.
    if (reply.raw.destroyed) {
      reply.hijack();
      return undefined;
    }
    if (listener.closing.aborted) throw new ThingError('unavailable', 'The server is closing');
    if (request.method === 'HEAD') {
      reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store').send();
      return undefined;
    }
    reply.hijack();
    const leaving: (() => void)[] = [];
    let isOver = false;
    const stream = new EventStream(reply.raw, slowness, {
      figures,
      flushSoon: keeper.flushSoon,
      ended(over) {
        isOver = true;
        keeper.remove(over);
        figures.subscriptions.value--;
        for (const leave of leaving) leave();
      },
    });
    keeper.add(stream);
    figures.subscriptions.value++;
    stream.begin(reply.getHeaders());
    const end = (): void => stream.end();
    caller.ended?.addEventListener('abort', end, { once: true });
    leaving.push(() => caller.ended?.removeEventListener('abort', end));
    return {
      stream,
      onEnd(leave) {
        if (isOver) leave();
        else leaving.push(leave);
      },
    };
  };
}
