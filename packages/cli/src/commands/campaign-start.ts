import { ThingError } from '@thingwright/core';
import type { CampaignOrder } from '@thingwright/upgrader';
import { nothingToDo } from '../campaign-nothing.js';
import { type OrderOptions, orderOf } from '../campaign-order.js';
import { type CampaignManager, consumeCampaign, consumeManager } from '../campaign-target.js';
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
  if (name === undefined) return EXIT.failed;
  if (!options.start) return EXIT.done;
  {
    await using campaign = await consumeCampaign(name, options, terminal);
    await campaign.actions.start().output;
  }
  return options.watch ? watch(name, options, terminal) : EXIT.done;
}

/** Gives the name of its Thing; undefined if there is nothing to do, which is told. */
async function make(build: string, options: StartOptions, terminal: Terminal): Promise<string | undefined> {
  await using manager = await consumeManager(options, terminal);
  const order = await orderOf(build, options, manager);
  const made = await manager.actions.createCampaign(order).output.catch(async (error: unknown) => {
    const isInvalid = error instanceof ThingError && error.code === 'invalid';
    const nothing = isInvalid ? await nothingOf(order, manager) : undefined;
    if (nothing === undefined) throw error;
    const { why, planned } = nothing;
    if (options.json) terminal.print(JSON.stringify(planned));
    else terminal.tell(why);
  });
  if (!made) return undefined;
  const { campaign, name, total, skipped } = made;
  if (options.json) terminal.print(JSON.stringify(made));
  else terminal.print(`${campaign}: ${total} to upgrade, ${skipped} left out`);
  return name;
}

/** Why there is nothing to do, if that is so: the refusal itself does not say. */
async function nothingOf(request: CampaignOrder, { actions }: Pick<CampaignManager, 'actions'>) {
  try {
    const { total, skippedTotal, skippedByReason } = await actions.dryRun({ request, limit: 1 }).output;
    const counts = { total, skippedTotal, skippedByReason };
    const why = nothingToDo(counts, { firmwareless: request.firmwareless ?? false });
    return why === undefined ? undefined : { why, planned: { ...counts, why } };
  } catch {
    // Whatever is wrong is said by the refusal.
    return undefined;
  }
}
