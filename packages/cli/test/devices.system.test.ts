import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Gateway, openGateway } from '@thingwright/gateway';
import { expect } from 'chai';
import WebSocket from 'ws';
import { type Ending, run } from './kept-terminal.js';
import { temporaryFolder } from './temporary-folder.js';

describe('thingwright provision, rotate and remove', () => {
  const commandsOf =
    ({ url, adminToken }: Gateway) =>
    (...args: readonly string[]) =>
      run(args, { THINGWRIGHT_URL: url, THINGWRIGHT_TOKEN: adminToken });

  it('make a device known over a restart, give it a new token, and end it', async () => {
    await using folder = await temporaryFolder();
    const before = await openGateway({ port: 0, data: folder.path });
    const provisioned = await commandsOf(before)('provision', 'telemetry', 'ems_007', '--title', 'Barn', '--json');
    const device = jsonOf(provisioned);
    expect(device).to.include({ name: 'ems_007', td: `${before.url}/things/ems_007` });
    expect(await dial(before.url, device.token)).to.equal(101);
    await before[Symbol.asyncDispose]();

    await using gateway = await openGateway({ port: 0, data: folder.path });
    const command = commandsOf(gateway);
    expect(await dial(gateway.url, device.token), 'after a restart').to.equal(101);
    expect(jsonOf(await command('td', 'ems_007', '--json'))).to.include({ id: device.id, title: 'Barn' });
    const { token } = jsonOf(await command('rotate', 'ems_007', '--json'));
    expect(await dial(gateway.url, device.token), 'the old token').to.equal(403);
    expect(await dial(gateway.url, token), 'the new token').to.equal(101);

    expect((await command('remove', 'ems_007')).status).to.equal(0);
    expect(await dial(gateway.url, token), 'after removal').to.equal(403);
    expect(await command('td', 'ems_007')).to.include({ status: 1, output: '' });
  });

  it('reach a gateway where it is, and not at its public URL, which nobody may know here', async () => {
    await using gateway = await openGateway({ port: 0, publicUrl: 'https://scans.lab.invalid:8443' });
    const command = commandsOf(gateway);
    const device = jsonOf(await command('provision', 'scanner', 'mri_007', '--json'));
    expect(device.td).to.equal('https://scans.lab.invalid:8443/things/mri_007');
    expect(await command('read', 'mri_007', 'status')).to.include({ status: 0, output: 'OFFLINE' });
    expect((await command('download', 'mri_007')).errors).to.include('no result yet');
  });

  it('say why there was no answer', async () => {
    const gateway = await openGateway({ port: 0 });
    await gateway[Symbol.asyncDispose]();
    const { errors, status } = await run(['provision', 'scanner'], { THINGWRIGHT_URL: gateway.url });
    expect(status).to.equal(1);
    expect(errors).to.match(/no answer: ECONNREFUSED/);
  });

  it('let the old token go on for an overlap', async () => {
    await using gateway = await openGateway({ port: 0 });
    const command = commandsOf(gateway);
    const old = jsonOf(await command('provision', 'telemetry', 'ems_007', '--json'));
    const { token } = jsonOf(await command('rotate', 'ems_007', '--overlap', '60', '--json'));
    expect(await dial(gateway.url, old.token)).to.equal(101);
    expect(await dial(gateway.url, token)).to.equal(101);
  });

  for (const end of ['rotate', 'remove'] as const) {
    it(`close the live link of a device with 1008: ${end}`, async () => {
      await using gateway = await openGateway({ port: 0 });
      const command = commandsOf(gateway);
      const { token } = jsonOf(await command('provision', 'telemetry', 'ems_007', '--json'));
      const closed = new Promise<number>((resolve, reject) => {
        const socket = openSocket(gateway.url, token);
        socket.once('open', () => void command(end, 'ems_007').catch(reject));
        socket.once('close', resolve).once('error', reject);
      });
      expect(await closed).to.equal(1008);
    });
  }

  it('print name, id, TD and token for a person, and find a free name', async () => {
    await using gateway = await openGateway({ port: 0 });
    const { output, errors } = await commandsOf(gateway)('provision', 'telemetry');
    expect(output).to.match(/^id {4}urn:uuid:\S+\nname {2}telemetry_001\ntd {4}http\S+\ntoken [\w-]{43}$/);
    expect(errors).to.include('this once');
  });

  it('print the credentials of a scanner as it reads them', async () => {
    await using gateway = await openGateway({ port: 0 });
    const { output, errors } = await commandsOf(gateway)('provision', 'scanner', 'mri_007');
    const [, id, token] = /^id {4}urn:uuid:(\S+)[\s\S]*^token (\S+)$/m.exec(output) ?? [];
    const credentials = /\{.*\}/.exec(errors)?.[0] ?? '';
    expect(JSON.parse(credentials)).to.deep.equal({ device_token: token, device_id: id });
  });

  it('read what an OpenWrt device is logged in to with from a file, or ask for it', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await openGateway({ port: 0, data: folder.path });
    const asked = await run(
      ['provision', 'openwrt', 'ap', '--host', '9.9.9.9', '--port', '2222', '--group', 'roof'],
      { THINGWRIGHT_URL: gateway.url, THINGWRIGHT_TOKEN: gateway.adminToken },
      ['hidden-password'],
    );
    expect(asked.status, asked.errors).to.equal(0);
    const [, id] = /^id {4}urn:uuid:(\S+)/.exec(asked.output) ?? [];
    expect(asked.errors).to.include(`uci set openwisp.http.uuid=${id}`).and.not.include('hidden-password');
    const command = commandsOf(gateway);
    const keyFile = join(folder.path, 'ap.key');
    await writeFile(keyFile, 'hidden-key');
    const provision = ['provision', 'openwrt', 'ap2', '--host', '9.9.9.9', '--location', 'hall', '--key-file'];
    expect(await command(...provision, keyFile, '--json')).to.include({ status: 0 });
    expect((await command(...provision, join(folder.path, 'none'))).errors).to.include('cannot be read');
    expect(await command('forget-host-key', 'ap2')).to.include({ status: 0 });
    const other = await run(
      ['configure', 'ap', '--host', '8.8.8.8', '--group', '', '--forget-host-key'],
      { THINGWRIGHT_URL: gateway.url, THINGWRIGHT_TOKEN: gateway.adminToken },
      ['other-password'],
    );
    expect(other.status, other.errors).to.equal(0);
    expect((await command('configure', 'ap', '--key-file', keyFile, '--json')).output).to.include('"configured":true');
    expect((await command('configure', 'ap', '--host', '192.168.0.1', '--key-file', keyFile)).status).to.equal(1);
    expect((await command('configure', 'nobody', '--user', 'x')).status).to.equal(1);
    const uuid = ['--id', '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33'];
    expect((await command('provision', 'upgradable', 'u', ...uuid)).output).to.include(uuid[1]);
    expect((await command('provision', 'upgradable', 'v', ...uuid)).status).to.equal(1);
    expect(await command('forget-host-key', 'nobody')).to.include({
      status: 1,
      errors: "thingwright: There is no OpenWrt device named 'nobody'",
    });
  });

  it('remember over a restart what was written', async () => {
    await using folder = await temporaryFolder();
    const before = await openGateway({ port: 0, data: folder.path });
    await commandsOf(before)('provision', 'telemetry', 'ems_007');
    expect(await commandsOf(before)('write', 'ems_007', 'lowBatteryThreshold', '33')).to.include({ status: 0 });
    await before[Symbol.asyncDispose]();
    await using gateway = await openGateway({ port: 0, data: folder.path });
    expect(await commandsOf(gateway)('read', 'ems_007', 'lowBatteryThreshold')).to.include({ output: '33' });
  });
});

const jsonOf = ({ status, output, errors }: Ending): Readonly<Record<string, string>> => {
  expect(status, errors).to.equal(0);
  return JSON.parse(output);
};

const openSocket = (url: string, token: string | undefined): WebSocket =>
  new WebSocket(`${url.replace('http', 'ws')}/ws/device/ems_007`, { headers: { authorization: `Bearer ${token}` } });

/** The status that the device's door answers with. */
function dial(url: string, token: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = openSocket(url, token);
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.once('unexpected-response', (_request, response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}
