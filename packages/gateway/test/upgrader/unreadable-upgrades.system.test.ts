import { consume } from '@thingwright/client';
import { silent } from '@thingwright/core';
import { openStore, type UpgradeRow } from '@thingwright/store';
import { DeviceUpgrader } from '@thingwright/upgrader';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { openGateway } from '../../src/index.js';
import { temporaryFolder } from './temporary-folder.js';
import { ADMIN_TOKEN, HARDWARE, openUpgraderLab } from './upgrader-lab.js';

const UNREADABLE = '99999999-9999-4999-8999-999999999999';

/** Adds an upgrade that holds its device, of a shape that no release knows, to the store of a gateway that does not run. */
async function addUnreadableUpgrade(data: string, device: string): Promise<void> {
  const row: UpgradeRow = {
    id: UNREADABLE,
    device,
    organization: 'default',
    image: null,
    campaign: null,
    group: 0,
    place: 0,
    phase: 'from the future',
    holdsDevice: true,
    requestedBy: 'user:ada',
    clientKey: null,
    created: 1,
    modified: 1,
    seq: 1,
    lease: null,
    latest: 1,
    kept: JSON.stringify({ id: UNREADABLE, phase: 'from the future' }),
  };
  const store = await openStore({ data, log: silent });
  try {
    await store.upgrades.add([{ upgrade: row, lines: [] }]);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** What a handshake is refused with. */
const refused = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode);
      response.resume();
      socket.terminate();
    });
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('It was let in'));
    });
    socket.on('error', () => undefined);
  });

describe('a gateway with an upgrade that it cannot read', () => {
  it('starts, serves all others, and says so to whoever asks for that one, or for another of its device', async () => {
    await using folder = await temporaryFolder();
    const data = folder.path;
    const lab = await openUpgraderLab({ data });
    let image: string;
    try {
      await lab.device('router');
      ({ image } = await lab.file('2.0'));
      await lab.gateway.fleet.provision({ kind: 'upgradable', name: 'other' });
    } finally {
      await lab[Symbol.asyncDispose]();
    }
    const device =
      lab.gateway.fleet
        .list()
        .find(({ name }) => name === 'router')
        ?.id.slice('urn:uuid:'.length) ?? '';
    await addUnreadableUpgrade(data, device);

    const told: unknown[][] = [];
    const log = { ...silent, error: (...entry: unknown[]) => void told.push(entry) };
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, hardware: HARDWARE, data, log });
    const ask = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${gateway.url}/api/v1/firmware-upgrader/${path}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: Object(await response.json()) };
    };
    expect(await ask('GET', 'upgrade-operation/')).to.deep.include({ status: 200 });
    expect((await ask('GET', `device/${device}/upgrade-operation/`)).body.results).to.deep.equal([]);
    for (const [method, path, body] of [
      ['GET', `upgrade-operation/${UNREADABLE}/`, undefined],
      ['POST', `upgrade-operation/${UNREADABLE}/cancel/`, {}],
      ['PUT', `device/${device}/firmware/`, { image }],
    ] as const) {
      const answer = await ask(method, path, body);
      expect(answer.status, path).to.equal(409);
      expect(answer.body.error).to.contain(UNREADABLE).and.contain('cannot be read');
    }
    expect((await ask('GET', `device/${device}/firmware/`)).status, 'nothing was filed').to.equal(404);
    const sockets = gateway.url.replace('http', 'ws');
    expect(await refused(`${sockets}/ws/firmware-upgrader/upgrade-operation/${UNREADABLE}/`)).to.equal(409);
    await using thing = await consume(DeviceUpgrader, `${gateway.url}/things/router`, { token: ADMIN_TOKEN });
    expect(await thing.properties.currentFirmware.read()).to.include({ version: '1.0' });
    expect(await thing.properties.operation.read().catch((error: unknown) => Object(error).code)).to.equal('conflict');
    await using other = await consume(DeviceUpgrader, `${gateway.url}/things/other`, { token: ADMIN_TOKEN });
    expect(await other.properties.operation.read()).to.equal(null);
    expect(told.filter((entry) => JSON.stringify(entry).includes(UNREADABLE))).to.have.length(1);
  }).timeout(20_000);
});
