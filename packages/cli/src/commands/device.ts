import { askGateway, listFromGateway } from '../call-gateway.js';
import { printList } from '../columns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { ThingCommandOptions } from '../target.js';
import type { Terminal } from '../terminal.js';
import type { ListOptions } from './principals.js';

/** Lists the devices that the caller may see. */
export async function listDevices(options: ListOptions, terminal: Terminal): Promise<ExitStatus> {
  const { organization, json } = options;
  const items = await listFromGateway('listDevices', { organization }, { options, terminal });
  const shown = json
    ? items
    : items.map((item) => ({ ...item, state: item.connected === true ? 'connected' : 'away' }));
  printList(shown, ['name', 'kind', 'title', 'organization', 'state', 'id'], { json, terminal });
  return EXIT.done;
}

/** What a Thing is to be called. */
export interface Titling {
  readonly name: string;
  readonly title: string;
  readonly options: ThingCommandOptions;
}

/** Gives a device or an adopted Thing another title. */
export async function setTitle({ name, title, options }: Titling, terminal: Terminal): Promise<ExitStatus> {
  await askGateway('setTitle', { name, title }, { options, terminal });
  if (options.json) terminal.print(JSON.stringify({ name, title }));
  return EXIT.done;
}

/** Which Thing goes where. */
export interface Moving {
  readonly name: string;
  readonly organization: string;
  readonly options: ThingCommandOptions;
}

/** Gives a device or an adopted Thing to another organization. */
export async function moveThing({ name, organization, options }: Moving, terminal: Terminal): Promise<ExitStatus> {
  await askGateway('moveThing', { name, organization }, { options, terminal });
  if (options.json) terminal.print(JSON.stringify({ name, organization, moved: true }));
  return EXIT.done;
}
