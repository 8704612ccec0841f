import { consumeTarget } from '../consumed.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { parseArgument } from '../json-argument.js';
import type { ThingCommandOptions } from '../target.js';
import { show, type Terminal } from '../terminal.js';

/** What is to be written. */
export interface Writing {
  readonly thing: string;
  readonly property: string;
  /** As on the command line. */
  readonly value: string;
  readonly options: ThingCommandOptions;
}

/** Writes a property; prints the value that the Thing confirms, if it does. */
export async function write(
  { thing, property: name, value, options }: Writing,
  terminal: Terminal,
): Promise<ExitStatus> {
  await using consumed = await consumeTarget(thing, options, terminal);
  const answer = await consumed.request({ op: 'writeproperty', name, value: parseArgument(value) });
  if (options.json) terminal.print(JSON.stringify({ thing: consumed.id, name, value: answer.value }));
  else if (answer.value !== undefined) terminal.print(show(answer.value));
  return EXIT.done;
}
