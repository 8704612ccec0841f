import { type CampaignOptions, consumeCampaign } from '../campaign-target.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';
import { watch } from './campaign-watch.js';

/** Options of `campaign retry`. */
export interface RetryOptions extends CampaignOptions {
  readonly watch: boolean;
}

/** Makes a campaign of those that failed in one that has ended, and watches it. */
export async function retry(campaign: string, options: RetryOptions, terminal: Terminal): Promise<ExitStatus> {
  const made = await again(campaign, options, terminal);
  terminal.print(options.json ? JSON.stringify(made) : made.campaign);
  if (await waitsForApproval(made.campaign, options, terminal)) {
    terminal.tell('it has to be approved first, as the one before it');
    return EXIT.done;
  }
  return options.watch ? watch(made.campaign, options, terminal) : EXIT.done;
}

async function waitsForApproval(campaign: string, options: CampaignOptions, terminal: Terminal): Promise<boolean> {
  await using thing = await consumeCampaign(campaign, options, terminal);
  return (await thing.properties.phase.read()) === 'waiting-approval';
}

async function again(campaign: string, options: CampaignOptions, terminal: Terminal) {
  await using thing = await consumeCampaign(campaign, options, terminal);
  return await thing.actions.retryFailed().output;
}
