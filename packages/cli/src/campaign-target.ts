import { type ConsumedThing, consume } from '@thingwright/client';
import { Campaigns, CampaignThing } from '@thingwright/upgrader';
import { type Target, type ThingCommandOptions, targetOf } from './target.js';
import type { Terminal } from './terminal.js';

/** Options of all commands about campaigns. */
export interface CampaignOptions extends ThingCommandOptions {
  /** Whose campaigns; absent: those of all, for who may see all. */
  readonly organization?: string;
}

const tokenOf = ({ token }: Target) => (token === undefined ? {} : { token });

/** The Thing with which campaigns are planned, made and listed. */
export type CampaignManager = ConsumedThing<typeof Campaigns>;

/** Finds it. */
export async function consumeManager(options: CampaignOptions, terminal: Terminal): Promise<CampaignManager> {
  const name = options.organization === undefined ? 'campaigns' : `campaigns-${options.organization}`;
  const target = await targetOf(name, options, terminal.environment);
  return consume(Campaigns, target.url, tokenOf(target));
}

/** The Thing of a campaign, by its id, its name, or the URL of its TD. */
export async function consumeCampaign(campaign: string, options: CampaignOptions, terminal: Terminal) {
  const target = await targetOf(nameOf(campaign), options, terminal.environment);
  return consume(CampaignThing, target.url, tokenOf(target));
}

/** The local name of the Thing of a campaign. */
const nameOf = (campaign: string): string => (UUID.test(campaign) ? `campaign-${campaign.toLowerCase()}` : campaign);

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
