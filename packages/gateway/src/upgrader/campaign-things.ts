import type { Log, Site } from '@thingwright/core';
import {
  type Campaign,
  type CampaignThings,
  campaigns as campaignsThing,
  campaign as campaignThing,
  type Fleet,
  isCampaignEnded,
  type UpgraderRights,
} from '@thingwright/upgrader';
import { v5 as uuid } from 'uuid';

/** The Things of campaigns, as long as they are open. */
export interface OpenCampaignThings extends Disposable {
  /** Opens the Things with which an organization, and all of them, make their campaigns, unless they are there. */
  manage(organization: string): void;
}

/** What they are made of. */
export interface CampaignThingsParts extends CampaignThings {
  readonly site: Site;
  readonly rights: UpgraderRights;
  readonly fleet: Fleet;
  /** The organization of each Thing by its id. */
  readonly organizations: Map<string, string>;
  /** The id of the gateway's Thing, from which those of the managers are made. */
  readonly gatewayID: string;
  /** Forgets what is kept of a Thing that is gone for good. */
  readonly forget: (id: string) => void;
  readonly log: Log;
}

/** The Thing with which campaigns are made for all organizations. */
const MANAGER = 'campaigns';
/** Campaigns that have ended and still are Things; the record has all of them. */
const MOST_ENDED = 200;
const PAGE = 1000;
const ACTIVE = ['waiting-approval', 'ready', 'scheduled', 'running', 'paused', 'stopping'] as const;

const nameOf = ({ id }: Pick<Campaign, 'id'>): string => `campaign-${id}`;
const idOf = ({ id }: Pick<Campaign, 'id'>): string => `urn:uuid:${id}`;

/** Opens Things for the campaigns of a record: those that go on, the last that have ended, and all that come. */
export async function openCampaignThings(parts: CampaignThingsParts): Promise<OpenCampaignThings> {
  const { site, record, campaigns, rights, fleet, organizations, gatewayID, forget, log } = parts;
  /** The oldest first. */
  const ended = new Set<string>();

  const add = (row: Campaign): void => {
    const name = nameOf(row);
    if (site.things.has(name)) return;
    openManager(undefined);
    // What is shared by all belongs to none: it takes a grant for all organizations.
    if (row.organization !== null) organizations.set(idOf(row), row.organization);
    site.add(name, campaignThing(parts, row.id), { id: idOf(row) });
  };
  const remove = (name: string, thing: string): void => {
    ended.delete(name);
    site.remove(name).then(
      () => organizations.delete(thing),
      (error: unknown) => log.warn({ thing: name, error }, 'the Thing of a campaign could not be closed'),
    );
  };
  const end = (row: Campaign): void => {
    ended.add(nameOf(row));
    const [oldest] = ended;
    if (ended.size > MOST_ENDED && oldest !== undefined) remove(oldest, site.things.get(oldest)?.id ?? '');
  };

  const openManager = (organization: string | undefined): void => {
    const name = organization === undefined ? MANAGER : `${MANAGER}-${organization}`;
    const id = `urn:uuid:${uuid(name, gatewayID.replace(/^urn:uuid:/, ''))}`;
    if (site.things.has(name)) return;
    const own = organization === undefined ? {} : { organization };
    try {
      site.add(name, campaignsThing({ record, campaigns, rights, fleet, nameOf, ...own }), { id });
      if (organization !== undefined) organizations.set(id, organization);
    } catch (error) {
      // What others call their organizations may be no part of a name.
      log.warn({ organization, error }, 'an organization has no Thing to make campaigns with');
    }
  };

  const subscription = record.campaigns.subscribe(({ campaign, before }) => {
    add(campaign);
    if (isCampaignEnded(campaign) && !(before && isCampaignEnded(before))) end(campaign);
  });
  subscription.add(
    record.removals.subscribe((removal) => {
      if (!('campaign' in removal)) return;
      remove(nameOf(removal.campaign), idOf(removal.campaign));
      forget(idOf(removal.campaign));
    }),
  );

  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const { items, count } = await record.tables.campaigns.find({ phases: ACTIVE, offset, limit: PAGE });
    for (const row of items) add(row);
    total = count;
  }
  const { items: latest } = await record.tables.campaigns.find({ limit: MOST_ENDED });
  for (const row of latest.filter(isCampaignEnded).reverse()) {
    add(row);
    end(row);
  }

  return {
    manage(organization) {
      openManager(undefined);
      openManager(organization);
    },
    [Symbol.dispose]: () => subscription.unsubscribe(),
  };
}
