import { type CampaignOptions, consumeCampaign } from '../campaign-target.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';

/** What may be done to a campaign that goes on. */
export type Direction = 'pause' | 'resume' | 'cancel';

/** Pauses, resumes or cancels a campaign. */
export async function direct(
  campaign: string,
  { direction, options }: { readonly direction: Direction; readonly options: CampaignOptions },
  terminal: Terminal,
): Promise<ExitStatus> {
  await using thing = await consumeCampaign(campaign, options, terminal);
  if (direction !== 'cancel') {
    await thing.actions[direction]().output;
    const phase = await thing.properties.phase.read();
    terminal.print(options.json ? JSON.stringify({ phase }) : phase);
    return EXIT.done;
  }
  const ended = await thing.actions.cancel().output;
  const { cancelled, tooLate } = ended;
  const late = tooLate > 0 ? `, ${tooLate} are being flashed and go on` : '';
  terminal.print(options.json ? JSON.stringify(ended) : `${cancelled} upgrades cancelled${late}`);
  return EXIT.done;
}
