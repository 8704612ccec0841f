import { basename } from 'node:path';
import { ThingError } from '@thingwright/core';
import { consumeTarget } from '../consumed.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { readPassword } from '../password.js';
import { sendFile } from '../send-file.js';
import { storeProgress } from '../store-progress.js';
import { type ThingCommandOptions, targetOf } from '../target.js';
import type { Terminal } from '../terminal.js';
import { usageError } from '../usage-error.js';

/** Options of `printer authorize`. */
export interface AuthorizeOptions extends ThingCommandOptions {
  /** A file; absent: the password is asked for. */
  readonly passwordFile?: string;
}

/** A file for a printer. */
export interface Sending {
  readonly printer: string;
  /** Here, or already there: `/SD/…`, `/USB/…`. */
  readonly file: string;
  /** Where it goes to; absent: `/SD/` and its name. */
  readonly path?: string | undefined;
  readonly options: ThingCommandOptions;
}

/** A place in the storage of a printer. */
const STORED = /^\/(SD|USB)\//;

/** Has a printer let the gateway in by its key from now on; the password is shown to it once, and kept nowhere. */
export async function authorize(printer: string, options: AuthorizeOptions, terminal: Terminal): Promise<ExitStatus> {
  const password = await readPassword('Password of the printer', options.passwordFile, terminal);
  await run(printer, 'authorizeWithPassword', { input: { password }, options, terminal });
  return done(options, terminal, { authorized: true });
}

/** Sends a file to the storage of a printer, with a bar for who looks on. */
export async function upload(sending: Sending, terminal: Terminal): Promise<ExitStatus> {
  const path = await send(sending, terminal);
  return done(sending.options, terminal, { path });
}

/** Prints a file: one that the printer has, or one of here, which is sent there before. */
export async function print(sending: Sending, terminal: Terminal): Promise<ExitStatus> {
  const { printer, file, options } = sending;
  const path = STORED.test(file) ? file : await send(sending, terminal);
  const output = await run(printer, 'startPrint', { input: { path }, options, terminal });
  return done(options, terminal, { path, ...Object.fromEntries(Object.entries(output ?? {})) });
}

async function send({ printer, file, path = `/SD/${basename(file)}`, options }: Sending, terminal: Terminal) {
  if (!STORED.test(path)) throw usageError(`'${path}' is no place in a printer such as /SD/part.fc`);
  const target = await targetOf(printer, options, terminal.environment);
  const place = path.split('/').map(encodeURIComponent).join('/');
  using work = storeProgress(terminal);
  const url = `${target.url.replace(/\/$/, '')}/files${place}`;
  await sendFile({ ...target, url }, file, { signal: work.signal, progress: (fraction) => work.progress(fraction) });
  return path;
}

async function run(
  printer: string,
  action: string,
  {
    input,
    options,
    terminal,
  }: { readonly input: object; readonly options: ThingCommandOptions; readonly terminal: Terminal },
): Promise<unknown> {
  await using thing = await consumeTarget(printer, options, terminal);
  const invoke = Object.hasOwn(thing.actions, action) ? thing.actions[action] : undefined;
  if (!invoke) throw new ThingError('notFound', `There is no action named '${action}' in '${thing.td.title}'`);
  // Not handed on: the connection closes when this function is left.
  return await invoke(input).output;
}

function done({ json }: ThingCommandOptions, terminal: Terminal, told: Readonly<Record<string, unknown>>): ExitStatus {
  if (json) terminal.print(JSON.stringify(told));
  else for (const [name, value] of Object.entries(told)) terminal.print(`${name} ${String(value)}`);
  return EXIT.done;
}
