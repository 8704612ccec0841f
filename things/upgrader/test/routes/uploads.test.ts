import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { manifestText } from '@thingwright/device-link';
import { expect } from 'chai';
import { imageKey } from '../../src/index.js';
import { type Answered, IMAGE, idIn, member, type ServedApi, serveApi, sha256Of } from '../served-api.js';

/** A build without images. */
async function buildIn(api: ServedApi, version = '2.0'): Promise<string> {
  const category = idIn(
    await api.ask('POST', 'category/', { body: { name: `Signed ${version}`, organization: 'lab' } }),
  );
  return idIn(await api.ask('POST', 'build/', { body: { category, version } }));
}

const keyPair = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: imageKey(publicKey.export({ type: 'spki', format: 'pem' }).toString()), privateKey };
};

const signed = (privateKey: KeyObject, { bytes = IMAGE, version = '2.0' } = {}): string =>
  sign(null, Buffer.from(manifestText({ sha256: sha256Of(bytes), size: bytes.length, version })), privateKey).toString(
    'base64',
  );

const answer = ({ status, body }: Answered): readonly unknown[] => [status, body];

describe('an upload of an image', () => {
  it('has to be signed where there are keys, as that version, by one of them', async () => {
    const [release, beta, stranger] = [keyPair(), keyPair(), keyPair()];
    const imageKeys = new Map([
      ['release', release.publicKey],
      ['beta', beta.publicKey],
    ]);
    await using api = await serveApi({ imageKeys });
    const build = await buildIn(api);
    const untrusted = [400, { signature: ['No key that is trusted here has signed this file as version 2.0.'] }];
    expect(answer(await api.upload(build))).to.deep.equal([400, { signature: ['This field is required.'] }]);
    expect(answer(await api.upload(build, { signature: 'c2ln' }))).to.deep.equal([
      400,
      { signature: ['A signature has 64 bytes, in base64.'] },
    ]);
    expect(answer(await api.upload(build, { signature: signed(stranger.privateKey) }))).to.deep.equal(untrusted);
    for (const other of [{ version: '2.1' }, { bytes: Buffer.from('something else') }]) {
      const signature = signed(release.privateKey, other);
      expect(answer(await api.upload(build, { signature }))).to.deep.equal(untrusted);
    }
    const signature = signed(beta.privateKey);
    expect(answer(await api.upload(build, { signature, signatureKey: 'release' }))).to.deep.equal(untrusted);
    expect(answer(await api.upload(build, { signature, signatureKey: 'gamma' }))).to.deep.equal([
      400,
      { signature_key: ['There is no key "gamma" here.'] },
    ]);
    expect((await api.catalogue.images.find()).count).to.equal(0);

    const taken = await api.upload(build, { signature });
    expect(taken.status).to.equal(201);
    expect((await api.catalogue.images.get(idIn(taken)))?.signature).to.deep.equal({ keyID: 'beta', value: signature });
  });

  it('may be signed where there are no keys: only devices check it then', async () => {
    await using api = await serveApi();
    const build = await buildIn(api);
    const signature = signed(keyPair().privateKey);
    expect(answer(await api.upload(build, { signature }))).to.deep.equal([
      400,
      { signature_key: ['This field is required.'] },
    ]);
    const taken = await api.upload(build, { signature, signatureKey: 'release' });
    expect((await api.catalogue.images.get(idIn(taken)))?.signature).to.deep.equal({
      keyID: 'release',
      value: signature,
    });
    const renamed = await api.ask('PATCH', `build/${build}/`, { body: { version: '2.1' } });
    expect(answer(renamed)).to.deep.equal([400, { version: ['Its images are signed as it.'] }]);
    expect((await api.ask('PATCH', `build/${build}/`, { body: { version: '2.0', changelog: 'x' } })).status).to.equal(
      200,
    );
  });

  it('is refused before it is kept where it is a picture, a document, an archive or a program', async () => {
    await using api = await serveApi();
    const build = await buildIn(api);
    const rest = Buffer.alloc(100_000, 7);
    const files: readonly (readonly [string, string | Buffer])[] = [
      ['a JPEG picture', Buffer.of(0xff, 0xd8, 0xff, 0xe0)],
      ['a PNG picture', '\x89PNG\r\n\x1a\n'],
      ['a GIF picture', 'GIF89a'],
      ['a PDF document', '%PDF-1.7'],
      ['a ZIP archive', 'PK\x03\x04'],
      ['a Windows program', 'MZ\x90'],
      ['an ELF program', '\x7fELF'],
      ['an HTML page', '\n<!DOCTYPE html>'],
      ['an XML document', '<?xml version="1.0"?>'],
    ];
    for (const [format, beginning] of files) {
      const head = typeof beginning === 'string' ? Buffer.from(beginning, 'latin1') : beginning;
      for (const bytes of [Buffer.concat([head, rest]), head]) {
        expect(answer(await api.upload(build, { bytes }))).to.deep.equal([
          400,
          { file: [`This is ${format}, and no firmware.`] },
        ]);
      }
    }
    const root = await api.upload(build, { name: 'openwrt-ath79-ext4-rootfs.img.gz' });
    expect(answer(root)).to.deep.equal([400, { file: ['This is a file system alone, and no firmware.'] }]);
    expect((await api.catalogue.images.find()).count).to.equal(0);

    const zip = Buffer.concat([Buffer.from('PK\x03\x04'), rest]);
    const taken = await api.upload(build, { bytes: zip, type: 'model-z.zip', name: 'z-rootfs.zip' });
    expect([taken.status, member(taken, 'sha256')]).to.deep.equal([201, sha256Of(zip)]);
    const short = await api.upload(build, { bytes: Buffer.from('<'), type: 'model-y.bin' });
    expect([short.status, member(short, 'size')]).to.deep.equal([201, 1]);
  });

  it('is refused as what it is where its form has no boundary, or breaks off', async () => {
    await using api = await serveApi();
    const build = await buildIn(api);
    const part = (name: string): string =>
      `--B\r\ncontent-disposition: form-data; name="${name}"\r\n\r\nmodel-x.bin\r\n`;
    for (const [type, body] of [
      ['multipart/form-data', part('type')],
      ['multipart/form-data; boundary=B', part('type')],
      ['multipart/form-data; boundary=B', part('file"; filename="a-model-x.bin')],
    ] as const) {
      const headers = { authorization: 'Bearer root', 'content-type': type };
      const url = `${api.url}/api/v1/firmware-upgrader/build/${build}/image/`;
      const response = await fetch(url, { method: 'POST', headers, body });
      expect(response.status).to.equal(400);
      expect(await response.json())
        .to.have.property('detail')
        .that.matches(/^The form cannot be read: /);
    }
    expect((await api.catalogue.images.find()).count).to.equal(0);
  });

  it('knows keys of Ed25519, and no others', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
    expect(() => imageKey(rsa.toString())).to.throw('not of Ed25519');
    expect(() => imageKey('no key')).to.throw('no key in PEM');
  });
});
