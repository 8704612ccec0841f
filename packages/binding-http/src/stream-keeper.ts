import type { EventStream } from './event-stream.js';

/** All open streams of a binding: flushes those with something to send, keeps them alive, ends them all. */
export interface StreamKeeper {
  add(stream: EventStream): void;
  remove(stream: EventStream): void;
  flushSoon(stream: EventStream): void;
  endAll(): void;
}

/** Makes a keeper; every `interval` milliseconds, while there are streams, it keeps them alive. */
export function createStreamKeeper(interval: number): StreamKeeper {
  const streams = new Set<EventStream>();
  const dirty = new Set<EventStream>();
  let timer: NodeJS.Timeout | undefined;

  const flushAll = (): void => {
    const due = [...dirty];
    dirty.clear();
    for (const stream of due) stream.flush();
  };

  return {
    add(stream) {
      streams.add(stream);
      timer ??= setInterval(() => {
        for (const open of streams) open.keepAlive();
      }, interval);
    },
    remove(stream) {
      streams.delete(stream);
      dirty.delete(stream);
      if (streams.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
    flushSoon(stream) {
      if (dirty.size === 0) setImmediate(flushAll);
      dirty.add(stream);
    },
    endAll() {
      for (const stream of [...streams]) stream.end();
    },
  };
}
