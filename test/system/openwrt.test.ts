import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { driverSuite } from '../../things/upgrader/test/driver.suite.js';
import { testRun } from '../../things/upgrader/test/test-run.js';
import { openWrtHost } from './fixture/openwrt-host.js';

describe("the driver of OpenWrt devices, over Debian's OpenSSH server", () => {
  driverSuite(async () => {
    const host = await openWrtHost();
    return {
      driver: host.driver,
      device: host.device,
      image: host.image,
      flashes: () => host.flashes(),
      haveImage: () => writeFile(join(host.root, 'etc/openwisp/firmware_checksum'), `${host.image.sha256}\n`),
      vanish: () => host.vanish(),
      refuse: () => writeFile(join(host.root, 'refuse'), ''),
      [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
    };
  });

  it('flashes a device for which its connection breaks, and finds out what runs then', async () => {
    await using host = await openWrtHost();
    const { device, image, root } = host;
    await writeFile(join(root, 'etc/openwisp/checksum'), 'stale');
    const run = testRun({ device, image, options: { c: true, k: true } });
    const result = await host.driver.upgrade(run);
    expect(result).to.have.property('result', 'succeeded');
    expect(result).to.have.nested.property('verified.version', 'OpenWrt 25.12');
    expect(result).to.have.nested.property('verified.bootID', 'boot-1');
    expect(await readFile(join(root, 'flashes'), 'utf8')).to.equal(`-v -c -k ${root}/tmp/image 'one'.bin\n`);
    expect(await readFile(join(root, 'etc/openwisp/firmware_checksum'), 'utf8')).to.equal(`${image.sha256}\n`);
    expect(await readdir(join(root, 'etc/openwisp'))).to.deep.equal(['firmware_checksum']);
    expect(run.lines).to.include('Connected! Writing checksum file to /etc/openwisp/firmware_checksum');
    const shown = run.steps.filter(({ phase }) => phase === 'uploading').map(({ progress }) => progress);
    expect(shown.at(-1)).to.equal(60);
  });

  it('knows a device that comes back with what it had from one that was upgraded', async () => {
    await using host = await openWrtHost();
    const { device, image, root } = host;
    await writeFile(join(root, 'falls-back'), '');
    const result = await host.driver.upgrade(testRun({ device, image }));
    expect(result).to.have.property('result', 'rolledBack');
    expect(result).to.have.nested.property('verified.version', 'OpenWrt 24.10');
    expect(result.lines?.[0]).to.contain('came back with "OpenWrt 24.10", and not with "OpenWrt 25.12"');
    expect(await readdir(join(root, 'etc/openwisp'))).to.deep.equal([]);
    expect(await host.driver.verify(testRun({ device, image, phase: 'verifying' }))).to.include({
      result: 'rolledBack',
    });
  });

  it('11.35: makes room by stopping services, which the device has again once it is flashed', async () => {
    await using host = await openWrtHost({ memory: 1000 });
    const result = await host.driver.upgrade(testRun(host));
    expect(result.result).to.equal('succeeded');
    expect(await readFile(join(host.root, 'services'), 'utf8')).to.equal('cron stop\nwifi down\n');
  });

  it('11.39: starts services again when it is cancelled, and leaves no image', async () => {
    await using host = await openWrtHost({ memory: 1000 });
    const onStep = (phase: string, run: { stop(): void }) => phase === 'testing' && run.stop();
    expect((await host.driver.upgrade(testRun({ ...host, onStep }))).result).to.equal('stopped');
    expect(await readFile(join(host.root, 'services'), 'utf8')).to.equal('cron stop\nwifi down\ncron start\nwifi up\n');
    expect(await readdir(join(host.root, 'tmp'))).to.deep.equal([]);
  });

  it('refuses a device whose host key is another one than at first', async () => {
    await using host = await openWrtHost();
    expect((await host.driver.upgrade(testRun({ ...host, refusal: 'conflict' }))).result).to.equal('deferred');
    await host.changeHostKey();
    const run = testRun(host);
    expect((await host.driver.upgrade(run)).result).to.equal('recoverable');
    expect(run.lines[0]).to.contain('The host key of 127.0.0.1 is not the one that it had before');
    expect(host.tried).to.deep.equal([null, 'The host key of 127.0.0.1 is not the one that it had before']);
  });
});
