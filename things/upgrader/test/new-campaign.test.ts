import { expect } from 'chai';
import {
  type Build,
  type CampaignTarget,
  type Category,
  campaignOf,
  type FirmwareImage,
  type FleetDevice,
  planCampaign,
  planRequestOf,
  retryOrderOf,
} from '../src/index.js';
import { START, upgradeOf, uuid } from './fixture.js';

const times = { created: START, modified: START };
const category: Category = { id: uuid(1, '7'), name: 'Routers', description: '', organization: null, ...times };
const build: Build = { id: uuid(2, '6'), category: category.id, version: '2.0', os: null, changelog: '', ...times };
const image: FirmwareImage = {
  id: uuid(1, '5'),
  build: build.id,
  type: 'x',
  fileName: 'x.bin',
  size: 1,
  sha256: 'ab'.repeat(32),
  content: 'x',
  signature: null,
  ...times,
};
const hardware = [{ key: 'x', label: 'Model X', boards: ['Board x'] }];
const target: CampaignTarget = { category, build, images: [image], hardware };

const fleet = (count: number): FleetDevice[] =>
  Array.from({ length: count }, (_, i) => ({
    id: uuid(i, '3'),
    name: `router-${i}`,
    title: `Router ${i}`,
    organization: 'lab',
    model: 'Board x',
    os: null,
    version: null,
    group: null,
    location: null,
    isActive: true,
    isOnline: true,
    connection: null,
    driver: 'simulator',
    created: START + i,
  }));

const facts = (count: number) => ({
  devices: fleet(count),
  firmwareOf: (device: string) => ({
    id: device,
    category: category.id,
    build: uuid(1, '6'),
    type: 'x',
    installed: true,
  }),
  isHeld: () => false,
  optionsOf: () => ['c', 'n'],
});

const ids = () => {
  let last = 0;
  return () => uuid(++last, 'a');
};

describe('a campaign that was planned', () => {
  const origin = () => ({ createdBy: 'user:ada', now: START, newID: ids() });

  it('has all its upgrades from the start, the first group planned, the others waiting', () => {
    const order = {
      build: build.id,
      options: { n: true },
      groups: [
        { name: 'canary', count: 1, error: { count: 0 } },
        { name: 'half', percent: 50 },
      ],
      exclude: [uuid(0, '3')],
    };
    const plan = planCampaign(planRequestOf(order, target), facts(10));
    const { campaign, upgrades } = campaignOf(order, target, { plan, origin: origin() });
    expect(campaign).to.include({
      name: 'Routers 2.0',
      phase: 'ready',
      total: 9,
      persistent: true,
      seq: 1,
      outcome: null,
    });
    expect(campaign.options).to.deep.equal({ n: true });
    expect(campaign.groups.map(({ name, size }) => [name, size])).to.deep.equal([
      ['canary', 1],
      ['half', 4],
      ['the rest', 4],
    ]);
    expect(upgrades.map(({ group, phase, place }) => [group, phase, place])).to.deep.equal(
      [0, 1, 1, 1, 1, 2, 2, 2, 2].map((group, place) => [group, group === 0 ? 'planned' : 'waiting-group', place]),
    );
    expect(upgrades[0]).to.deep.include({
      deviceName: 'Router 9',
      image: image.id,
      imageName: 'Routers v2.0: Model X',
      version: '2.0',
      campaign: campaign.id,
      organization: 'lab',
      persistent: true,
      wakeAt: null,
    });
    expect(new Set([campaign.id, ...upgrades.map(({ id }) => id)]).size).to.equal(10);
  });

  it('waits for its approval, else for its time', () => {
    const schedule = { timeZone: 'Europe/Berlin', startAt: '2026-12-24T22:00:00', windows: [] };
    const phaseOf = (order: object) => {
      const whole = { build: build.id, ...order };
      const plan = planCampaign(planRequestOf(whole, target), facts(1));
      return campaignOf(whole, target, { plan, origin: origin() }).campaign.phase;
    };
    expect(phaseOf({ schedule })).to.equal('scheduled');
    expect(phaseOf({ schedule, needsApproval: true })).to.equal('waiting-approval');
    expect(phaseOf({ schedule: { ...schedule, startAt: null } })).to.equal('ready');
  });

  it('is refused with options that exclude each other', () => {
    expect(() => planRequestOf({ build: build.id, options: { n: true, o: true } }, target)).to.throw(
      'The "-n" and "-o" options cannot be used together',
    );
  });

  it('can be asked for again, for those that did not succeed', () => {
    const plan = planCampaign(planRequestOf({ build: build.id }, target), facts(3));
    const { campaign } = campaignOf({ build: build.id, concurrency: 7 }, target, { plan, origin: origin() });
    const again = retryOrderOf(campaign, [upgradeOf(1), upgradeOf(2)]);
    const replanned = planCampaign(planRequestOf(again, target), facts(3));
    expect(replanned.upgrades.map(({ device }) => device.id)).to.deep.equal([uuid(2, '3'), uuid(1, '3')]);
    const retried = campaignOf(again, target, { plan: replanned, origin: { ...origin(), retryOf: campaign.id } });
    expect(retried.campaign).to.include({ retryOf: campaign.id, concurrency: 7, total: 2 });
  });
});
