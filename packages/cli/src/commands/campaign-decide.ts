import { type CampaignOptions, consumeCampaign } from '../campaign-target.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';

/** Options of `campaign approve` and `campaign deny`. */
export interface DecideOptions extends CampaignOptions {
  readonly remark?: string;
}

/** Lets a campaign begin that somebody else has made, or ends it for good. */
export async function decide(
  campaign: string,
  { decision, options }: { readonly decision: 'approve' | 'deny'; readonly options: DecideOptions },
  terminal: Terminal,
): Promise<ExitStatus> {
  await using thing = await consumeCampaign(campaign, options, terminal);
  const { remark } = options;
  await thing.actions[decision](remark === undefined ? {} : { remark }).output;
  const phase = await thing.properties.phase.read();
  terminal.print(options.json ? JSON.stringify({ phase }) : phase);
  return EXIT.done;
}
