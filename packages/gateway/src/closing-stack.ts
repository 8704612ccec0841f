import type { Log } from '@thingwright/core';

/** What was opened, to be closed in the opposite order. Node 20 has no AsyncDisposableStack. */
export interface ClosingStack extends AsyncDisposable {
  /** Takes over something that has just been opened, and gives it back. */
  add<T extends AsyncDisposable | Disposable>(opened: T): T;
}

/** Makes an empty stack. What cannot be closed is logged, and the rest is closed all the same. */
export function createClosingStack(log: Log): ClosingStack {
  const stack: (AsyncDisposable | Disposable)[] = [];
  let closed: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    for (let opened = stack.pop(); opened; opened = stack.pop()) {
      try {
        if (Symbol.asyncDispose in opened) await opened[Symbol.asyncDispose]();
        else opened[Symbol.dispose]();
      } catch (error) {
        log.error({ error }, 'something could not be closed');
      }
    }
  };

  return {
    add(opened) {
      stack.push(opened);
      return opened;
    },
    [Symbol.asyncDispose]() {
      closed ??= close();
      return closed;
    },
  };
}
