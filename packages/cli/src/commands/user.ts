import { askGateway, callGateway } from '../call-gateway.js';
import { printMembers } from '../columns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { readNewPassword, readPassword } from '../password.js';
import { toPrincipalID } from '../principal-id.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';
import { usageError } from '../usage-error.js';

/** Options of `user add`. */
export interface AddUserOptions extends ThingCommandOptions {
  readonly title?: string;
  readonly organization?: string;
  /** The `sub` of the tokens of an outside issuer, in place of a name and a password. */
  readonly subject?: string;
  /** False: comes in by tokens only. */
  readonly password: boolean;
  readonly passwordFile?: string;
}

/** Adds a user and prints its id. */
export async function addUser(
  name: string | undefined,
  options: AddUserOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const { title, organization, subject, passwordFile } = options;
  if ((name === undefined) === (subject === undefined)) throw usageError('either a name or --subject is needed');
  const hasPassword = subject === undefined && options.password;
  const password = hasPassword ? await readNewPassword(passwordFile, terminal) : undefined;
  const user = { name, subject, title, organization, password };
  printMembers(await callGateway('addUser', user, { options, terminal }), { json: options.json, terminal });
  return EXIT.done;
}

/** Options of `user password`. */
export interface PasswordOptions extends ThingCommandOptions {
  readonly passwordFile?: string;
}

/** Replaces a password: of the user named, as its admin; without a name one's own, with the one before. */
export async function setPassword(
  name: string | undefined,
  options: PasswordOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const principal = name === undefined ? undefined : toPrincipalID(name);
  const currentPassword =
    principal === undefined ? await readPassword('Current password', undefined, terminal) : undefined;
  const password = await readNewPassword(options.passwordFile, terminal);
  await askGateway('setPassword', { principal, currentPassword, password }, { options, terminal });
  if (options.json)
    terminal.print(JSON.stringify({ ...(principal === undefined ? {} : { principal }), changed: true }));
  return EXIT.done;
}
