import type { Usage } from './messages.js';

/** Does something in a program of the run; what it gives is sent back. */
export type Command = (input: unknown) => unknown;

interface Call {
  readonly id: number;
  readonly command: string;
  readonly input?: unknown;
}

const isCall = (message: unknown): message is Call =>
  typeof message === 'object' &&
  message !== null &&
  'id' in message &&
  typeof message.id === 'number' &&
  'command' in message &&
  typeof message.command === 'string';

/** Collects garbage, then tells how much is left. */
async function usage(): Promise<Usage> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, rss } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap');
  return { heap: heapUsed, rss, sockets: sockets.length };
}

/** Does what the run asks of this program; every program knows `usage` too. It ends by itself when the run lets go of it. */
export function obey(own: Readonly<Record<string, Command>>): void {
  const commands: Readonly<Record<string, Command>> = { usage, ...own };
  const answer = async ({ id, command, input }: Call): Promise<void> => {
    try {
      const run = commands[command];
      if (!run) throw new RangeError(`There is no command '${command}'`);
      process.send?.({ id, result: (await run(input)) ?? {} });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (message: unknown) => {
    if (isCall(message)) void answer(message);
  });
}
