import { readFileSync } from 'node:fs';
import { type Figures, isFigures } from './figures.js';

/** Does something in a program of a bench and says how it went. */
export type Command = (figures: Figures) => Figures | Promise<Figures>;

interface Call {
  readonly id: number;
  readonly command: string;
  readonly figures: Figures;
}

const isCall = (message: unknown): message is Call =>
  typeof message === 'object' &&
  message !== null &&
  'id' in message &&
  typeof message.id === 'number' &&
  'command' in message &&
  typeof message.command === 'string' &&
  'figures' in message &&
  isFigures(message.figures);

/** Microseconds that the main thread ran; as good as none where the system does not say (proc(5), `schedstat`, nanoseconds). */
function mainThread(): number {
  try {
    return Number.parseInt(readFileSync('/proc/self/schedstat', 'utf8'), 10) / 1000;
  } catch {
    return 0;
  }
}

/** CPU time in microseconds, of all threads and of the main one, and memory in bytes of this process. */
const usage: Command = () => {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpu: user + system, main: mainThread(), rss, heap: heapUsed, external };
};

/** Collects garbage until the process is as small as it gets, then tells its usage. */
const settle: Command = async (figures) => {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return usage(figures);
};

/**
 * Does what the bench asks of this program, which runs as its child, until the bench leaves; every program knows `usage`
 * and `settle` too. `close` is what has to be done before it ends.
 */
export function obey(own: Readonly<Record<string, Command>>, close = async (): Promise<void> => undefined): void {
  const commands: Readonly<Record<string, Command>> = { usage, settle, ...own };
  const answer = async ({ id, command, figures }: Call): Promise<void> => {
    try {
      const run = commands[command];
      if (!run) throw new RangeError(`There is no command '${command}'`);
      process.send?.({ id, figures: await run(figures) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (message: unknown) => {
    if (isCall(message)) void answer(message);
  });
  process.on('disconnect', () => void close().finally(() => process.exit()));
}
