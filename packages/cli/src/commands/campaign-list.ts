import { type CampaignOptions, consumeManager } from '../campaign-target.js';
import { printList } from '../columns.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';

/** Options of `campaign list`. */
export interface ListOptions extends CampaignOptions {
  readonly build?: string;
  readonly limit: number;
}

/** Lists campaigns, newest first. */
export async function list({ build, limit, ...options }: ListOptions, terminal: Terminal): Promise<ExitStatus> {
  await using manager = await consumeManager(options, terminal);
  const { campaigns } = await manager.actions.listCampaigns({ limit, ...(build === undefined ? {} : { build }) })
    .output;
  const columns = ['campaign', 'name', 'version', 'status', 'phase', 'total', 'created'];
  printList(campaigns, columns, { json: options.json, terminal });
  return EXIT.done;
}
