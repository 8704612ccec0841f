import { ThingError } from '@thingwright/core';
import { askGateway, callGateway, listFromGateway } from '../call-gateway.js';
import { printList, printMembers } from '../columns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { toPrincipalID } from '../principal-id.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Options of `grant add`: each narrows the role. */
export interface GrantOptions extends ThingCommandOptions {
  readonly organization?: string;
  readonly thing?: string;
  readonly affordance?: string;
  readonly operation?: string;
}

/** Who is given which role. */
export interface Granting {
  readonly name: string;
  readonly role: string;
  readonly options: GrantOptions;
}

/** Gives a role and prints the id of the grant. */
export async function addGrant({ name, role, options }: Granting, terminal: Terminal): Promise<ExitStatus> {
  const { organization, thing, affordance, operation } = options;
  const request = { principal: toPrincipalID(name), role, organization, thing, affordance, operation };
  printMembers(await callGateway('grant', request, { options, terminal }), { json: options.json, terminal });
  return EXIT.done;
}

/** Lists the roles of somebody. */
export async function listGrants(name: string, options: ThingCommandOptions, terminal: Terminal): Promise<ExitStatus> {
  const id = toPrincipalID(name);
  const all = await listFromGateway('listPrincipals', {}, { options, terminal });
  const found = all.find((item) => item.id === id);
  if (!found) throw new ThingError('notFound', `There is nobody with the id '${id}' that you may see`);
  const grants = Array.isArray(found.grants) ? found.grants : [];
  printList(grants, ['id', 'role', 'organization', 'thing', 'affordance', 'operation'], {
    json: options.json,
    terminal,
  });
  return EXIT.done;
}

/** What is taken back from whom. */
export interface Revoking {
  readonly name: string;
  /** The id of the grant. */
  readonly grant: string;
  readonly options: ThingCommandOptions;
}

/** Takes a role back. */
export async function removeGrant({ name, grant, options }: Revoking, terminal: Terminal): Promise<ExitStatus> {
  const principal = toPrincipalID(name);
  await askGateway('revokeGrant', { principal, grant }, { options, terminal });
  if (options.json) terminal.print(JSON.stringify({ principal, grant, removed: true }));
  return EXIT.done;
}
