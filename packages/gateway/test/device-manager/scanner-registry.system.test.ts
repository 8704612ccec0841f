import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Gateway, openGateway } from '../../src/index.js';
import { ADMIN_TOKEN, dialIn } from '../kinds/scanner-lab.js';

const NEW = { name: 'Low field', description: 'In the cellar' };
const SEQUENCE = { name: 'tse', seq_file: '[VERSION]\nmajor 1' };
const task = (device: string) => ({
  id: '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33',
  task_type: 'ACQUISITION',
  name: 'knee',
  device_id: device,
  sequence: SEQUENCE,
});

/** Calls the device manager of a gateway; `GET /x` is `/api/v1/device/x`. */
async function call(
  gateway: Gateway,
  line: string,
  { token = ADMIN_TOKEN, body }: { token?: string; body?: object } = {},
) {
  const [method = 'GET', path = ''] = line.split(' ');
  const response = await fetch(`${gateway.url}/api/v1/device${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** Somebody with grants, by a token. */
async function somebody(
  { people }: Gateway,
  name: string,
  ...grants: { readonly role: string; readonly organization?: string; readonly affordance?: string }[]
): Promise<string> {
  const { id } = await people.addUser({ name });
  for (const grant of grants) await people.grant(id, grant);
  return (await people.issueToken(id)).secret;
}

const open = (data?: string) => openGateway({ port: 0, adminToken: ADMIN_TOKEN, ...(data ? { data } : {}) });

describe('The device manager of a gateway', () => {
  it('creates devices that dial in, scan and are deleted, and tells the audit', async () => {
    await using gateway = await open();
    await gateway.fleet.provision({ kind: 'telemetry', name: 'battery' });
    const { status, body } = await call(gateway, 'POST /createdevice', { body: NEW });
    expect(status).to.equal(200);
    const { device_id: id, device_token: token } = body;
    await using device = await dialIn(gateway, { id, token }, { name: 'scanner_001', reconnectDelay: 1 });
    const scan = await call(gateway, 'POST /start_scan_via_websocket', { body: task(id) });
    expect(scan).to.deep.equal({ status: 200, body: null });
    const { body: devices } = await call(gateway, 'GET /');
    expect(devices).to.have.length(1);
    expect(devices[0]).to.include({ ...NEW, id, datetime_updated: null });
    expect(Date.parse(devices[0].datetime_created)).to.be.closeTo(Date.now(), 60_000);
    expect((await call(gateway, `DELETE /${id}`)).status).to.equal(204);
    expect(await device.ended).to.deep.equal({ cause: 'deaf', status: 401 });
    expect((await call(gateway, `GET /${id}`)).status).to.equal(404);
    expect(gateway.fleet.list().map(({ name }) => name)).to.deep.equal(['battery']);
    const audit = await fetch(`${gateway.url}/audit?order=oldest`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const entries = (await audit.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = entries.map(({ affordances, result }) => [...affordances, result].join(' '));
    expect(told).to.include.members(['provisionDevice done', 'label done', 'startScan done', 'removeDevice done']);
    expect(JSON.stringify(entries)).to.not.include(token);
  });

  it('keeps what it made over a restart', async () => {
    const data = await mkdtemp(join(tmpdir(), 'thingwright-'));
    try {
      let made: unknown;
      let id = '';
      {
        await using gateway = await open(data);
        id = (await call(gateway, 'POST /createdevice', { body: NEW })).body.device_id;
        await call(gateway, `PUT /parameter/${id}`, { body: { larmor_frequency: 5 } });
        made = (await call(gateway, `GET /${id}`)).body;
        expect(made).to.deep.include({ ...NEW, parameter: { larmor_frequency: 5 }, status: 'OFFLINE' });
      }
      await using gateway = await open(data);
      expect((await call(gateway, `GET /${id}`)).body).to.deep.equal(made);
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });

  it('B22: asks for the roles of an organization: viewers read, operators set and start, admins create and delete', async () => {
    await using gateway = await open();
    const ours = { organization: 'lab' };
    const admin = await somebody(gateway, 'ada', { role: 'admin', ...ours });
    const { body: made } = await call(gateway, 'POST /createdevice', { token: admin, body: NEW });
    const id = made.device_id;
    expect(gateway.fleet.list()).to.have.nested.property('[0].organization', 'lab');
    const attempts: readonly [line: string, body?: object][] = [
      ['GET /'],
      [`GET /${id}`],
      [`PUT /parameter/${id}`, { a: 1 }],
      ['POST /start_scan_via_websocket', task(id)],
      ['POST /createdevice', NEW],
      [`DELETE /${id}`],
    ];
    const statuses = async (token: string): Promise<readonly number[]> => {
      const all = [];
      for (const [line, body] of attempts)
        all.push((await call(gateway, line, { token, ...(body ? { body } : {}) })).status);
      return all;
    };
    const scanners = (token: string) => call(gateway, 'GET /', { token }).then(({ body }) => body.length);
    const stranger = await somebody(gateway, 'eve', { role: 'admin', organization: 'elsewhere' });
    const viewer = await somebody(gateway, 'vic', { role: 'viewer', ...ours });
    const operator = await somebody(gateway, 'oli', { role: 'operator', ...ours });
    expect(await statuses(viewer)).to.deep.equal([200, 200, 403, 403, 403, 403]);
    expect(await statuses(operator)).to.deep.equal([200, 200, 200, 503, 403, 403]);
    expect(await statuses(stranger)).to.deep.equal([200, 404, 404, 404, 200, 404]);
    expect(await statuses(made.device_token)).to.deep.equal([200, 404, 404, 404, 403, 404]);
    expect([await scanners(viewer), await scanners(stranger), await scanners(ADMIN_TOKEN)]).to.deep.equal([1, 1, 2]);
    expect(await statuses(admin)).to.deep.equal([200, 200, 200, 503, 200, 204]);
  });

  it('shows those who may read a part of a device no more than that', async () => {
    await using gateway = await open();
    const { body: made } = await call(gateway, 'POST /createdevice', { body: NEW });
    const token = await somebody(gateway, 'pat', { role: 'operator', affordance: 'status' });
    expect(await call(gateway, 'GET /', { token })).to.deep.equal({ status: 200, body: [] });
    expect((await call(gateway, `GET /${made.device_id}`, { token })).status).to.equal(403);
    const start = await call(gateway, 'POST /start_scan_via_websocket', { token, body: task(made.device_id) });
    expect(start.status).to.equal(403);
  });

  it('creates nothing for those who administer several organizations, which it has no word for', async () => {
    await using gateway = await open();
    const grants = ['a', 'b'].map((organization) => ({ role: 'admin', organization }));
    const token = await somebody(gateway, 'ada', ...grants);
    const { status, body } = await call(gateway, 'POST /createdevice', { token, body: NEW });
    expect(status).to.equal(409);
    expect(body.detail).to.contain('administers a, b');
    expect(gateway.fleet.list()).to.deep.equal([]);
  });

  it('says without credentials that it is ready, and nothing else', async () => {
    await using gateway = await open();
    const { url } = gateway;
    const ready = await fetch(`${url}/api/v1/device/health/readiness`);
    expect([ready.status, await ready.json()]).to.deep.equal([200, { status: 'ok' }]);
    for (const path of ['', '/', '/ws', '/createdevice', '/health', `/${'0'.repeat(36)}`]) {
      expect([path, (await fetch(`${url}/api/v1/device${path}`)).status]).to.deep.equal([path, 401]);
    }
  });
});
