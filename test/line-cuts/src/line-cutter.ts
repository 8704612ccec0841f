import { createServer, type Socket } from 'node:net';
import { Line } from './line.js';
import { ENDINGS, type Ending, type LinePlan } from './line-plan.js';
import { resetSocket } from './reset-socket.js';

/** What has happened to the lines so far. */
export interface LineCounts {
  readonly lines: number;
  readonly stalls: number;
  readonly endings: Readonly<Record<Ending, number>>;
  /** Endings in the middle of a chunk, and so most likely of a frame. */
  readonly torn: number;
}

/** How lines are cut. */
export interface LineCutterOptions {
  /** Port on the loopback interface that lines lead to. */
  readonly target: number;
  /** Plans the faults of the line of that number, counted from 0 as they come. */
  readonly plan: (number: number) => LinePlan;
}

/** A port on the loopback interface that leads to another, over lines that fail by plan. Disposing resets all lines. */
export interface LineCutter extends AsyncDisposable {
  readonly port: number;
  /** From now on lines fail: those that are open, and those to come. Until then they are as good as any. */
  begin(): void;
  /** From now on they do not; those that are at their end already are reset. */
  calm(): void;
  counts(): LineCounts;
  /** How many lines are open. */
  readonly open: number;
}

/** Opens a port whose lines fail by plan. */
export async function openLineCutter({ target, plan }: LineCutterOptions): Promise<LineCutter> {
  const lines = new Map<Line, number>();
  const endings = new Map<Ending, number>(ENDINGS.map((ending) => [ending, 0]));
  let count = 0;
  let stalls = 0;
  let torn = 0;
  let fails = false;

  const countEnding = (how: Ending, isTorn: boolean): void => {
    endings.set(how, (endings.get(how) ?? 0) + 1);
    torn += Number(isTorn);
  };
  const accept = (client: Socket): void => {
    const number = count++;
    const fate = fails ? plan(number) : undefined;
    if (fate?.end.how === 'refusal') {
      client.on('error', () => {});
      resetSocket(client);
      countEnding('refusal', false);
      return;
    }
    const line = new Line(client, target, {
      stalled: () => {
        stalls++;
      },
      ended: countEnding,
      over: () => {
        lines.delete(line);
      },
    });
    lines.set(line, number);
    if (fate) line.begin(fate);
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new TypeError('The line cutter has no port');

  return {
    port: address.port,
    begin() {
      if (fails) return;
      fails = true;
      for (const [line, number] of lines) line.begin(plan(number));
    },
    calm() {
      fails = false;
      for (const line of [...lines.keys()]) line.calm();
    },
    counts: () => ({
      lines: count,
      stalls,
      endings: {
        refusal: endings.get('refusal') ?? 0,
        reset: endings.get('reset') ?? 0,
        finish: endings.get('finish') ?? 0,
        finishToClient: endings.get('finishToClient') ?? 0,
        finishToServer: endings.get('finishToServer') ?? 0,
        silence: endings.get('silence') ?? 0,
      },
      torn,
    }),
    get open() {
      return lines.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const line of [...lines.keys()]) line.reset();
      await closed;
    },
  };
}
