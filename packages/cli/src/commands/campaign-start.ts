import { type OrderOptions, orderOf } from '../campaign-order.js';
import { consumeCampaign, consumeManager } from '../campaign-target.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';
import { watch } from './campaign-watch.js';

/** Options of `campaign start`. */
export interface StartOptions extends OrderOptions {
  /** Whether it is started at once; else it is only made. */
  readonly start: boolean;
  readonly watch: boolean;
}

/** Makes a campaign of a build, or takes one that was made, starts it, and watches it. */
export async function start(what: string, options: StartOptions, terminal: Terminal): Promise<ExitStatus> {
  const name = what.startsWith('campaign-') || what.includes('://') ? what : await make(what, options, terminal);
  if (!options.start) return EXIT.done;
  {
    await using campaign = await consumeCampaign(name, options, terminal);
    await campaign.actions.start().output;
  }
  return options.watch ? watch(name, options, terminal) : EXIT.done;
}

async function make(build: string, options: StartOptions, terminal: Terminal): Promise<string> {
  await using manager = await consumeManager(options, terminal);
  const made = await manager.actions.createCampaign(await orderOf(build, options, manager)).output;
  const { campaign, name, total, skipped } = made;
  if (options.json) terminal.print(JSON.stringify(made));
  else terminal.print(`${campaign}: ${total} to upgrade, ${skipped} left out`);
  return name;
}
