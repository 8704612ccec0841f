import { expect } from 'chai';
import type { Build, Category, DeviceFirmware, FirmwareImage } from '../src/index.js';
import { START, uuid } from './fixture.js';
import { codeOf, type Prepare } from './premises.js';

const times = { created: START, modified: START };
const categoryOf = (i: number, more: Partial<Category> = {}): Category => ({
  id: uuid(i, '7'),
  name: `category ${i}`,
  description: '',
  organization: 'lab',
  ...times,
  ...more,
});
const buildOf = (i: number, more: Partial<Build> = {}): Build => ({
  id: uuid(i, '6'),
  category: uuid(1, '7'),
  version: `${i}.0`,
  os: null,
  changelog: '',
  ...times,
  ...more,
});
const imageOf = (i: number, more: Partial<FirmwareImage> = {}): FirmwareImage => ({
  id: uuid(i, '5'),
  build: uuid(1, '6'),
  type: `type ${i}`,
  fileName: 'image.bin',
  size: 1000,
  sha256: 'ab'.repeat(32),
  content: `content ${i}`,
  signature: null,
  ...times,
  ...more,
});
const firmwareOf = (i: number, more: Partial<DeviceFirmware> = {}): DeviceFirmware => ({
  id: uuid(i, '4'),
  device: uuid(i, '3'),
  image: uuid(1, '5'),
  installed: false,
  ...times,
  ...more,
});

/** What everything promises that keeps a catalogue. */
export function catalogueSuite(prepare: Prepare): void {
  it('gives back what it took, and what replaced it', async () => {
    await using premises = await prepare();
    const { categories, builds, images, firmware } = premises.catalogue;
    const image = imageOf(1, { signature: { keyID: 'k', value: 'c2ln' } });
    await categories.put(categoryOf(1, { organization: null }));
    await builds.put(buildOf(1, { os: 'OpenWrt 25.12' }));
    await images.put(image);
    await firmware.put(firmwareOf(1));
    expect(await categories.get(uuid(1, '7'))).to.deep.equal(categoryOf(1, { organization: null }));
    expect(await builds.get(uuid(1, '6'))).to.deep.equal(buildOf(1, { os: 'OpenWrt 25.12' }));
    expect(await images.get(uuid(1, '5'))).to.deep.equal(image);
    await firmware.put(firmwareOf(1, { installed: true, modified: START + 1 }));
    expect(await firmware.get(uuid(1, '4'))).to.deep.equal(firmwareOf(1, { installed: true, modified: START + 1 }));
    expect(await firmware.get(uuid(2, '4'))).to.equal(undefined);
  });

  it('holds unique what has to be', async () => {
    await using premises = await prepare();
    const { categories, builds, images, firmware } = premises.catalogue;
    for (const category of [categoryOf(1), categoryOf(2), categoryOf(3, { organization: 'other' })]) {
      await categories.put(category);
    }
    await builds.put(buildOf(1, { os: 'x' }));
    await images.put(imageOf(1));
    await firmware.put(firmwareOf(1));
    const refused: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['a name in its organization', () => categories.put(categoryOf(4, { name: 'category 1' }))],
      ['a version in its category', () => builds.put(buildOf(2, { version: '1.0' }))],
      ['an os in its organization', () => builds.put(buildOf(2, { os: 'x', category: uuid(2, '7') }))],
      ['a type in its build', () => images.put(imageOf(2, { type: 'type 1' }))],
      ['a device', () => firmware.put(firmwareOf(2, { device: uuid(1, '3') }))],
      ['a category that is not there', () => builds.put(buildOf(2, { category: uuid(9, '7') }))],
      ['a build that is not there', () => images.put(imageOf(2, { build: uuid(9, '6') }))],
      ['an image that is not there', () => firmware.put(firmwareOf(2, { image: uuid(9, '5') }))],
    ];
    for (const [what, put] of refused) expect(await codeOf(put()), what).to.equal('conflict');
    const taken: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['a name elsewhere', () => categories.put(categoryOf(4, { name: 'category 1', organization: null }))],
      ['a version elsewhere', () => builds.put(buildOf(3, { version: '1.0', category: uuid(2, '7') }))],
      ['an os elsewhere', () => builds.put(buildOf(4, { os: 'x', category: uuid(3, '7') }))],
      ['no os, twice', () => builds.put(buildOf(5))],
      ['itself', () => builds.put(buildOf(1, { os: 'y' }))],
    ];
    for (const [what, put] of taken) expect(await codeOf(put()), what).to.equal('none');
    expect(await codeOf(builds.put(buildOf(6, { os: 'x' }))), 'what nobody has any more').to.equal('none');
  });

  it('of two that want the same at once, takes one', async () => {
    await using premises = await prepare();
    const { categories } = premises.catalogue;
    const codes = await Promise.all([1, 2, 3].map((i) => codeOf(categories.put(categoryOf(i, { name: 'one' })))));
    expect([...codes].sort()).to.deep.equal(['conflict', 'conflict', 'none']);
  });

  it('of what devices have, keeps what comes at once with what is refused', async () => {
    await using premises = await prepare();
    const { categories, builds, images, firmware } = premises.catalogue;
    await categories.put(categoryOf(1));
    await builds.put(buildOf(1));
    await images.put(imageOf(1));
    const done = await Promise.all([
      codeOf(firmware.put(firmwareOf(1))),
      codeOf(firmware.put(firmwareOf(2, { device: uuid(1, '3') }))),
      codeOf(firmware.put(firmwareOf(3, { image: uuid(9, '5') }))),
      codeOf(firmware.put(firmwareOf(4))),
      codeOf(firmware.put(firmwareOf(1, { installed: true }))),
    ]);
    expect(done).to.deep.equal(['none', 'conflict', 'conflict', 'none', 'none']);
    const kept = await firmware.find({ order: { by: 'id', isDescending: false } });
    expect(kept.items).to.deep.equal([firmwareOf(1, { installed: true }), firmwareOf(4)]);
  });

  it('finds rows by what they have, in pages', async () => {
    await using premises = await prepare();
    const { categories, builds } = premises.catalogue;
    await categories.put(categoryOf(1));
    await categories.put(categoryOf(2, { organization: null }));
    for (let i = 1; i <= 5; i++) {
      await builds.put(buildOf(i, { created: START + i, category: uuid(i === 5 ? 2 : 1, '7') }));
    }
    const versions = async (query: Parameters<typeof builds.find>[0]) => {
      const { items, count } = await builds.find(query);
      return [items.map(({ version }) => version), count];
    };
    expect(await versions({})).to.deep.equal([['5.0', '4.0', '3.0', '2.0', '1.0'], 5]);
    expect(await versions({ where: { category: uuid(1, '7') }, offset: 1, limit: 2 })).to.deep.equal([
      ['3.0', '2.0'],
      4,
    ]);
    expect(await versions({ where: { version: ['1.0', '4.0', '9.0'] } })).to.deep.equal([['4.0', '1.0'], 2]);
    expect(await versions({ where: { version: [] } })).to.deep.equal([[], 0]);
    expect(await versions({ where: { version: undefined }, limit: 1 })).to.deep.equal([['5.0'], 5]);
    expect(await versions({ order: { by: 'version', isDescending: false }, limit: 1 })).to.deep.equal([['1.0'], 5]);
    const shared = await categories.find({ where: { organization: null } });
    expect(shared.items.map(({ id }) => id)).to.deep.equal([uuid(2, '7')]);
    const both = await categories.find({ where: { organization: [null, 'lab'] } });
    expect(both.count).to.equal(2);
  });

  it('removes a row with all that belongs to it', async () => {
    await using premises = await prepare();
    const { categories, builds, images, firmware } = premises.catalogue;
    await categories.put(categoryOf(1));
    for (const i of [1, 2]) await builds.put(buildOf(i));
    for (const i of [1, 2]) await images.put(imageOf(i, { build: uuid(i, '6') }));
    for (const i of [1, 2]) await firmware.put(firmwareOf(i, { image: uuid(i, '5') }));
    expect(await builds.remove(uuid(1, '6'))).to.equal(true);
    expect(await builds.remove(uuid(1, '6'))).to.equal(false);
    expect([await images.get(uuid(1, '5')), await firmware.get(uuid(1, '4'))]).to.deep.equal([undefined, undefined]);
    expect(await firmware.get(uuid(2, '4'))).to.deep.equal(firmwareOf(2, { image: uuid(2, '5') }));
    await categories.remove(uuid(1, '7'));
    for (const shelf of [builds, images, firmware]) expect((await shelf.find()).count).to.equal(0);
    await categories.put(categoryOf(2, { name: 'category 1' }));
  });
}
