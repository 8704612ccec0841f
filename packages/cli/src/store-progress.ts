import { progressDisplay } from './progress-display.js';
import type { Terminal } from './terminal.js';

/** How far a command is, and whether it shall end. */
export interface StoreProgress extends Disposable {
  /** Fires at ^C. */
  readonly signal: AbortSignal;
  progress(fraction: number): void;
  /** Takes the bar away. */
  end(): void;
}

/** A bar for whoever looks on; nobody else is told. */
export function storeProgress(terminal: Terminal): StoreProgress {
  const interruption = terminal.interruption();
  const ending = new AbortController();
  void interruption.happened.then(() => ending.abort());
  const display = terminal.isInteractive ? progressDisplay(terminal) : undefined;
  let shown = -1;
  return {
    signal: ending.signal,
    progress(fraction) {
      const percent = Math.floor(fraction * 100);
      if (percent === shown) return;
      shown = percent;
      display?.progress({ percent });
    },
    end: () => display?.end(),
    [Symbol.dispose]() {
      display?.end();
      interruption[Symbol.dispose]();
    },
  };
}
