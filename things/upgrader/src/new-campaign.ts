import type { Static } from 'typebox';
import type { Campaign, Selection } from './campaign.js';
import type { CampaignRequest } from './campaign-request.model.js';
import type { Build, Category, FirmwareImage, HardwareType } from './catalogue.js';
import type { Plan, PlanRequest } from './plan.js';
import type { GroupRequest } from './plan-groups.js';
import { newUpgrade, type Upgrade } from './upgrade.js';
import { checkOptions } from './upgrade-options.js';

/** What somebody asks for, from whichever side: REST, a Thing, or the command line. */
export type CampaignOrder = Static<typeof CampaignRequest>;

/** What a campaign is for, looked up. */
export interface CampaignTarget {
  readonly category: Category;
  readonly build: Build;
  /** Of that build. */
  readonly images: readonly FirmwareImage[];
  readonly hardware: readonly HardwareType[];
}

/** Who makes a campaign, and when. */
export interface CampaignOrigin {
  readonly createdBy: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Gives UUIDv4 in lower case. */
  readonly newID: () => string;
  /** The campaign that is tried again. */
  readonly retryOf?: string | undefined;
}

/** What a plan is made of. @throws ThingError `invalid` for options that cannot be, in the words of the reference. */
export const planRequestOf = (order: CampaignOrder, target: CampaignTarget): PlanRequest => ({
  ...target,
  selection: selectionOf(order),
  options: checkOptions(order.options ?? {}),
  groups: (order.groups ?? []).map(groupOf),
});

/** A campaign that was planned, before its start, and its upgrades in the order of the plan. */
export function campaignOf(
  order: CampaignOrder,
  target: CampaignTarget,
  { plan, origin }: { readonly plan: Plan; readonly origin: CampaignOrigin },
): { readonly campaign: Campaign; readonly upgrades: readonly Upgrade[] } {
  const { category, build } = target;
  const { createdBy, now, newID, retryOf } = origin;
  const schedule = order.schedule ?? null;
  const needsApproval = order.needsApproval ?? false;
  const campaign: Campaign = {
    id: newID(),
    name: order.name ?? `${category.name} ${build.version}`,
    build: build.id,
    version: build.version,
    category: category.id,
    organization: category.organization,
    selection: selectionOf(order),
    options: checkOptions(order.options ?? {}),
    persistent: order.persistent ?? true,
    phase: needsApproval ? 'waiting-approval' : schedule?.startAt ? 'scheduled' : 'ready',
    outcome: null,
    groups: plan.groups,
    concurrency: order.concurrency ?? null,
    schedule,
    needsApproval,
    decision: null,
    total: plan.upgrades.length,
    reason: null,
    retryOf: retryOf ?? null,
    createdBy,
    clientKey: order.clientKey ?? null,
    seq: 1,
    created: now,
    modified: now,
    started: null,
    ended: null,
  };
  return { campaign, upgrades: upgradesOf(campaign, target, { plan, origin }) };
}

function upgradesOf(
  campaign: Campaign,
  { category, build, hardware }: CampaignTarget,
  { plan, origin }: { readonly plan: Plan; readonly origin: CampaignOrigin },
): readonly Upgrade[] {
  const labels = new Map(hardware.map(({ key, label }) => [key, label]));
  return plan.upgrades.map(({ device, image, group }, place) =>
    newUpgrade(
      {
        id: origin.newID(),
        device: device.id,
        deviceName: device.title,
        organization: device.organization,
        imageName: imageNameOf(category, build, labels.get(image.type) ?? image.type),
        build: build.id,
        version: build.version,
        sha256: image.sha256,
        campaign: campaign.id,
        group,
        place,
        options: campaign.options,
        persistent: campaign.persistent,
        notBefore: null,
        requestedBy: origin.createdBy,
        clientKey: null,
        retryOf: null,
        created: origin.now,
      },
      image.id,
      // The first group begins with the campaign: the others wait for those before them.
      group === 0 ? 'planned' : 'waiting-group',
    ),
  );
}

/** What clients show of an image (reference, section 1.5). */
export const imageNameOf = ({ name }: Category, { version }: Build, label: string): string =>
  `${name} v${version}: ${label}`;

/** Whom to ask for again: those of a campaign that did not succeed, and whom nobody has cancelled. */
export const retryOrderOf = (campaign: Campaign, unsuccessful: readonly Upgrade[]): CampaignOrder => ({
  build: campaign.build,
  name: campaign.name,
  devices: unsuccessful.map(({ device }) => device),
  firmwareless: true,
  options: campaign.options,
  persistent: campaign.persistent,
  ...(campaign.concurrency === null ? {} : { concurrency: campaign.concurrency }),
  ...(campaign.needsApproval ? { needsApproval: true } : {}),
});

const selectionOf = ({ group, location, firmwareless, devices, exclude }: CampaignOrder): Selection => ({
  group: group ?? null,
  location: location ?? null,
  firmwareless: firmwareless ?? false,
  devices: devices ?? null,
  exclude: exclude ?? [],
});

function groupOf(group: NonNullable<CampaignOrder['groups']>[number]): GroupRequest {
  const { name, percent, count, success, error, concurrency, groups, locations, models, devices } = group;
  const take = count !== undefined ? { count } : percent !== undefined ? { percent } : 'all';
  return {
    name,
    take,
    groups,
    locations,
    models,
    devices,
    success: success ?? {},
    error: error ?? {},
    concurrency: concurrency ?? null,
  };
}
