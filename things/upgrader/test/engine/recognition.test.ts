import { expect } from 'chai';
import { Subject } from 'rxjs';
import { type Catalogue, catalogueInProcess, type FleetDevice, recogniseDevices } from '../../src/index.js';
import { START, uuid } from '../fixture.js';
import { deviceOf } from '../served-upgrader.js';

const entry = { created: START, modified: START };
const HARDWARE = [{ key: 'x', label: 'X', boards: ['Model X'] }];
const file = { fileName: 'x.bin', size: 1, sha256: 'ab'.repeat(32), content: 'c', signature: null };

/** A catalogue with the same system filed by two organizations, and by all. */
async function catalogueOf(...owners: readonly (string | null)[]): Promise<Catalogue> {
  const catalogue = catalogueInProcess();
  for (const [i, organization] of owners.entries()) {
    const [category, build, image] = [uuid(i, '7'), uuid(i, '6'), uuid(i, '5')];
    await catalogue.categories.put({ ...entry, id: category, name: `category ${i}`, description: '', organization });
    await catalogue.builds.put({ ...entry, id: build, category, version: '1.0', os: 'OS 1', changelog: '' });
    await catalogue.images.put({ ...entry, ...file, id: image, build, type: 'x' });
  }
  return catalogue;
}

/** Devices that come, with what they say; gives how often the catalogue was asked what a device has. */
async function come(catalogue: Catalogue, ...devices: readonly FleetDevice[]): Promise<number> {
  const changes = new Subject<string>();
  const known = new Map<string, FleetDevice>();
  const fleet = {
    get: (id: string) => known.get(id),
    list: () => known.values(),
    group: () => undefined,
    location: () => undefined,
    changes,
  };
  let questions = 0;
  const { firmware } = catalogue;
  const counted: Catalogue = {
    ...catalogue,
    firmware: {
      ...firmware,
      find(query) {
        questions++;
        return firmware.find(query);
      },
    },
  };
  const recognition = recogniseDevices({ fleet, catalogue: counted, hardware: HARDWARE, now: () => START });
  for (const device of devices) {
    known.set(device.id, device);
    changes.next(device.id);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await recognition[Symbol.asyncDispose]();
  return questions;
}

const runs = (more: Partial<FleetDevice> = {}): FleetDevice =>
  deviceOf(1, { os: 'OS 1', model: 'Model X', organization: 'lab', ...more });
const had = async (catalogue: Catalogue) =>
  (await catalogue.firmware.find({})).items.map(({ image, installed }) => [image, installed]);

describe('devices that come', () => {
  it('11.55: have the image whose system and model they say that they run', async () => {
    const catalogue = await catalogueOf('other', null, 'lab');
    await come(catalogue, runs());
    expect(await had(catalogue)).to.deep.equal([[uuid(2, '5'), true]]);
  });

  it('have one that is shared, if their organization has none, and none of another organization', async () => {
    const shared = await catalogueOf('other', null);
    await come(shared, runs());
    expect(await had(shared)).to.deep.equal([[uuid(1, '5'), true]]);
    const foreign = await catalogueOf('other');
    await come(foreign, runs());
    expect(await had(foreign)).to.deep.equal([]);
  });

  it('have none as long as they do not say what they run, or run something else, or are deactivated', async () => {
    const catalogue = await catalogueOf('lab');
    for (const more of [{ os: null }, { os: 'OS 2' }, { model: null }, { model: 'Model Y' }, { isActive: false }]) {
      await come(catalogue, runs(more));
      expect(await had(catalogue), JSON.stringify(more)).to.deep.equal([]);
    }
    await come(catalogue, runs({ os: null }), runs());
    expect(await had(catalogue)).to.deep.equal([[uuid(0, '5'), true]]);
  });

  it('keep what they were given, whatever they say', async () => {
    const catalogue = await catalogueOf('lab', null);
    const given = { ...entry, id: uuid(1, '4'), device: runs().id, image: uuid(1, '5'), installed: false };
    await catalogue.firmware.put(given);
    await come(catalogue, runs());
    expect((await catalogue.firmware.find({})).items).to.deep.equal([given]);
    await catalogue.firmware.remove(given.id);
    const { builds } = catalogue;
    const meanwhile: Catalogue = {
      ...catalogue,
      builds: {
        ...builds,
        async find(query) {
          await catalogue.firmware.put(given);
          return builds.find(query);
        },
      },
    };
    await come(meanwhile, runs());
    expect((await catalogue.firmware.find({})).items).to.deep.equal([given]);
  });

  it('are looked up once, however often they come, until they say something else', async () => {
    const catalogue = await catalogueOf('lab');
    expect(await come(catalogue, runs({ os: 'OS 0' }), runs({ os: 'OS 0' }), runs({ os: 'OS 0' }))).to.equal(1);
    expect(await come(catalogue, runs({ os: 'OS 0' }), runs())).to.equal(2);
    expect(await had(catalogue)).to.deep.equal([[uuid(0, '5'), true]]);
  });
});
