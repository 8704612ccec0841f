import { askGateway, callGateway, listFromGateway } from '../call-gateway.js';
import { printList, printMembers } from '../columns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { readPassword } from '../password.js';
import { toPrincipalID } from '../principal-id.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Options of `token issue`. */
export interface IssueOptions extends ThingCommandOptions {
  readonly label?: string;
  /** Seconds. */
  readonly expires?: number;
}

/** Issues a token and prints it: to whom is named, as its admin; without a name to oneself, with one's password. */
export async function issueToken(
  name: string | undefined,
  options: IssueOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const { label, expires: expiresInSeconds, json } = options;
  const owner =
    name === undefined
      ? { currentPassword: await readPassword('Your password', undefined, terminal) }
      : { principal: toPrincipalID(name) };
  const made = await callGateway('issueToken', { ...owner, label, expiresInSeconds }, { options, terminal });
  printMembers(made, { json, terminal });
  if (!json) terminal.tell('The secret is shown this once; it is sent as Authorization: Bearer.');
  return EXIT.done;
}

/** Lists the credentials of somebody, without what is secret; without a name one's own. */
export async function listTokens(
  name: string | undefined,
  options: ThingCommandOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const principal = name === undefined ? undefined : toPrincipalID(name);
  const items = await listFromGateway('listCredentials', { principal }, { options, terminal });
  printList(items, ['id', 'kind', 'label', 'created', 'expires'], { json: options.json, terminal });
  return EXIT.done;
}

/** A credential of somebody. */
export interface OneCredential<O extends ThingCommandOptions = ThingCommandOptions> {
  readonly name: string;
  readonly credential: string;
  readonly options: O;
}

/** Ends a credential. */
export async function revokeToken(
  { name, credential, options }: OneCredential,
  terminal: Terminal,
): Promise<ExitStatus> {
  const principal = toPrincipalID(name);
  await askGateway('revokeCredential', { principal, credential }, { options, terminal });
  if (options.json) terminal.print(JSON.stringify({ principal, credential, revoked: true }));
  return EXIT.done;
}

/** Options of `token rotate`. */
export interface RotateTokenOptions extends ThingCommandOptions {
  readonly overlap: number;
}

/** Replaces a credential and prints the new one. */
export async function rotateToken(
  { name, credential, options }: OneCredential<RotateTokenOptions>,
  terminal: Terminal,
): Promise<ExitStatus> {
  const request = { principal: toPrincipalID(name), credential, overlapSeconds: options.overlap };
  const made = await callGateway('rotateCredential', request, { options, terminal });
  printMembers(made, { json: options.json, terminal });
  return EXIT.done;
}
