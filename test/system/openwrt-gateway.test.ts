import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consume } from '@thingwright/client';
import { type GatewayOptions, openGateway } from '@thingwright/gateway';
import { DeviceUpgrader } from '@thingwright/upgrader';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { type OpenWrtHost, openWrtHost } from './fixture/openwrt-host.js';

const TOKEN = 'the-admin-token';
const BOARD = 'Model X';

describe("the kind openwrt of a gateway, over Debian's OpenSSH server", () => {
  const optionsOf = ({ root }: OpenWrtHost, data: string): GatewayOptions => ({
    port: 0,
    adminToken: TOKEN,
    data,
    allowPrivateAddresses: ['127.0.0.1'],
    hardware: [{ key: 'model-x.bin', label: BOARD, boards: [BOARD] }],
    openWrt: { root, times: { wait: 20, pause: 50, attempts: 5 } },
  });

  const idOf = async (url: string, path: string, body: object): Promise<string> => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${url}/api/v1/firmware-upgrader/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, ...(isForm ? {} : { 'content-type': 'application/json' }) },
      body: isForm ? body : JSON.stringify(body),
    });
    const answer = await response.json();
    expect(response.status, JSON.stringify(answer)).to.equal(201);
    return answer.id;
  };
  const file = async (url: string, version: string): Promise<string> => {
    const category = await idOf(url, 'category/', { name: `Routers ${version}`, organization: 'default' });
    const build = await idOf(url, 'build/', { category, version });
    const form = new FormData();
    form.set('type', 'model-x.bin');
    form.set('file', new Blob([`firmware ${version}\n`.repeat(10_000)]), 'a-model-x.bin');
    return idOf(url, `build/${build}/image/`, form);
  };
  const upgrade = async (url: string, version: string) => {
    await using thing = await consume(DeviceUpgrader, `${url}/things/ap`, { token: TOKEN });
    return { ...(await thing.actions.upgrade({ image: await file(url, version) }).output) };
  };
  const forgetHostKey = async (url: string): Promise<void> => {
    const response = await fetch(`${url}/things/gateway/actions/forgetHostKey`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'ap' }),
    });
    expect(response.ok).to.equal(true);
  };

  it('upgrades by the Thing, also after a restart; another host key is refused until the first is forgotten', async () => {
    await using host = await openWrtHost();
    const data = await mkdtemp(join(tmpdir(), 'thingwright-openwrt-'));
    const { username: user, port, privateKey } = host.login;
    try {
      {
        await using gateway = await openGateway(optionsOf(host, data));
        const settings = { kind: 'openwrt', name: 'ap', host: '127.0.0.1', port, user, model: BOARD };
        const { id } = await gateway.fleet.provision({ ...settings, credentials: { privateKey } });
        await host.setUUID(id.replace('urn:uuid:', ''));
        expect(gateway.fleet.list()[0]).to.include({ connected: false });
        expect(await upgrade(gateway.url, '2.0')).to.include({ status: 'success', progress: 100 });
        expect(gateway.fleet.list()[0]).to.include({ connected: true });
      }
      expect(await host.flashes()).to.equal(1);
      await host.changeHostKey();
      await using gateway = await openGateway(optionsOf(host, data));
      const { url } = gateway;
      await using thing = await consume(DeviceUpgrader, `${url}/things/ap`, { token: TOKEN });
      expect(await thing.properties.currentFirmware.read()).to.include({ version: 'OpenWrt 25.12', verified: true });
      const invocation = thing.actions.upgrade({ image: await file(url, '3.0') });
      const isRefused = ({ phase, log }: { readonly phase: string; readonly log: string }): boolean =>
        phase === 'waiting-retry' && log.includes('The host key of 127.0.0.1 is not the one that it had before');
      await firstValueFrom(thing.properties.operation.pipe(filter((now) => now !== null && isRefused(now))));
      expect(gateway.fleet.list()[0]).to.include({ connected: false });
      await thing.actions.cancel({}).output;
      await invocation.output.catch(() => undefined);
      await forgetHostKey(url);
      expect(await upgrade(url, '4.0')).to.include({ status: 'success' });
      expect(await host.flashes()).to.equal(2);
    } finally {
      await rm(data, { recursive: true });
    }
  });
});
