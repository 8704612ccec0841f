import { consumeTarget } from '../consumed.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import { show, type Terminal } from '../terminal.js';

/** What is to be read; no property means all. */
export interface Reading {
  readonly thing: string;
  readonly properties: readonly string[];
  readonly options: ThingCommandOptions;
}

/** Reads properties. One that was named alone is printed bare. */
export async function read({ thing, properties, options }: Reading, terminal: Terminal): Promise<ExitStatus> {
  await using consumed = await consumeTarget(thing, options, terminal);
  const [first, ...others] = properties;
  if (first !== undefined && others.length === 0) {
    const { value } = await consumed.request({ op: 'readproperty', name: first });
    terminal.print(options.json ? JSON.stringify({ thing: consumed.id, name: first, value }) : show(value));
    return EXIT.done;
  }
  const values = await (first === undefined ? consumed.readAll() : consumed.readMultiple(properties));
  for (const [name, value] of Object.entries(values)) {
    terminal.print(options.json ? JSON.stringify({ thing: consumed.id, name, value }) : `${name}: ${show(value)}`);
  }
  return EXIT.done;
}
