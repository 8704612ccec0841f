import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Build,
  type Category,
  evenGroups,
  type FirmwareImage,
  type FleetDevice,
  type GroupRequest,
  type KnownFirmware,
  type PlanFacts,
  type PlanRequest,
  planCampaign,
} from '../src/index.js';
import { START, uuid } from './fixture.js';

const category: Category = {
  id: uuid(1, '7'),
  name: 'Routers',
  description: '',
  organization: 'lab',
  created: START,
  modified: START,
};
const build: Build = {
  id: uuid(2, '6'),
  category: category.id,
  version: '2.0',
  os: null,
  changelog: '',
  created: START,
  modified: START,
};
const imageOf = (type: string): FirmwareImage => ({
  id: `image-${type}`,
  build: build.id,
  type,
  fileName: `${type}.bin`,
  size: 1000,
  sha256: 'ab'.repeat(32),
  content: type,
  signature: null,
  created: START,
  modified: START,
});
const hardware = ['x', 'y', 'z'].map((key) => ({ key, label: key.toUpperCase(), boards: [`Board ${key}`] }));

const deviceOf = (number: number, more: Partial<FleetDevice> = {}): FleetDevice => ({
  id: uuid(number, '3'),
  name: `router-${number}`,
  title: `Router ${number}`,
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
  created: START + number,
  ...more,
});

const request: PlanRequest = {
  category,
  build,
  images: [imageOf('x'), imageOf('y')],
  hardware,
  selection: { group: null, location: null, firmwareless: false, devices: null, exclude: [] },
  options: { c: true },
  groups: [],
};

/** Facts in which every device has the build before this one, of the type x, but for those that say otherwise. */
function factsOf(
  devices: readonly FleetDevice[],
  firmware: Readonly<Record<string, Partial<KnownFirmware> | undefined>> = {},
  held: readonly string[] = [],
): PlanFacts {
  return {
    devices,
    firmwareOf(device) {
      const known = { id: `record-${device}`, category: category.id, build: uuid(1, '6'), type: 'x', installed: true };
      return device in firmware ? firmware[device] && { ...known, ...firmware[device] } : known;
    },
    isHeld: (device) => held.includes(device),
    optionsOf: (driver) => ({ simulator: ['c', 'n', 'F'], plain: null })[driver],
  };
}

const reasons = (more: Partial<PlanRequest>, facts: PlanFacts) =>
  planCampaign({ ...request, ...more }, facts).skipped.map(({ reason }) => reason);
const chosen = (more: Partial<PlanRequest>, facts: PlanFacts) =>
  planCampaign({ ...request, ...more }, facts).upgrades.map(({ device }) => device.name);

describe('the plan of a campaign', () => {
  it('takes the devices of the category, newest first', () => {
    const devices = [deviceOf(1), deviceOf(3), deviceOf(2), deviceOf(4), deviceOf(5, { organization: 'other' })];
    const facts = factsOf(devices, { [uuid(4, '3')]: { category: 'another' } });
    const plan = planCampaign(request, facts);
    expect(
      plan.upgrades.map(({ device, image, firmware, group }) => [device.name, image.id, firmware, group]),
    ).to.deep.equal([3, 2, 1].map((i) => [`router-${i}`, 'image-x', `record-${uuid(i, '3')}`, 0]));
    expect(plan.groups).to.deep.equal([
      { name: 'all', state: 'waiting', size: 3, success: {}, error: {}, concurrency: null, isOverruled: false },
    ]);
    expect(plan.skipped).to.deep.equal([]);
  });

  it('leaves out whom it must, and says why', () => {
    const why: readonly [string, Partial<FleetDevice>, Partial<KnownFirmware>, Partial<PlanRequest>?][] = [
      ['deactivated', { isActive: false }, {}],
      ['up-to-date', {}, { build: build.id }],
      ['no-image', { model: 'Board z' }, { type: 'z' }],
      ['wrong-model', { model: 'Board y' }, {}],
      ['no-driver', { driver: null }, {}],
      ['no-driver', { driver: 'unknown' }, {}],
      ['options-not-supported', { driver: 'plain' }, {}, { options: { n: true } }],
      ['options-not-supported', {}, {}, { options: { k: true, c: true } }],
      ['excluded', {}, {}, { selection: { ...request.selection, exclude: [uuid(1, '3')] } }],
    ];
    for (const [reason, device, firmware, more = {}] of why) {
      const facts = factsOf([deviceOf(1, device)], { [uuid(1, '3')]: firmware });
      expect(reasons(more, facts), reason).to.deep.equal([reason]);
      expect(chosen(more, facts), reason).to.deep.equal([]);
    }
    expect(reasons({}, factsOf([deviceOf(1)], {}, [uuid(1, '3')]))).to.deep.equal(['busy']);
    expect(chosen({}, factsOf([deviceOf(1, { driver: 'plain' })])), 'c is the default').to.have.length(1);
  });

  it('takes a device that has the build, if it is not installed', () => {
    const facts = factsOf([deviceOf(1)], { [uuid(1, '3')]: { build: build.id, installed: false } });
    expect(chosen({}, facts)).to.have.length(1);
  });

  it('takes devices without firmware only when asked to, and if their model fits', () => {
    const devices = [deviceOf(1), deviceOf(2, { model: 'Board q' }), deviceOf(3, { model: null })];
    const facts = factsOf(devices, Object.fromEntries(devices.map(({ id }) => [id, undefined])));
    expect(chosen({}, facts)).to.deep.equal([]);
    const all = planCampaign({ ...request, selection: { ...request.selection, firmwareless: true } }, facts);
    expect(all.upgrades.map(({ device, firmware }) => [device.name, firmware])).to.deep.equal([['router-1', null]]);
    expect(all.skipped).to.deep.equal([]);
  });

  it('is for a group, a location, both, or named devices', () => {
    const devices = [
      deviceOf(1, { group: 'g' }),
      deviceOf(2, { group: 'g', location: 'l' }),
      deviceOf(3, { location: 'l' }),
    ];
    const only = (selection: Partial<PlanRequest['selection']>) =>
      chosen({ selection: { ...request.selection, ...selection } }, factsOf(devices));
    expect(only({ group: 'g' })).to.deep.equal(['router-2', 'router-1']);
    expect(only({ location: 'l' })).to.deep.equal(['router-3', 'router-2']);
    expect(only({ group: 'g', location: 'l' })).to.deep.equal(['router-2']);
    expect(only({ devices: [uuid(3, '3')] })).to.deep.equal(['router-3']);
  });

  it('takes devices of all organizations for a category that all share', () => {
    const devices = [deviceOf(1), deviceOf(2, { organization: 'other' })];
    expect(chosen({ category: { ...category, organization: null } }, factsOf(devices))).to.have.length(2);
  });

  describe('in groups', () => {
    const limits = { success: { percent: 90 }, error: { count: 1 }, concurrency: 5 };
    const group = (name: string, more: Partial<GroupRequest>): GroupRequest => ({
      name,
      take: 'all',
      ...limits,
      ...more,
    });
    const devices = Array.from({ length: 100 }, (_, i) =>
      deviceOf(i, { location: i < 10 ? 'hill' : 'town', model: 'Board x' }),
    );
    const sizes = (groups: readonly GroupRequest[]) =>
      planCampaign({ ...request, groups }, factsOf(devices)).groups.map(({ name, size }) => [name, size]);

    it('takes a part of what is left for each, and the rest for the last', () => {
      expect(sizes([group('canary', { take: { count: 3 } }), group('some', { take: { percent: 10 } })])).to.deep.equal([
        ['canary', 3],
        ['some', 10],
        ['the rest', 87],
      ]);
    });

    it('takes those that fit', () => {
      const groups = [group('hill', { locations: ['hill'], take: { percent: 50 } }), group('all', {})];
      expect(sizes(groups)).to.deep.equal([
        ['hill', 5],
        ['all', 95],
      ]);
      const { upgrades } = planCampaign({ ...request, groups }, factsOf(devices));
      expect(upgrades.slice(0, 5).map(({ device }) => device.location)).to.deep.equal(Array(5).fill('hill'));
      expect(upgrades.map(({ group: number }) => number)).to.deep.equal([...Array(5).fill(0), ...Array(95).fill(1)]);
    });

    it('has no group without a device, and takes none twice', () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 6 }), fc.boolean(), (parts, inPercent) => {
          const groups = parts.map((n, i) =>
            group(`${i}`, { take: inPercent ? { percent: Math.min(n, 100) } : { count: n } }),
          );
          const plan = planCampaign({ ...request, groups }, factsOf(devices));
          expect(new Set(plan.upgrades.map(({ device }) => device.id)).size).to.equal(100);
          plan.groups.forEach(({ size }, number) => {
            expect(size).to.be.above(0);
            expect(plan.upgrades.filter((upgrade) => upgrade.group === number)).to.have.length(size);
          });
        }),
      );
    });

    it('is split evenly', () => {
      for (const count of [1, 3, 7, 100]) {
        const split = sizes(evenGroups(count, limits)).map(([, size]) => Number(size));
        expect(split).to.have.length(count);
        expect(Math.max(...split) - Math.min(...split)).to.be.at.most(1);
      }
    });
  });
});
