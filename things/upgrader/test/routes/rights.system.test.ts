import { expect } from 'chai';
import { uuid } from '../fixture.js';
import { member, type ServedApi, serveApi, UNKNOWN } from '../served-api.js';
import { deviceOf } from '../served-upgrader.js';

type Role = 'viewer' | 'operator' | 'admin';

const DEVICE = `device/${uuid(1, '3')}`;

/** What it takes; in an order in which nothing is gone that is asked for after it. */
const LEAST: readonly (readonly [Role, string, string])[] = [
  ['viewer', 'GET', 'CATEGORY/'],
  ['viewer', 'GET', 'BUILD/'],
  ['viewer', 'GET', 'BUILD/image/'],
  ['viewer', 'GET', 'IMAGE/'],
  ['viewer', 'GET', 'IMAGE/download/'],
  ['viewer', 'GET', 'BUILD/upgrade/'],
  ['viewer', 'GET', 'BATCH/'],
  ['viewer', 'GET', 'OPERATION/'],
  ['viewer', 'GET', 'OPERATION/log/'],
  ['viewer', 'GET', `${DEVICE}/firmware/`],
  ['viewer', 'GET', `${DEVICE}/upgrade-operation/`],
  ['operator', 'POST', 'BATCH/pause/'],
  ['operator', 'POST', 'BATCH/resume/'],
  ['admin', 'POST', 'BATCH/start/'],
  ['admin', 'POST', 'BATCH/trigger-next-group/'],
  ['admin', 'POST', 'BATCH/approve/'],
  ['admin', 'POST', 'BATCH/deny/'],
  ['admin', 'POST', 'BATCH/reschedule/'],
  ['admin', 'POST', 'BATCH/retry/'],
  ['operator', 'POST', 'OPERATION/cancel/'],
  ['operator', 'POST', 'BATCH/cancel/'],
  ['operator', 'POST', 'OPERATION/retry/'],
  ['operator', 'PUT', `${DEVICE}/firmware/`],
  ['operator', 'PATCH', `${DEVICE}/firmware/`],
  ['admin', 'POST', 'BUILD/upgrade/'],
  ['admin', 'POST', 'BUILD/image/'],
  ['admin', 'PUT', 'BUILD/'],
  ['admin', 'PATCH', 'BUILD/'],
  ['admin', 'PUT', 'CATEGORY/'],
  ['admin', 'PATCH', 'CATEGORY/'],
  ['admin', 'DELETE', 'OPERATION/'],
  ['admin', 'DELETE', 'BATCH/'],
  ['admin', 'DELETE', `${DEVICE}/firmware/`],
  ['admin', 'DELETE', 'IMAGE/'],
  ['admin', 'DELETE', 'BUILD/'],
  ['admin', 'DELETE', 'CATEGORY/'],
];
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

/** A campaign of the laboratory, and how its objects are asked for. */
async function lab(api: ServedApi) {
  const { category, build, image } = await api.file();
  await api.ask('PUT', `${DEVICE}/firmware/`, { body: { image } });
  const cancelled = await api.ask('GET', `${DEVICE}/upgrade-operation/`);
  const [first] = Object(cancelled.body).results;
  await api.ask('POST', `upgrade-operation/${first.id}/cancel/`);
  const batch = member(await api.ask('POST', `build/${build}/upgrade/`, { body: { upgrade_all: true } }), 'batch');
  const shown = await api.ask('GET', `batch-upgrade-operation/${batch}/`);
  const [operation] = Object(shown.body).upgradeoperations;
  const paths: Readonly<Record<string, string>> = {
    CATEGORY: `category/${category}`,
    BUILD: `build/${build}`,
    IMAGE: `build/${build}/image/${image}`,
    BATCH: `batch-upgrade-operation/${batch}`,
    OPERATION: `upgrade-operation/${operation.id}`,
  };
  return async (method: string, path: string, token: string): Promise<number> => {
    const own = path.replace(/^[A-Z]+/, (name) => paths[name] ?? name);
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
    return (await api.ask(method, own, { token, ...body })).status;
  };
}

describe('the rights of the REST API', () => {
  it('are refused to those who have less, to strangers as if there were nothing, and given to those who have them', async () => {
    await using api = await serveApi({ devices: [deviceOf(1), deviceOf(2)] });
    const ask = await lab(api);
    for (const [least, method, path] of LEAST) {
      const what = `${method} ${path}`;
      for (const role of ROLES.slice(0, ROLES.indexOf(least))) {
        expect(await ask(method, path, `${role}@lab`)).to.equal(403, `${what} by a ${role}`);
      }
      expect(await ask(method, path, 'nobody')).to.equal(403, `${what} by nobody`);
      expect(await ask(method, path, 'admin@other')).to.equal(404, `${what} by a stranger`);
    }
    for (const [least, method, path] of LEAST) {
      expect(await ask(method, path, `${least}@lab`)).not.to.be.oneOf([401, 403, 404, 405, 500], `${method} ${path}`);
    }
  });

  it('tell of no group and no location of others: they are as those that there are not', async () => {
    await using api = await serveApi({ devices: [deviceOf(1, { organization: 'other' })] });
    const own = await api.file('1.0', { organization: 'other' });
    const shared = await api.file('1.0', { organization: null });
    const answers = async (build: string, method: 'GET' | 'POST', token: string, place: readonly [string, string]) => {
      const [field, id] = place;
      const path = `build/${build}/upgrade/`;
      const { status, body } =
        method === 'GET'
          ? await api.ask('GET', `${path}?${field}=${id}`, { token })
          : await api.ask('POST', path, { token, body: { upgrade_all: true, [field]: id } });
      return JSON.stringify([status, body]).replaceAll(id, '<id>');
    };
    for (const [field, id] of [
      ['group', uuid(1, '8')],
      ['location', uuid(1, '9')],
    ] as const) {
      for (const [build, method] of [
        [own.build, 'GET'],
        [own.build, 'POST'],
        [shared.build, 'GET'],
      ] as const) {
        const foreign = await answers(build, method, 'admin@other', [field, id]);
        expect(foreign).to.equal(await answers(build, method, 'admin@other', [field, UNKNOWN]));
        expect(foreign).to.equal(`[400,{"${field}":["Invalid pk \\"<id>\\" - object does not exist."]}]`);
      }
      expect(await answers(own.build, 'POST', 'root', [field, id])).to.contain(
        `The organization of the ${field} doesn't match the organization of the build category`,
      );
    }
  });

  it('show of what all organizations share the part that is of the own devices', async () => {
    const other = deviceOf(2, { organization: 'other' });
    await using api = await serveApi({ devices: [deviceOf(1), other, deviceOf(3, { organization: 'other' })] });
    const { build } = await api.file('1.0', { organization: null });
    const planned = async (token: string) => Object((await api.ask('GET', `build/${build}/upgrade/`, { token })).body);
    expect(await planned('viewer@lab')).to.deep.equal({ device_firmwares: [], devices: [uuid(1, '3')] });
    expect((await planned('root')).devices).to.have.length(3);
    const batch = member(await api.ask('POST', `build/${build}/upgrade/`, { body: { upgrade_all: true } }), 'batch');
    const shown = async (token: string) =>
      Object((await api.ask('GET', `batch-upgrade-operation/${batch}/`, { token })).body);
    const lab = await shown('viewer@lab');
    expect(lab.upgradeoperations.map(({ device }: { device: string }) => device)).to.deep.equal([uuid(1, '3')]);
    expect(lab.progress_report).to.equal('0 out of 1');
    expect((await shown('root')).upgradeoperations).to.have.length(3);
    for (const what of ['pause', 'cancel', 'retry', 'start']) {
      const { status } = await api.ask('POST', `batch-upgrade-operation/${batch}/${what}/`, { token: 'admin@lab' });
      expect(status).to.equal(403, what);
    }
    expect((await api.ask('DELETE', `batch-upgrade-operation/${batch}/`, { token: 'admin@lab' })).status).to.equal(403);
  });
});
