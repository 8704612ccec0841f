import { askGateway, listFromGateway } from '../call-gateway.js';
import { printList } from '../columns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';

/** Options of commands that list those of one organization. */
export interface ListOptions extends ThingCommandOptions {
  readonly organization?: string;
}

/** Lists users or services: id, title, organization, roles, and whether they are shut out. */
export async function listPrincipals(
  kind: 'user' | 'service',
  options: ListOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const { organization, json } = options;
  const all = await listFromGateway('listPrincipals', { organization }, { options, terminal });
  const items = all.filter((item) => item.kind === kind);
  const shown = json ? items : items.map((item) => ({ ...item, roles: rolesOf(item.grants), state: stateOf(item) }));
  printList(shown, ['id', 'title', 'organization', 'roles', 'state'], { json, terminal });
  return EXIT.done;
}

/** What may be done to somebody without further ado. */
export interface PrincipalChange {
  readonly action: 'disablePrincipal' | 'enablePrincipal' | 'removePrincipal';
  readonly principal: string;
  readonly options: ThingCommandOptions;
}

/** Shuts somebody out, lets somebody in again, or removes somebody. */
export async function changePrincipal(change: PrincipalChange, terminal: Terminal): Promise<ExitStatus> {
  const { action, principal, options } = change;
  await askGateway(action, { principal }, { options, terminal });
  if (options.json) terminal.print(JSON.stringify({ principal, [DONE[action]]: true }));
  return EXIT.done;
}

const DONE = { disablePrincipal: 'disabled', enablePrincipal: 'enabled', removePrincipal: 'removed' } as const;

function rolesOf(grants: unknown): string {
  const roles = (Array.isArray(grants) ? grants : []).map((grant: unknown) => {
    const { role, organization, thing } = Object.fromEntries(Object.entries(grant ?? {}));
    return [role, thing ?? organization].filter((part) => part !== undefined).join('@');
  });
  return roles.length === 0 ? '-' : roles.join(',');
}

const stateOf = ({ disabled }: Readonly<Record<string, unknown>>): string => (disabled === true ? 'disabled' : '');
