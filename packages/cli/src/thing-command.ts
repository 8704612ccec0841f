import { type Command, InvalidArgumentError } from 'commander';
import type { ExitStatus } from './exit-status.js';
import type { Terminal } from './terminal.js';

/** What commands are declared with. */
export interface Commands {
  readonly program: Command;
  readonly terminal: Terminal;
  /** Is handed the exit status of the command that was run. */
  readonly report: (status: ExitStatus) => void;
}

/** Declares a command with the options that say which gateway, as whom, and for whom to print. */
export function onThing(program: Command, usage: string, description: string, samples: readonly string[]): Command {
  return program
    .command(usage)
    .description(description)
    .option('--url <url>', 'the gateway (default: THINGWRIGHT_URL, else http://127.0.0.1:8080)')
    .option('--token <token>', "default: THINGWRIGHT_TOKEN, else that of this machine's ./data/admin-token")
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples(...samples));
}

/** A count of seconds of the command line. */
export function toSeconds(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a count of seconds is needed');
}

/** A span of the command line: seconds, or a fraction of one. */
export function toPeriod(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.001 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('seconds between 0.001 and 3600 are needed');
}

/** A number of things of the command line. */
export function toCount(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a count of at least 1 is needed');
}

/** What is shown at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
