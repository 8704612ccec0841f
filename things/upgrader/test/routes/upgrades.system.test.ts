import { expect } from 'chai';
import { newUpgrade } from '../../src/index.js';
import { campaignOf, groupOf, requestOf, uuid } from '../fixture.js';
import { type Answered, idIn, idsIn, member, type ServedApi, serveApi, UNKNOWN } from '../served-api.js';
import { deviceOf, letIn, PATHS } from '../served-upgrader.js';

const DEVICE = uuid(1, '3');
const NO_DEVICES = 'No devices found matching the specified filters. Please adjust your group and/or location filters.';

const operationIn = (answered: Answered): string => idIn({ ...answered, body: member(answered, 'upgrade_operation') });

const give = (api: ServedApi, image: string, number = 1): Promise<Answered> =>
  api.ask('PUT', `device/${uuid(number, '3')}/firmware/`, { body: { image } });

/** Lets a worker bring an operation that far. */
async function work(api: ServedApi, id: string, to: 'started' | 'flashing' | 'success' | 'failed'): Promise<void> {
  await api.record.advance(id, { type: 'claim', holder: 'w', until: Date.now() + 1_000_000 });
  await api.record.advance(id, { type: 'step', fence: 1, phase: 'uploading', progress: 30, lines: ['begun'] });
  if (to === 'flashing') await api.record.advance(id, { type: 'flash', fence: 1 });
  if (to === 'failed') await api.record.advance(id, { type: 'end', fence: 1, phase: 'failed', lines: ['broken'] });
  if (to === 'success') await api.record.advance(id, { type: 'end', fence: 1, phase: 'not-needed', lines: [] });
}

describe('the REST API: upgrades', () => {
  it('11.42, 11.68: gives a device an image with PUT, 201 the first time and 200 then, each with its operation', async () => {
    await using api = await serveApi();
    const first = await api.file();
    const created = await give(api, first.image);
    expect(created.status).to.equal(201);
    expect(created.body).to.include({ image: first.image, installed: false });
    const build = idIn(await api.ask('POST', 'build/', { body: { category: first.category, version: '2.1' } }));
    const newer = idIn(await api.upload(build));
    const changed = await api.ask('PATCH', `device/${DEVICE}/firmware/`, { body: { image: newer } });
    expect(changed.status).to.equal(200);
    expect(operationIn(changed)).not.to.equal(operationIn(created));
    const operations = await api.ask('GET', `device/${DEVICE}/upgrade-operation/`);
    expect(idsIn(operations)).to.deep.equal([operationIn(changed), operationIn(created)]);
    const [, { log, ...older }] = Object(operations.body).results;
    expect(older).to.include({ status: 'aborted' }).and.not.to.have.property('created');
    expect(log).to.equal('Another upgrade operation is in progress, aborting...');
    await work(api, operationIn(changed), 'failed');
    const again = await give(api, newer);
    expect(again.body).to.include({ image: newer, installed: false });
    expect(idsIn(await api.ask('GET', `device/${DEVICE}/upgrade-operation/`))).to.deep.equal([
      operationIn(again),
      operationIn(changed),
      operationIn(created),
    ]);
  });

  it('begins nothing for an image that is installed, and names no operation then', async () => {
    await using api = await serveApi({ devices: [deviceOf(1, { os: 'Lede' })] });
    const { image } = await api.file('1.0', { os: 'Lede' });
    const same = await give(api, image);
    expect([same.status, Object.keys(Object(same.body))]).to.deep.equal([
      200,
      ['id', 'image', 'installed', 'modified'],
    ]);
  });

  it('11.41, 11.44: refuses an image of another organization, category or model', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2, { model: 'Model Y' })] });
    const { image } = await api.file();
    const foreign = await api.file('1', { organization: 'other' });
    const shared = await api.file('1', { organization: null });
    expect((await give(api, foreign.image)).body).to.deep.equal({
      image: [`Invalid pk "${foreign.image}" - object does not exist.`],
    });
    const model = await give(api, image, 2);
    expect([model.status, model.body]).to.deep.equal([400, { __all__: ['Device model and image model do not match'] }]);
    expect((await give(api, shared.image)).status).to.equal(201);
    expect((await give(api, image)).status).to.equal(400, 'of another category than it has');
    expect((await give(api, UNKNOWN)).status).to.equal(400);
    const own = `device/${uuid(1, '3')}/firmware/`;
    for (const [path, token] of [
      [`device/${UNKNOWN}/firmware/`, 'root'],
      [own, 'admin@other'],
    ] as const) {
      const { status, body } = await api.ask('PUT', path, { body: { image }, token });
      expect([status, body]).to.deep.equal([404, { detail: 'device not found' }]);
    }
  });

  it('11.43: refuses a device that nobody can reach, but for an image that it has', async () => {
    await using api = await serveApi({ devices: [deviceOf(1, { driver: null, os: 'Lede' })] });
    const { image } = await api.file();
    expect(String(Object(await give(api, image)).body.__all__)).to.include('does not have a related connection object');
    const installed = await api.file('1.0', { os: 'Lede' });
    expect((await give(api, installed.image)).body).to.include({ image: installed.image, installed: true });
    expect(idsIn(await api.ask('GET', 'upgrade-operation/'))).to.deep.equal([]);
  });

  it('11.45: refuses options that cannot be, or exclude each other, and takes others', async () => {
    await using api = await serveApi();
    const { image } = await api.file();
    const withOptions = (upgrade_options: object): Promise<Answered> =>
      api.ask('PUT', `device/${DEVICE}/firmware/`, { body: { image, upgrade_options } });
    expect((await withOptions({ x: true })).body).to.deep.equal({ detail: 'The upgrade options are invalid' });
    expect((await withOptions({ n: true, o: true })).body).to.deep.equal({
      detail: 'The "-n" and "-o" options cannot be used together',
    });
    expect((await withOptions({ F: true })).status).to.equal(400);
    expect((await withOptions({ n: true })).status).to.equal(201);
  });

  it('11.58, 11.69: refuses writes for a deactivated device, creates nothing, and lets it be read', async () => {
    await using api = await serveApi({ devices: [deviceOf(1, { isActive: false })] });
    const { image } = await api.file();
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const refused = await api.ask(method, `device/${DEVICE}/firmware/`, { body: { image } });
      expect([refused.status, refused.body]).to.deep.equal([
        403,
        { detail: 'Firmware upgrades are not allowed for deactivated devices.' },
      ]);
    }
    expect((await api.ask('GET', `device/${DEVICE}/firmware/`)).status).to.equal(404);
    expect(idsIn(await api.ask('GET', 'upgrade-operation/'))).to.deep.equal([]);
  });

  it('11.49, 11.70: cancels before the flash, says why not after it, and knows no others', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2)] });
    const { image } = await api.file();
    const id = operationIn(await give(api, image));
    await work(api, id, 'started');
    const path = `upgrade-operation/${id}/cancel/`;
    expect((await api.ask('POST', path, { token: 'viewer@lab' })).status).to.equal(403);
    const cancelled = await api.ask('POST', path, { token: 'operator@lab' });
    expect([cancelled.status, cancelled.body]).to.deep.equal([
      200,
      { message: 'Upgrade operation cancelled successfully' },
    ]);
    expect((await api.ask('POST', path)).status).to.equal(200, 'while it is being cancelled');
    await api.record.advance(id, { type: 'stopped', fence: 1 });
    const again = await api.ask('POST', path);
    expect([again.status, again.body]).to.deep.equal([
      409,
      { error: 'Cannot cancel operation with status: cancelled' },
    ]);
    const { body } = await api.ask('GET', `upgrade-operation/${id}/`);
    expect(String(Object(body).log)).to.include('Upgrade operation has been cancelled by user');
    expect((await api.ask('GET', `upgrade-operation/${id}/log/`)).body).to.equal(Object(body).log);
    const flashed = operationIn(await give(api, image, 2));
    await work(api, flashed, 'flashing');
    const late = await api.ask('POST', `upgrade-operation/${flashed}/cancel/`);
    expect([late.status, late.body]).to.deep.equal([
      409,
      { error: 'Cannot cancel upgrade: firmware reflashing has already started' },
    ]);
    const unknown = await api.ask('POST', `upgrade-operation/${UNKNOWN}/cancel/`);
    expect([unknown.status, unknown.body]).to.deep.equal([404, { error: 'Upgrade operation not found' }]);
  });

  it('lists operations with filters that all have to fit', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2)] });
    const { image } = await api.file();
    const [first, second] = [operationIn(await give(api, image)), operationIn(await give(api, image, 2))];
    await work(api, first, 'success');
    const find = async (query: string): Promise<readonly string[]> =>
      idsIn(await api.ask('GET', `upgrade-operation/?${query}`));
    expect(await find('status=success')).to.deep.equal([first]);
    expect(await find('status=in-progress')).to.deep.equal([second]);
    expect(await find(`device=${DEVICE}&status=in-progress`)).to.deep.equal([]);
    expect(await find(`image=${image}`)).to.have.members([first, second]);
    for (const name of [
      'organization',
      'device__organization',
      'device__organization__slug',
      'device__organization_slug',
    ]) {
      expect(await find(`${name}=lab`)).to.have.lengthOf(2);
      expect(await find(`${name}=other`)).to.deep.equal([]);
    }
    expect(await find('ordering=-device_id')).to.deep.equal([second, first]);
    expect((await api.ask('GET', 'upgrade-operation/?status=planned')).status).to.equal(400);
    expect(idsIn(await api.ask('GET', 'upgrade-operation/', { token: 'viewer@other' }))).to.deep.equal([]);
  });

  it('tries an operation again that has ended, and not before', async () => {
    await using api = await serveApi();
    const { image } = await api.file();
    const id = operationIn(await give(api, image));
    expect((await api.ask('POST', `upgrade-operation/${id}/retry/`)).status).to.equal(409);
    await work(api, id, 'failed');
    const again = await api.ask('POST', `upgrade-operation/${id}/retry/`, { token: 'operator@lab' });
    expect(again.status).to.equal(201);
    const { body } = await api.ask('GET', `upgrade-operation/${operationIn(again)}/`);
    expect(body).to.include({ status: 'in-progress', image });
  });

  it('11.79: removes what has ended, and nothing that goes on', async () => {
    await using api = await serveApi();
    const { image } = await api.file();
    const id = operationIn(await give(api, image));
    expect((await api.ask('DELETE', `upgrade-operation/${id}/`)).status).to.equal(409);
    await work(api, id, 'success');
    expect((await api.ask('DELETE', `upgrade-operation/${id}/`, { token: 'operator@lab' })).status).to.equal(403);
    expect((await api.ask('DELETE', `upgrade-operation/${id}/`)).status).to.equal(204);
    expect((await api.ask('GET', `upgrade-operation/${id}/`)).status).to.equal(404);
  });

  it('gives a token for a user and a password, as JSON or as a form', async () => {
    await using api = await serveApi();
    const ask = async (body: string, type: string): Promise<readonly [number, unknown]> => {
      const headers = { 'content-type': type };
      const response = await fetch(`${api.url}/api/v1/users/token/`, { method: 'POST', headers, body });
      return [response.status, await response.json()];
    };
    const json = 'application/json';
    expect(await ask('{"username":"ada","password":"secret"}', json)).to.deep.equal([200, { token: 'viewer@lab' }]);
    expect(await ask('username=ada&password=secret', 'application/x-www-form-urlencoded')).to.deep.equal([
      200,
      { token: 'viewer@lab' },
    ]);
    expect(await ask('{"username":"ada","password":"x"}', json)).to.deep.equal([
      400,
      { non_field_errors: ['Unable to log in with provided credentials.'] },
    ]);
    expect(await ask('{"username":"ada"}', json)).to.deep.equal([400, { password: ['This field is required.'] }]);
  });

  it('refuses the thousand and first request of a minute', async () => {
    await using api = await serveApi();
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) {
      const answers = Array.from({ length: 51 }, () => api.ask('GET', 'category/', { token: 'viewer@lab' }));
      for (const { status } of await Promise.all(answers)) statuses.push(status);
    }
    expect(statuses.filter((status) => status === 429)).to.have.lengthOf(20);
    expect((await api.ask('GET', 'category/')).status).to.equal(200, 'of somebody else');
  }).timeout(15_000);
});

describe('the REST API: campaigns', () => {
  it('11.65: begins a campaign, and none for a build, a group or a location that there is not, or for no device', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2, { group: uuid(1, '8') })] });
    const { build, image } = await api.file();
    const path = `build/${build}/upgrade/`;
    const none = await api.ask('POST', path, { body: {} });
    expect([none.status, none.body]).to.deep.equal([400, { error: NO_DEVICES }]);
    expect((await api.ask('POST', `build/${UNKNOWN}/upgrade/`)).status).to.equal(404);
    for (const field of ['group', 'location']) {
      const wrong = await api.ask('POST', path, { body: { upgrade_all: true, [field]: UNKNOWN } });
      expect([wrong.status, wrong.body]).to.deep.equal([
        400,
        { [field]: [`Invalid pk "${UNKNOWN}" - object does not exist.`] },
      ]);
    }
    expect(idsIn(await api.ask('GET', 'batch-upgrade-operation/'))).to.deep.equal([]);
    expect((await api.ask('POST', path, { token: 'operator@lab', body: { upgrade_all: true } })).status).to.equal(403);
    const begun = await api.ask('POST', path, { body: { upgrade_all: true, group: uuid(1, '8') } });
    expect(begun.status).to.equal(201);
    const batch = String(member(begun, 'batch'));
    const { body } = await api.ask('GET', `batch-upgrade-operation/${batch}/`);
    const { upgradeoperations, ...rest } = Object(body);
    expect(rest).to.include({ id: batch, status: 'in-progress', progress_report: '0 out of 1', success_rate: 0 });
    expect(rest).to.deep.include({ group: uuid(1, '8'), location: null, upgrade_options: { c: true } });
    expect(rest.build).to.include({ id: build });
    expect(upgradeoperations).to.have.lengthOf(1);
    expect(upgradeoperations[0]).to.include({ device: uuid(2, '3'), image, status: 'in-progress' });
  });

  it('11.52, 11.66: lists in a dry run who would be upgraded, without deactivated devices, and changes nothing', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2), deviceOf(3, { isActive: false })] });
    const { build, image } = await api.file();
    const firmware = idIn(await give(api, image));
    await work(api, idsIn(await api.ask('GET', 'upgrade-operation/'))[0] ?? '', 'failed');
    const dry = await api.ask('GET', `build/${build}/upgrade/`, { token: 'viewer@lab' });
    expect(dry.body).to.deep.equal({ device_firmwares: [firmware], devices: [uuid(2, '3')] });
    expect(idsIn(await api.ask('GET', 'batch-upgrade-operation/'))).to.deep.equal([]);
    expect((await api.ask('GET', `build/${build}/upgrade/?group=${UNKNOWN}`)).status).to.equal(400);
  });

  it('shows a large campaign with a part of each log, the newest, and says that it is one; a small one with more', async () => {
    await using api = await serveApi();
    const { build, image } = await api.file();
    const shown = async (number: number, size: number, length = 60_000) => {
      const campaign = campaignOf(number, { build, total: size, groups: [groupOf('all', size)] });
      const upgrades = Array.from({ length: size }, (_, i) => {
        const device = uuid(number * 1000 + i, '3');
        return newUpgrade(requestOf(number * 1000 + i, { campaign: campaign.id, device, place: i }), image, 'planned');
      });
      await api.record.addCampaign(campaign, upgrades, []);
      for (const upgrade of upgrades) {
        const lines = ['first', 'x'.repeat(length), `last of ${upgrade.place}`];
        await api.record.tables.upgrades.replace({ upgrade: { ...upgrade, seq: 2 }, expected: 1, lines });
      }
      const { status, body } = await api.ask('GET', `batch-upgrade-operation/${campaign.id}/?dialect=upstream`);
      expect(status).to.equal(200);
      return Object(body).upgradeoperations;
    };
    const many = await shown(1, 100);
    expect(many).to.have.lengthOf(100);
    const total = many.reduce((sum: number, { log }: { log: string }) => sum + log.length, 0);
    expect(total).to.be.within(4_000_000, 4_300_000);
    for (const [i, operation] of many.entries()) {
      expect(operation).to.have.all.keys(
        ...['id', 'device', 'image', 'status', 'log', 'progress', 'modified', 'created'],
      );
      expect(operation.log.startsWith('[... 2 earlier entries not shown]\nxxx')).to.equal(true);
      expect(operation.log.endsWith(`x\nlast of ${i}`)).to.equal(true);
    }
    const [one] = await shown(2, 10);
    expect(one.log).to.match(/^first\nx{60000}\nlast of 0$/);
    const [long] = await shown(3, 1, 120_000);
    expect(long.log.split('\n').slice(1).join('\n')).to.have.lengthOf(65_536);
  });

  it('counts the upgrades of a campaign that cannot be read, as its sockets do and its Thing', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2)] });
    const { build } = await api.file();
    const begun = await api.ask('POST', `build/${build}/upgrade/`, { body: { upgrade_all: true } });
    const batch = String(member(begun, 'batch'));
    const { upgrades } = api.record.tables;
    const { find } = upgrades;
    upgrades.find = async (query) => {
      const { items, count } = await find(query);
      return { items: items.filter(({ device }) => device !== DEVICE), count };
    };
    const { body } = await api.ask('GET', `batch-upgrade-operation/${batch}/`);
    expect(Object(body)).to.include({ progress_report: '0 out of 2' });
    expect(Object(body).upgradeoperations).to.have.lengthOf(1);
    await using reader = await letIn(api, PATHS.batch(batch));
    await reader.send({ type: 'request_current_state' });
    const state = Object(await reader.find(({ type }) => type === 'batch_state'));
    expect(state.batch_status).to.include({ total: 2, completed: 0 });
    expect(state.operations).to.have.lengthOf(1);
    expect((await api.record.tally(batch)).counts()).to.include({ total: 2 });
  });

  it('11.57: takes group and location together', async () => {
    const [group, location] = [uuid(1, '8'), uuid(1, '9')];
    await using api = await serveApi({
      devices: [deviceOf(1, { group }), deviceOf(2, { location }), deviceOf(3, { group, location })],
    });
    const { build } = await api.file();
    const dry = async (query: string): Promise<unknown> =>
      member(await api.ask('GET', `build/${build}/upgrade/?${query}`), 'devices');
    expect(await dry(`group=${group}`)).to.have.members([uuid(1, '3'), uuid(3, '3')]);
    expect(await dry(`location=${location}`)).to.have.members([uuid(2, '3'), uuid(3, '3')]);
    expect(await dry(`group=${group}&location=${location}`)).to.deep.equal([uuid(3, '3')]);
  });

  it('11.79: pauses, resumes, tries again what failed, cancels, and removes only what has ended', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2)] });
    const { build } = await api.file();
    const begin = async (): Promise<string> =>
      String(member(await api.ask('POST', `build/${build}/upgrade/`, { body: { upgrade_all: true } }), 'batch'));
    const id = await begin();
    const direct = (what: string, token = 'operator@lab'): Promise<Answered> =>
      api.ask('POST', `batch-upgrade-operation/${id}/${what}/`, { token });
    expect((await direct('pause', 'viewer@lab')).status).to.equal(403);
    expect((await direct('pause')).body).to.include({ status: 'in-progress', phase: 'paused' });
    expect((await direct('resume')).body).to.include({ phase: 'running' });
    expect((await api.ask('POST', `batch-upgrade-operation/${id}/retry/`)).status).to.equal(409);
    const { items } = await api.record.tables.upgrades.find({ campaign: id });
    for (const upgrade of items) await api.record.advance(upgrade.id, { type: 'dismiss', phase: 'failed', line: 'no' });
    const tally = await api.record.tally(id);
    await api.record.advanceCampaign(id, { type: 'count', groups: [tally.counts(0)], all: tally.counts() });
    expect((await api.ask('DELETE', `batch-upgrade-operation/${id}/`, { token: 'operator@lab' })).status).to.equal(403);
    const again = await api.ask('POST', `batch-upgrade-operation/${id}/retry/`);
    expect(again.status).to.equal(201);
    const inProgress = `batch-upgrade-operation/${member(again, 'batch')}/`;
    expect((await api.ask('DELETE', inProgress)).status).to.equal(409);
    const list = async (query: string): Promise<readonly string[]> =>
      idsIn(await api.ask('GET', `batch-upgrade-operation/?${query}`));
    expect(await list('status=in-progress')).to.deep.equal([member(again, 'batch')]);
    expect(await list(`status=failed&build=${build}`)).to.deep.equal([id]);
    expect(await list('status=idle')).to.deep.equal([]);
    const created = String(member(await api.ask('GET', `batch-upgrade-operation/${id}/`), 'created'));
    expect(await list(`created=${created}`)).to.include(id);
    expect(await list('created=2020-01-01')).to.deep.equal([]);
    expect((await api.ask('DELETE', `batch-upgrade-operation/${id}/`)).status).to.equal(204);
    for (const { id: upgrade } of items) {
      expect((await api.ask('GET', `upgrade-operation/${upgrade}/`)).status).to.equal(404, 'gone with its campaign');
    }
    const cancelled = await api.ask('POST', `${inProgress}cancel/`, { token: 'operator@lab' });
    expect(cancelled.body).to.include({ cancelled: 2, too_late: 0 });
  });

  it('11.80: makes one campaign of one build by a request, and none of devices that another one has', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2)] });
    const [first, second] = [await api.file('2.0'), await api.file('3.0')];
    const begin = (build: string): Promise<Answered> =>
      api.ask('POST', `build/${build}/upgrade/`, { body: { upgrade_all: true, build: second.build } });
    const asked = await Promise.all([begin(first.build), begin(first.build)]);
    expect(asked.map(({ status }) => status).sort()).to.deep.equal([201, 400]);
    expect((await begin(second.build)).body).to.deep.equal({ error: NO_DEVICES });
    const [batch, ...others] = Object((await api.ask('GET', 'batch-upgrade-operation/')).body).results;
    expect(others).to.deep.equal([]);
    expect(batch.build.id).to.equal(first.build);
  });
});
