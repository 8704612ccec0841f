import { expect } from 'chai';
import { driverImage } from '../../src/engine/driver-image.js';
import { catalogueInProcess } from '../../src/index.js';
import { START, upgradeOf, uuid } from '../fixture.js';

const entry = { created: START, modified: START };
const sha256 = 'ab'.repeat(32);
const contents = { read: () => Promise.reject(new Error('not read here')) };

/** A catalogue with a build whose devices say that they run that. */
async function catalogueOf(os: string | null) {
  const catalogue = catalogueInProcess();
  const category = { ...entry, id: uuid(1, '7'), name: 'Routers', description: '', organization: 'lab' };
  await catalogue.categories.put(category);
  const build = { ...entry, id: uuid(1, '6'), category: category.id, version: '2.0', os, changelog: '' };
  await catalogue.builds.put(build);
  const file = { fileName: 'image.bin', size: 1000, sha256, content: 'c', signature: null };
  await catalogue.images.put({ ...entry, ...file, id: uuid(1, '5'), build: build.id, type: 'x' });
  return catalogue;
}

const upgrade = { ...upgradeOf(1, { build: uuid(1, '6'), version: '2.0', sha256 }), image: uuid(1, '5') };

describe('what a driver is to install', () => {
  for (const os of ['OpenWrt 25.12', null]) {
    it(`comes with what the device says then that it runs: ${os}`, async () => {
      const image = await driverImage(await catalogueOf(os), contents, upgrade);
      expect(image).to.include({ fileName: 'image.bin', version: '2.0', os });
      expect(image.isDeleted).to.equal(undefined);
    });
  }

  it('is known by its digest, and by what the build says, once it was deleted', async () => {
    const image = await driverImage(await catalogueOf('OpenWrt 25.12'), contents, { ...upgrade, image: null });
    expect(image).to.include({ isDeleted: true, sha256, version: '2.0', os: 'OpenWrt 25.12' });
    await image.read().then(
      () => expect.fail('it was read'),
      (error: unknown) => expect(error).to.include({ code: 'notFound' }),
    );
  });

  it('is known by its digest alone, once its build was deleted too', async () => {
    const image = await driverImage(catalogueInProcess(), contents, upgrade);
    expect(image).to.include({ isDeleted: true, sha256, os: null });
  });
});
