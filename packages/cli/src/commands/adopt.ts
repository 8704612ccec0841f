import { readFile } from 'node:fs/promises';
import { callGateway } from '../call-gateway.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';
import { usageError } from '../usage-error.js';

/** Options of `adopt`. */
export interface AdoptOptions extends ThingCommandOptions {
  readonly name?: string;
  readonly title?: string;
  readonly organization?: string;
  /** Seconds. */
  readonly poll?: number;
  /** A file; secrets have no place on a command line. */
  readonly credentials?: string;
}

/** Has the gateway adopt the Thing of a TD, by its URL or out of a file, or a printer that it has found, and prints its id, name and TD there. */
export async function adopt(td: string, options: AdoptOptions, terminal: Terminal): Promise<ExitStatus> {
  const { name, title, organization, poll: pollSeconds } = options;
  const source = await sourceOf(td);
  const credentials = options.credentials === undefined ? undefined : await readJsonFile(options.credentials);
  const request = { ...source, name, title, organization, pollSeconds, credentials };
  const thing = await callGateway('adoptThing', request, { options, terminal });
  if (options.json) terminal.print(JSON.stringify(Object.fromEntries(thing)));
  else for (const [member, value] of thing) terminal.print(`${member.padEnd(4)} ${value}`);
  return EXIT.done;
}

async function sourceOf(td: string): Promise<{ url: string } | { discovered: string } | { td: unknown }> {
  if (/^https?:\/\//i.test(td)) return { url: td };
  return /^printer:/.test(td) ? { discovered: td } : { td: await readJsonFile(td) };
}

async function readJsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw usageError(`'${path}' is neither a URL nor a file that can be read`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw usageError(`'${path}' is not JSON`);
  }
}
