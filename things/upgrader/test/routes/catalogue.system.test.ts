import { expect } from 'chai';
import { uuid } from '../fixture.js';
import { IMAGE, idIn, idsIn, member, serveApi, sha256Of, UNKNOWN } from '../served-api.js';
import { deviceOf } from '../served-upgrader.js';
import { refusal } from '../served-views.js';

const NOT_A_MANAGER = 'User is not a manager of the organization to which the requested resource belongs.';

describe('the REST API: the catalogue', () => {
  it('11.62: answers 401 to nobody, 404 for what is of another organization, 403 to who manages none', async () => {
    await using api = await serveApi();
    const { build, category } = await api.file();
    for (const path of ['build/', 'category/', 'upgrade-operation/', 'batch-upgrade-operation/', `build/${build}/`]) {
      const anonymous = await api.ask('GET', path, { token: '' });
      expect([anonymous.status, anonymous.body]).to.deep.equal([
        401,
        { detail: 'Authentication credentials were not provided.' },
      ]);
      const nobody = await api.ask('GET', path, { token: 'nobody' });
      expect([nobody.status, nobody.body]).to.deep.equal([403, { detail: NOT_A_MANAGER }]);
    }
    for (const path of [`build/${build}/`, `category/${category}/`, `build/${build}/upgrade/`]) {
      expect((await api.ask('GET', path, { token: 'admin@other' })).status).to.equal(404);
    }
    expect(idsIn(await api.ask('GET', 'build/', { token: 'admin@other' }))).to.deep.equal([]);
  });

  it('11.50: lets whoever only looks or handles look, and managers manage', async () => {
    await using api = await serveApi();
    const { category } = await api.file();
    for (const token of ['viewer@lab', 'operator@lab']) {
      expect((await api.ask('GET', `category/${category}/`, { token })).status).to.equal(200);
      expect((await api.ask('PATCH', `category/${category}/`, { token, body: { name: 'x' } })).status).to.equal(403);
      expect((await api.ask('DELETE', `category/${category}/`, { token })).status).to.equal(403);
      expect((await api.ask('POST', 'category/', { token, body: { name: 'x', organization: 'lab' } })).status).to.equal(
        403,
      );
    }
    const changed = await api.ask('PATCH', `category/${category}/`, { token: 'admin@lab', body: { name: 'Cameras' } });
    expect(changed.body).to.include({ id: category, name: 'Cameras', organization: 'lab' });
    expect((await api.ask('DELETE', `category/${category}/`, { token: 'admin@lab' })).status).to.equal(204);
    expect((await api.ask('GET', `category/${category}/`)).status).to.equal(404);
  });

  it('gives no image of a foreign build by way of an own one, nor moves anything where its caller has no say', async () => {
    await using api = await serveApi();
    const [own, foreign, shared] = [
      await api.file('1.0'),
      await api.file('1.0', { organization: 'other' }),
      await api.file('1.0', { organization: null }),
    ];
    const token = 'admin@lab';
    const statusOf = async (method: string, path: string, body?: object): Promise<number> =>
      (await api.ask(method, path, { token, ...(body ? { body } : {}) })).status;
    for (const image of [foreign.image, shared.image]) {
      const path = `build/${own.build}/image/${image}/`;
      const statuses = [
        await statusOf('GET', path),
        await statusOf('GET', `${path}download/`),
        await statusOf('DELETE', path),
      ];
      expect(statuses).to.deep.equal([404, 404, 404]);
    }
    expect(await statusOf('PATCH', `build/${own.build}/`, { category: foreign.category })).to.equal(400);
    expect(await statusOf('PATCH', `build/${own.build}/`, { category: shared.category })).to.equal(403);
    expect(await statusOf('PATCH', `category/${own.category}/`, { organization: 'other' })).to.equal(403);
    expect(await statusOf('PATCH', `category/${own.category}/`, { organization: null })).to.equal(400);
    expect((await api.ask('GET', `build/${own.build}/`)).body).to.include({ category: own.category });
    expect((await api.ask('GET', `category/${own.category}/`)).body).to.include({ organization: 'lab' });
    expect((await api.catalogue.images.find()).count).to.equal(3);
  });

  it('is for people and services: devices have doors of their own', async () => {
    await using api = await serveApi();
    const { status, body } = await api.ask('GET', 'category/', { token: 'device' });
    expect([status, body]).to.deep.equal([403, { detail: 'You do not have permission to perform this action.' }]);
  });

  it('11.64: lets managers read what all share, and only superusers write it', async () => {
    await using api = await serveApi();
    const { category, build } = await api.file('1.0', { organization: null });
    const token = 'admin@lab';
    expect(idsIn(await api.ask('GET', 'category/', { token }))).to.deep.equal([category]);
    expect(idsIn(await api.ask('GET', 'build/', { token }))).to.deep.equal([build]);
    expect((await api.ask('PATCH', `build/${build}/`, { token, body: { version: '3' } })).status).to.equal(403);
    expect((await api.ask('POST', `build/${build}/upgrade/`, { token })).status).to.equal(403);
    const created = await api.ask('POST', 'category/', { token, body: { name: 'Shared' } });
    expect([created.status, created.body]).to.deep.equal([
      400,
      { organization: ['Only superusers can create or edit shared categories'] },
    ]);
    expect((await api.ask('POST', 'category/', { token, body: { name: 'x', organization: 'other' } })).status).to.equal(
      403,
    );
  });

  it('says of every member what is wrong with it', async () => {
    await using api = await serveApi();
    const { category } = await api.file();
    const wrong = await api.ask('POST', 'build/', { body: { category: UNKNOWN.slice(1), version: 'x'.repeat(33) } });
    expect([wrong.status, wrong.body]).to.deep.equal([
      400,
      {
        category: [`“${UNKNOWN.slice(1)}” is not a valid UUID.`],
        version: ['Ensure this field has no more than 32 characters.'],
      },
    ]);
    expect((await api.ask('GET', 'build/?version=2%000')).body).to.deep.equal({
      version: ['Null characters are not allowed.'],
    });
    expect((await api.ask('POST', 'build/', { body: {} })).body).to.deep.equal({
      category: ['This field is required.'],
      version: ['This field is required.'],
    });
    expect((await api.ask('POST', 'build/', { body: { category: UNKNOWN, version: '1' } })).body).to.deep.equal({
      category: [`Invalid pk "${UNKNOWN}" - object does not exist.`],
    });
    const same = await api.ask('POST', 'build/', { body: { category, version: '2.0' } });
    expect([same.status, Object.keys(Object(same.body))]).to.deep.equal([400, ['__all__']]);
    expect((await api.ask('POST', 'build/', { body: '[]' })).status).to.equal(400);
  });

  it('11.40: knows an operating system once in an organization', async () => {
    await using api = await serveApi();
    const { category } = await api.file('1.0', { os: 'Lede 17' });
    const again = await api.ask('POST', 'build/', { body: { category, version: '3.0', os: 'Lede 17' } });
    expect([again.status, again.body]).to.deep.equal([
      400,
      { os: ['A build with this OS identifier ("Lede 17") and organization ("lab") already exists'] },
    ]);
    expect((await api.ask('POST', 'build/', { body: { category, version: '3.0', os: '' } })).status).to.equal(201);
  });

  it('11.63: lists with filters that all have to fit, in pages, in the order that is asked for', async () => {
    await using api = await serveApi();
    const { category } = await api.file('1.0');
    for (const version of ['1.1', '1.2', '1.3']) await api.ask('POST', 'build/', { body: { category, version } });
    const other = await api.file('1.1');
    const first = await api.ask('GET', `build/?category=${category}&page_size=3&ordering=version`);
    expect(first.body).to.include({ count: 4, previous: null });
    expect(idsIn(first)).to.have.lengthOf(3);
    const next = String(member(first, 'next'));
    expect(next).to.equal(
      `${api.url}/api/v1/firmware-upgrader/build/?category=${category}&page_size=3&ordering=version&page=2`,
    );
    const second = await api.ask('GET', next.split('firmware-upgrader/')[1] ?? '');
    expect(idsIn(second)).to.have.lengthOf(1);
    expect(member(second, 'next')).to.equal(null);
    expect(member(second, 'previous')).to.equal(next.replace('&page=2', ''));
    expect(idsIn(await api.ask('GET', `build/?category=${other.category}&version=1.1`))).to.deep.equal([other.build]);
    expect(idsIn(await api.ask('GET', `build/?category=${other.category}&version=1.2`))).to.deep.equal([]);
    expect((await api.ask('GET', 'build/?page=7')).status).to.equal(404);
    expect((await api.ask('GET', 'build/?category=klingon')).status).to.equal(400);
    expect(idsIn(await api.ask('GET', 'build/?organization=other'))).to.deep.equal([]);
  });

  it('11.44, 11.67: takes images of a type with boards, streams them, and never alters one', async () => {
    await using api = await serveApi({ maxImageSize: 20_000 });
    const { build, image } = await api.file();
    const shown = await api.ask('GET', `build/${build}/image/${image}/`);
    expect(shown.body).to.include({
      id: image,
      build,
      type: 'model-x.bin',
      size: IMAGE.length,
      sha256: sha256Of(IMAGE),
    });
    for (const method of ['PUT', 'PATCH']) {
      const refused = await api.ask(method, `build/${build}/image/${image}/`, { body: {} });
      expect([refused.status, refused.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, DELETE']);
    }
    const unknown = await api.upload(build, { type: 'nothing.bin' });
    expect([unknown.status, unknown.body]).to.deep.equal([400, { type: ['Could not find boards for this type'] }]);
    expect((await api.upload(build)).status).to.equal(400, 'there is one of that type');
    const named = await api.upload(build, { type: '', name: 'openwrt-model-y.bin' });
    expect(named.body).to.include({ type: 'model-y.bin' });
    const large = await api.file('3.0');
    await api.ask('DELETE', `build/${large.build}/image/${large.image}/`);
    const tooLarge = await api.upload(large.build, { bytes: Buffer.alloc(20_001) });
    expect([tooLarge.status, tooLarge.body]).to.deep.equal([
      400,
      { file: ['File size is too big, the maximum allowed is 20000 bytes.'] },
    ]);
    expect((await api.upload(large.build, { sha256: 'ab'.repeat(32) })).status).to.equal(400);
    expect((await api.upload(large.build, { bytes: Buffer.alloc(0) })).status).to.equal(400);
    expect((await api.upload(large.build, { sha256: sha256Of(IMAGE) })).status).to.equal(201);
    expect((await api.upload(UNKNOWN)).body).to.deep.equal({ detail: 'build not found' });
    expect((await api.ask('POST', `build/${build}/image/`, { body: {} })).status).to.equal(415);
    expect(idsIn(await api.ask('GET', `build/${build}/image/?type=model-x.bin`))).to.deep.equal([image]);
  });

  it('11.71, 11.72: gives the bytes of an image, and parts of them, to whoever may look; says nothing of where they are', async () => {
    await using api = await serveApi();
    const { build, image } = await api.file();
    const path = `build/${build}/image/${image}/download/`;
    const { body } = await api.ask('GET', `build/${build}/image/${image}/`);
    expect(body).to.include({ file: `${api.url}/api/v1/firmware-upgrader/${path}` });
    expect((await api.ask('GET', path, { token: '' })).status).to.equal(401);
    expect((await api.ask('GET', path, { token: 'nobody' })).status).to.equal(403);
    expect((await api.ask('GET', path, { token: 'viewer@lab' })).body).to.equal(IMAGE.toString());
    const part = await api.ask('GET', path, { headers: { range: 'bytes=9-16' } });
    expect([part.status, part.body, part.headers.get('content-range')]).to.deep.equal([
      206,
      'firmware',
      `bytes 9-16/${IMAGE.length}`,
    ]);
    expect((await api.ask('GET', path, { headers: { range: 'bytes=99999-' } })).status).to.equal(416);
    const head = await api.ask('HEAD', path);
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).to.deep.equal([
      200,
      String(IMAGE.length),
      `"${sha256Of(IMAGE)}"`,
    ]);
  });

  it('11.51, 11.56: has files go with their image, build and category, and upgrades stay without an image', async () => {
    await using api = await serveApi();
    const { build, category, image } = await api.file();
    const other = await api.file('3.0');
    const contents: string[] = [];
    for (const { content } of (await api.catalogue.images.find({})).items) contents.push(content);
    const put = await api.ask('PUT', `device/${uuid(1, '3')}/firmware/`, { body: { image } });
    const operation = idIn({ ...put, body: member(put, 'upgrade_operation') });
    expect((await api.ask('DELETE', `category/${category}/`)).status).to.equal(204);
    expect((await api.ask('GET', `build/${build}/image/${image}/download/`)).status).to.equal(404);
    const { body } = await api.ask('GET', `upgrade-operation/${operation}/`);
    expect(body).to.include({ image: null, status: 'aborted' });
    expect((await api.ask('DELETE', `build/${other.build}/`)).status).to.equal(204);
    expect(contents).to.have.lengthOf(2);
    for (const content of contents) {
      expect(await refusal(() => api.contents.read(content)), 'the bytes').to.equal('notFound');
    }
  });

  it('11.55: notes of a device that says that it runs an image that it has it, and begins nothing', async () => {
    await using api = await serveApi({
      devices: [
        deviceOf(1, { os: 'Lede 17' }),
        deviceOf(2, { os: 'Lede 18' }),
        deviceOf(3, { os: 'Lede 17', model: 'Model Y' }),
        deviceOf(4),
      ],
    });
    const { image } = await api.file('1.0', { os: 'Lede 17' });
    const recognised = await api.ask('GET', `device/${uuid(1, '3')}/firmware/`);
    expect(recognised.body).to.include({ image, installed: true });
    for (const number of [2, 3, 4]) {
      expect((await api.ask('GET', `device/${uuid(number, '3')}/firmware/`)).status).to.equal(404);
    }
    await api.ask('DELETE', `device/${uuid(1, '3')}/firmware/`);
    await api.file('2.0');
    expect((await api.ask('GET', `device/${uuid(1, '3')}/firmware/`)).status).to.equal(404, 'of no build with that os');
    expect(idsIn(await api.ask('GET', 'upgrade-operation/'))).to.deep.equal([]);
  });
});
