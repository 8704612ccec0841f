import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '@thingwright/store';
import { expect } from 'chai';
import { openGateway } from '../../src/index.js';
import { temporaryFolder } from '../upgrader/temporary-folder.js';
import { ADMIN_TOKEN } from '../upgrader/upgrader-lab.js';

const SECRET = 'the-password-of-the-device';

describe('The kind of OpenWrt devices', () => {
  const invoke = (url: string, action: string, input: object): Promise<Response> =>
    fetch(`${url}/things/gateway/actions/${action}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });

  it('shows nobody the credentials, which are in no file either', async () => {
    await using folder = await temporaryFolder();
    const { path: data } = folder;
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, data });
    const { url } = gateway;
    const settings = { kind: 'openwrt', name: 'ap', host: '9.9.9.9', port: 2222, group: 'first floor' };
    const response = await invoke(url, 'provisionDevice', { ...settings, credentials: { password: SECRET } });
    const provisioned = await response.text();
    expect(response.status, provisioned).to.equal(200);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const shown = [provisioned];
    for (const path of ['', '/properties', '/actions']) {
      shown.push(await (await fetch(`${url}/things/gateway${path}`, { headers })).text());
    }
    shown.push(await (await invoke(url, 'audit', {})).text());
    expect(shown.join()).to.include('ap').and.not.include(SECRET);
    const thing = await (await fetch(`${url}/things/ap`, { headers })).json();
    expect(thing.actions).to.include.keys('upgrade', 'cancel');
    await gateway[Symbol.asyncDispose]();
    expect(await containing(data, SECRET)).to.deep.equal([]);
    expect(await containing(data, '9.9.9.9')).not.to.deep.equal([]);
  });

  it('takes nothing that does not fit, and no address where the gateway may not go', async () => {
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN });
    const credentials = { password: SECRET };
    const refused = async (input: object): Promise<string> => {
      const response = await invoke(gateway.url, 'provisionDevice', { kind: 'openwrt', ...input });
      const text = await response.text();
      expect(text).not.to.include(SECRET);
      return `${response.status} ${text}`;
    };
    expect(await refused({ host: '9.9.9.9' })).to.match(/^400 .*credentials/);
    expect(await refused({ host: '9.9.9.9', credentials: {} })).to.match(/^400 .*credentials/);
    expect(await refused({ credentials })).to.match(/^400 .*host/);
    expect(await refused({ host: '9.9.9.9', port: 0, credentials })).to.match(/^400 .*port/);
    expect(await refused({ host: '192.168.1.1', credentials })).to.match(/^403 .*--allow-private-addresses/);
    expect(await refused({ kind: 'telemetry', credentials })).to.match(/^400 .*no credentials/);
    expect(gateway.fleet.list()).to.deep.equal([]);
  });

  it('is given another address and other credentials, which nobody is shown either', async () => {
    await using folder = await temporaryFolder();
    const { path: data } = folder;
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, data });
    const settings = { host: '9.9.9.9', port: 2222, group: 'roof', credentials: { password: 'of before' } };
    const uuid = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
    const provisioned = await invoke(gateway.url, 'provisionDevice', {
      kind: 'openwrt',
      name: 'ap',
      id: uuid,
      ...settings,
    });
    expect(await provisioned.json()).to.include({ id: `urn:uuid:${uuid}` });
    const change = async (input: object): Promise<string> => {
      const response = await invoke(gateway.url, 'configureDevice', { name: 'ap', ...input });
      const text = await response.text();
      expect(text).not.to.include(SECRET);
      return `${response.status} ${text}`;
    };
    const credentials = { password: SECRET };
    expect(await change({ host: '192.168.1.1', credentials })).to.match(/^403 .*--allow-private-addresses/);
    for (const elsewhere of [{ host: '8.8.8.8' }, { port: 22 }, { host: '8.8.8.8', forgetHostKey: true }]) {
      expect(await change(elsewhere)).to.match(/^400 .*credentials.*given again/);
    }
    expect(await change({ host: '9.9.9.9', port: 2222, location: 'attic' })).to.match(/^20\d/);
    expect(await change({ host: '', location: '' })).to.match(/^400 .*host/);
    expect(await change({ port: 0 })).to.match(/^400 .*port/);
    expect(await change({ credentials: {} })).to.match(/^400 .*credentials/);
    expect(await change({ dialect: 'x' })).to.match(/^400 .*no setting 'dialect'/);
    expect(
      await change({ host: '8.8.8.8', location: '', group: '', user: 'ada', credentials, forgetHostKey: true }),
    ).to.match(/^20\d/);
    await gateway[Symbol.asyncDispose]();
    expect(await containing(data, SECRET)).to.deep.equal([]);
    expect(await containing(data, '8.8.8.8')).not.to.deep.equal([]);

    await using store = await openStore({ data });
    const device = await store.devices.get('ap');
    expect(device?.settings).to.deep.equal({ host: '8.8.8.8', port: 2222, user: 'ada' });
    expect(await store.devices.credentials(device?.id ?? '')).to.deep.equal({ password: SECRET });
  });

  it('has no host key to forget where there is no such device', async () => {
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN });
    await gateway.fleet.provision({ kind: 'upgradable', name: 'router' });
    expect((await invoke(gateway.url, 'forgetHostKey', { name: 'router' })).status).to.equal(404);
    const settings = { host: '9.9.9.9', credentials: { password: SECRET } };
    await gateway.fleet.provision({ kind: 'openwrt', name: 'ap', ...settings });
    expect((await invoke(gateway.url, 'forgetHostKey', { name: 'ap' })).ok).to.equal(true);
  });
});

/** The files of a folder that hold a text. */
async function containing(folder: string, text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    if (bytes.includes(text)) found.push(entry.name);
  }
  return found;
}
