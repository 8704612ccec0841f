import cliProgress from 'cli-progress';
import { harmless, show, type Terminal } from './terminal.js';

/** Shows how far an action is. */
export interface ProgressDisplay {
  progress(value: unknown): void;
  log(line: string): void;
  end(): void;
}

/** Lines of JSON, for programs. */
export const jsonProgress = (terminal: Terminal): ProgressDisplay => ({
  progress: (progress) => terminal.print(JSON.stringify({ progress })),
  log: (log) => terminal.print(JSON.stringify({ log })),
  end: () => undefined,
});

/** For a person: a bar where the progress is a percentage and somebody looks, else lines. */
export function progressDisplay(terminal: Terminal): ProgressDisplay {
  const multi = terminal.isInteractive
    ? new cliProgress.MultiBar({ stream: process.stderr, hideCursor: true, format: '{bar} {percentage} %' })
    : undefined;
  let bar: cliProgress.SingleBar | undefined;
  return {
    progress(value) {
      const percent = percentOf(value);
      if (!multi || percent === undefined) return terminal.tell(show(value));
      bar ??= multi.create(100, 0);
      bar.update(percent);
    },
    log(line) {
      if (bar) multi?.log(`${harmless(line)}\n`);
      else terminal.tell(line);
    },
    end: () => multi?.stop(),
  };
}

function percentOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('percent' in value)) return undefined;
  return typeof value.percent === 'number' ? value.percent : undefined;
}
