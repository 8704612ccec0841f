import { ThingError } from '@thingwright/core';
import { type Environment, main, type Terminal } from '../src/index.js';

/** A terminal that keeps what is written to it. */
export interface KeptTerminal extends Terminal {
  readonly printed: readonly string[];
  readonly told: readonly string[];
  /** What secrets it was asked for. */
  readonly asked: readonly string[];
  /** The line of output of that number (from 0), once it is there. */
  line(number: number): Promise<string>;
  /** The first line for the person that has this in it, once it is there. */
  hint(text: string): Promise<string>;
  /** Presses ^C. */
  interrupt(): void;
}

/** Makes an empty terminal. */
export function keptTerminal(environment: Environment = {}, secrets: readonly string[] = []): KeptTerminal {
  const printed: string[] = [];
  const told: string[] = [];
  const asked: string[] = [];
  const typed = [...secrets];
  const waiting = new Map<number, (line: string) => void>();
  const listeners = new Set<() => void>();
  const interruptions = new Set<() => void>();
  return {
    environment,
    isInteractive: false,
    asksSecrets: false,
    async readSecret(prompt) {
      const secret = typed.shift();
      if (secret === undefined) throw new ThingError('invalid', `${prompt}: nothing is typed`);
      asked.push(prompt);
      return secret;
    },
    asked,
    printed,
    told,
    print(line) {
      waiting.get(printed.length)?.(line);
      printed.push(line);
    },
    tell(line) {
      told.push(line);
      for (const look of listeners) look();
    },
    line(number) {
      const there = printed[number];
      return there === undefined ? new Promise((resolve) => waiting.set(number, resolve)) : Promise.resolve(there);
    },
    hint: (text) =>
      new Promise((resolve) => {
        const look = () => {
          const line = told.find((one) => one.includes(text));
          if (line === undefined) return;
          listeners.delete(look);
          resolve(line);
        };
        listeners.add(look);
        look();
      }),
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
  /** What secrets it asked for. */
  readonly asked: readonly string[];
}

/** Runs a command to its end, in this process; `secrets` are typed where it asks for some. */
export async function run(
  args: readonly string[],
  environment: Environment = {},
  secrets: readonly string[] = [],
): Promise<Ending> {
  const terminal = keptTerminal(environment, secrets);
  const status = await main(args, terminal);
  const { printed, told, asked } = terminal;
  return { status, output: printed.join('\n'), errors: told.join('\n'), asked };
}
