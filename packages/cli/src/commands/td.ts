import { EXIT, type ExitStatus } from '../exit-status.js';
import { fetchJson } from '../fetch-json.js';
import { type ThingCommandOptions, targetOf } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Prints a Thing Description: indented, or with `--json` on one line. */
export async function td(thing: string, options: ThingCommandOptions, terminal: Terminal): Promise<ExitStatus> {
  const description = await fetchJson(
    await targetOf(thing, options, terminal.environment),
    'application/td+json, application/json',
  );
  terminal.print(JSON.stringify(description, null, options.json ? undefined : 2));
  return EXIT.done;
}
