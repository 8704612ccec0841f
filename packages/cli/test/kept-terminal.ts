import { type Environment, main, type Terminal } from '../src/index.js';

/** A terminal that keeps what is written to it. */
export interface KeptTerminal extends Terminal {
  readonly printed: readonly string[];
  readonly told: readonly string[];
  /** The line of output of that number (from 0), once it is there. */
  line(number: number): Promise<string>;
  /** Presses ^C. */
  interrupt(): void;
}

/** Makes an empty terminal. */
export function keptTerminal(environment: Environment = {}): KeptTerminal {
  const printed: string[] = [];
  const told: string[] = [];
  const waiting = new Map<number, (line: string) => void>();
  const interruptions = new Set<() => void>();
  return {
    environment,
    isInteractive: false,
    printed,
    told,
    print(line) {
      waiting.get(printed.length)?.(line);
      printed.push(line);
    },
    tell: (line) => void told.push(line),
    line(number) {
      const there = printed[number];
      return there === undefined ? new Promise((resolve) => waiting.set(number, resolve)) : Promise.resolve(there);
    },
    interrupt() {
      for (const happen of interruptions) happen();
    },
    interruption() {
      let happen = (): void => undefined;
      const happened = new Promise<NodeJS.Signals>((resolve) => {
        happen = () => resolve('SIGINT');
      });
      interruptions.add(happen);
      return { happened, [Symbol.dispose]: () => void interruptions.delete(happen) };
    },
  };
}

/** What a command did. */
export interface Ending {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command to its end, in this process. */
export async function run(args: readonly string[], environment: Environment = {}): Promise<Ending> {
  const terminal = keptTerminal(environment);
  const status = await main(args, terminal);
  return { status, output: terminal.printed.join('\n'), errors: terminal.told.join('\n') };
}
