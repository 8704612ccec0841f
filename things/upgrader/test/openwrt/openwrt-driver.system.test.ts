import { expect } from 'chai';
import type { Upgrade } from '../../src/index.js';
import { driverSuite } from '../driver.suite.js';
import { type TestRun, testRun } from '../test-run.js';
import { type FakeOpenWrt, fakeOpenWrt } from './fake-openwrt.js';

async function upgraded(
  prepare: (fake: FakeOpenWrt) => void = () => {},
  {
    options = { c: true },
    onStep,
  }: { options?: Upgrade['options']; onStep?: (phase: string, run: TestRun) => void } = {},
) {
  const fake = fakeOpenWrt();
  prepare(fake);
  const run = testRun({ device: fake.device, image: fake.image, options, ...(onStep ? { onStep } : {}) });
  const result = await fake.driver.upgrade(run);
  return { fake, run, result, log: [...run.lines, ...(result.lines ?? [])], commands: fake.commands };
}

const services = (commands: readonly string[], what: string) => commands.filter((command) => command.endsWith(what));

describe('the driver of OpenWrt devices', () => {
  driverSuite(async () => {
    const fake = fakeOpenWrt();
    return {
      driver: fake.driver,
      device: fake.device,
      image: fake.image,
      flashes: () => fake.flashes,
      haveImage() {
        fake.checksum = fake.image.sha256;
      },
      vanish() {
        fake.isGone = true;
      },
      refuse: () => void fake.answers.set('/sbin/sysupgrade -v', { code: 1, output: 'no such partition' }),
      async [Symbol.asyncDispose]() {},
    };
  });

  it('11.21: aborts after exactly one command if the device is another one', async () => {
    const { result, commands } = await upgraded((fake) => {
      fake.uuid = '99999999-1111-4111-8111-111111111111';
    });
    expect(result.result).to.equal('unfit');
    expect(result.lines).to.deep.equal([
      'Device UUID mismatch: expected 33333333-1111-4111-8111-000000000001, found 99999999-1111-4111-8111-111111111111 in device configuration',
    ]);
    expect(commands.filter((command) => !command.startsWith('rm -f'))).to.deep.equal(['uci get openwisp.http.uuid']);
  });

  it('11.22: aborts in the same way if the device does not say who it is', async () => {
    const { result, commands } = await upgraded((fake) => {
      fake.answers.set('uci get', { code: 1, output: 'uci: Entry not found' });
    });
    expect(result).to.deep.equal({ result: 'unfit', lines: ['Could not read device UUID from configuration'] });
    expect(commands.filter((command) => !command.startsWith('rm -f'))).to.have.length(1);
  });

  it('11.23: aborts after one upload if the test of the image fails, with the text of the error', async () => {
    const { result, fake } = await upgraded(({ answers }) => {
      answers.set('/sbin/sysupgrade --test', { code: 1, output: 'Image metadata not present' });
    });
    expect(result).to.deep.equal({ result: 'unfit', lines: ['Image metadata not present'] });
    expect(fake).to.include({ uploads: 1, flashes: 0 });
  });

  it('11.24: finds the same checksum with three commands, and uploads nothing', async () => {
    const { result, fake, commands } = await upgraded((one) => {
      one.checksum = one.image.sha256;
    });
    expect(result.result).to.equal('notNeeded');
    expect(result.lines?.[0]).to.contain('upgrade not needed');
    expect(commands).to.have.length(3);
    expect(fake.uploads).to.equal(0);
  });

  it('11.25: tells its steps in the lines, and with the progress, that clients know', async () => {
    const { log, run, fake } = await upgraded((one) => {
      one.checksum = 'cd'.repeat(32);
    });
    expect(log).to.deep.equal([
      'Connection successful, starting upgrade...',
      'Device identity verified successfully',
      'Image checksum file found',
      'Checksum different, proceeding with the upload of the new image...',
      'Sysupgrade test passed successfully, proceeding with the upgrade operation...',
      'Upgrade operation in progress...',
      'Commencing upgrade',
      'SSH connection closed, will wait 180 seconds before attempting to reconnect...',
      'Trying to reconnect to device at 192.0.2.1 (attempt n.1)...',
      'Connected! Writing checksum file to /etc/openwisp/firmware_checksum',
      'Upgrade completed successfully.',
    ]);
    const shown = [...new Set(run.steps.map(({ progress }) => progress))];
    expect(shown.slice(0, 3)).to.deep.equal([10, 15, 20]);
    expect(shown.filter((progress) => progress > 60)).to.deep.equal([61, 64, 65, 90]);
    expect(fake.checksum).to.equal(fake.image.sha256);
    expect(fake.tried).to.deep.equal([null, null]);
  });

  it('says so if there is no checksum file, and stays at 15 then', async () => {
    const { log, run } = await upgraded();
    expect(log[2]).to.equal('Image checksum file not found, proceeding with the upload of the new image...');
    expect(run.steps.find(({ phase }) => phase === 'uploading')?.progress).to.equal(15);
  });

  it('11.26: gives up after 35 attempts, and reports why the connection does not work', async () => {
    const { log, result, fake } = await upgraded((one) => {
      one.comesBack = false;
    });
    expect(result.result).to.equal('unknown');
    expect(log.at(-1)).to.equal('Trying to reconnect to device at 192.0.2.1 (attempt n.35)...');
    expect(log.filter((line) => line.startsWith('Device not reachable yet'))).to.have.length(34);
    expect(log).to.include('Device not reachable yet, (connection failed).\nretrying in 20 seconds...');
    expect(fake.tried).to.have.length(36);
    expect(fake.tried[0]).to.equal(null);
    expect(fake.tried.slice(1)).not.to.include(null);
    expect(fake.flashes).to.equal(1);
  });

  it('11.28: tells of all credentials that they did not work, and why', async () => {
    const { log, result } = await upgraded((fake) => fake.credentials.splice(0, 1, 'wrong key', 'wrong password'));
    expect(log).to.deep.equal([
      'Failed to connect with router 1 using wrong key. Error: refused',
      'Failed to connect with router 1 using wrong password. Error: refused',
    ]);
    expect(result).to.deep.equal({
      result: 'recoverable',
      cause: 'Failed to establish connection with the device, tried all DeviceConnections',
    });
  });

  it('goes on with the first credentials that work', async () => {
    const { result } = await upgraded((fake) => fake.credentials.unshift('wrong key'));
    expect(result.result).to.equal('succeeded');
  });

  it('11.29: can be tried again if the upload breaks off', async () => {
    const { result, fake } = await upgraded(({ answers }) => answers.set('upload', { code: null, output: 'no space' }));
    expect(result).to.deep.equal({ result: 'recoverable', cause: 'no space' });
    expect(fake.flashes).to.equal(0);
  });

  it('11.30: looks for the device where it is after its reboot', async () => {
    const fake = fakeOpenWrt();
    const moved = () => {
      fake.addresses = ['192.0.2.1', '192.0.2.9'];
      fake.address = '192.0.2.9';
    };
    const onStep = (phase: string) => phase === 'rebooting' && moved();
    const run = testRun({ device: fake.device, image: fake.image, onStep });
    expect((await fake.driver.upgrade(run)).result).to.equal('succeeded');
    expect(run.lines).to.include('Trying to reconnect to device at 192.0.2.1, 192.0.2.9 (attempt n.1)...');
  });

  it('11.31: can be tried again if no address is known', async () => {
    const { result, log } = await upgraded((fake) => {
      fake.addresses = [];
    });
    expect(result.result).to.equal('recoverable');
    expect(log).to.deep.equal(['Failed to connect with router 1 using the key. Error: no address is known']);
  });

  it('11.32: has failed if the device refuses to be flashed', async () => {
    const { result, log } = await upgraded(({ answers }) => {
      answers.set('/sbin/sysupgrade -v', { code: 1, output: 'no such partition' });
    });
    expect(result.result).to.equal('failed');
    expect(log.at(-1)).to.equal('no such partition');
  });

  for (const [options, flags] of [
    [{}, '-c'],
    [{ c: true, F: true }, '-c -F'],
    [{ F: true, n: true, c: false }, '-F -n'],
    [{ n: true }, '-n'],
  ] as const) {
    it(`11.33: flashes with ${flags} if ${JSON.stringify(options)} is asked for`, async () => {
      const { commands } = await upgraded(() => {}, { options });
      expect(commands).to.include(`/sbin/sysupgrade -v ${flags} '/tmp/image.bin'`);
    });
  }

  it('11.34: removes the checksum of the configuration before it flashes', async () => {
    const { commands } = await upgraded();
    const flash = commands.findIndex((command) => command.startsWith('/sbin/sysupgrade -v'));
    expect(commands[flash - 1]).to.equal('rm -f /etc/openwisp/checksum');
  });

  for (const name of ['MemAvailable', 'MemFree']) {
    it(`11.35: stops services if there is too little memory by ${name}, and goes on`, async () => {
      const { result, log, commands } = await upgraded((fake) => {
        fake.memory = { before: 5120, after: 20_480, name };
      });
      expect(result.result).to.equal('succeeded');
      expect(services(commands, ' stop')).to.have.length(10);
      expect(services(commands, ' start')).to.have.length(0);
      expect(commands).to.include('test ! -x /sbin/wifi || /sbin/wifi down');
      const told = log.find((line) => line.startsWith('The image size'))?.split('\n') ?? [];
      expect(told).to.have.length(4);
      expect(told[0]).to.equal(
        'The image size (10.00 MiB) is greater than the available memory on the system (5.00 MiB).',
      );
      expect(log).to.include(
        'Enough available memory was freed up on the system (20.00 MiB)!\nProceeding to upload of the image file...',
      );
    });
  }

  it('11.35: takes memory for enough only if it is more than the image', async () => {
    const { commands } = await upgraded((fake) => {
      fake.memory = { before: 10_240, after: 10_241, name: 'MemAvailable' };
    });
    expect(services(commands, ' stop')).to.have.length(10);
  });

  it('11.36: starts services again, uploads nothing and aborts if there is still too little memory', async () => {
    const { result, log, commands, fake } = await upgraded((one) => {
      one.memory = { before: 5120, after: 5120, name: 'MemAvailable' };
    });
    expect(result.result).to.equal('unfit');
    expect(fake.uploads).to.equal(0);
    expect(services(commands, ' start')).to.have.length(10);
    expect(log.slice(-2)).to.deep.equal([
      'There is still not enough available memory on the system (5.00 MiB).\nStarting non critical services again...',
      'Non critical services started, aborting upgrade.',
    ]);
  });

  it('11.37: starts ten services, then the radio, if the test fails after they were stopped', async () => {
    const { log, commands } = await upgraded((fake) => {
      fake.memory = { before: 5120, after: 20_480, name: 'MemAvailable' };
      fake.answers.set('/sbin/sysupgrade --test', { code: 1, output: 'bad image' });
    });
    expect(log.slice(-2)).to.deep.equal(['bad image', 'Starting non critical services again...']);
    const started = commands.filter((command) => / (start|up)$/.test(command));
    expect(started).to.have.length(11);
    expect(started.at(-1)).to.equal('test ! -x /sbin/wifi || /sbin/wifi up');
  });

  it('starts services again whenever it does not flash: the upload broke off', async () => {
    const { commands } = await upgraded((fake) => {
      fake.memory = { before: 5120, after: 20_480, name: 'MemAvailable' };
      fake.answers.set('upload', { code: null, output: 'no space' });
    });
    expect(services(commands, ' start')).to.have.length(10);
  });

  for (const options of ['{ "save_partitions": 1 }', '{ "save_partitions": 1, "add_provisioning": 0 }']) {
    it(`11.38: knows that an error of sysupgrade that has handed over is none: ${options}`, async () => {
      const { result, fake } = await upgraded((one) => {
        const command = '\\/lib\\/upgrade\\/do_stage2';
        const output = `Command failed: ubus call system sysupgrade { "command": "${command}", "options": ${options} } (Connection failed)`;
        one.answers.set('/sbin/sysupgrade -v', { code: 1, output });
        one.boot = 7;
        const { addresses } = one.access;
        let asked = 0;
        one.access.addresses = async (device) => {
          if (++asked === 2) one.boot++;
          return addresses(device);
        };
      });
      expect(result.result).to.equal('succeeded');
      expect(fake.checksum).to.equal(fake.image.sha256);
    });
  }

  it('11.39: starts services again if it is cancelled, and says so', async () => {
    const { result, log, commands } = await upgraded(
      (fake) => {
        fake.memory = { before: 5120, after: 20_480, name: 'MemAvailable' };
      },
      { onStep: (phase, run) => phase === 'testing' && run.stop() },
    );
    expect(result.result).to.equal('stopped');
    expect(log.at(-1)).to.equal('Restarting non-critical services...');
    expect(services(commands, ' start')).to.have.length(10);
    expect(commands.at(-1)).to.equal("rm -f '/tmp/image.bin'");
  });

  for (const [how, code] of [
    ['says that it is done', 0],
    ['breaks off', null],
  ] as const) {
    it(`11.34: tells a device that runs on as before from one that was upgraded, if the flash ${how}`, async () => {
      const { result, log } = await upgraded(({ answers }) => {
        answers.set('/sbin/sysupgrade -v', { code, output: 'its last words' });
      });
      expect(result).to.deep.equal({ result: 'failed', lines: ['The device has not rebooted: it runs as before.'] });
      expect(log).to.include('its last words');
    });
  }

  for (const [runs, os, outcome] of [
    ['OpenWrt 24.10', 'OpenWrt 25.12', 'rolledBack'],
    ['OpenWrt 25.12', 'OpenWrt 25.12', 'succeeded'],
    ['OpenWrt 24.10', null, 'succeeded'],
    [undefined, 'OpenWrt 25.12', 'succeeded'],
  ] as const) {
    it(`has ${outcome} if the device comes back with ${runs}, and the build says ${os}`, async () => {
      const fake = fakeOpenWrt();
      const output = runs === undefined ? '' : `DISTRIB_ID='OpenWrt'\nDISTRIB_DESCRIPTION='${runs}'\n`;
      fake.answers.set('cat /etc/openwrt_release', { code: runs === undefined ? 1 : 0, output });
      const image = { ...fake.image, os };
      const expected = outcome === 'succeeded' ? image.sha256 : undefined;
      const result = await fake.driver.upgrade(testRun({ device: fake.device, image }));
      expect(result).to.include({ result: outcome });
      expect(result).to.have.nested.property('verified.version', runs ?? image.version);
      expect(fake.checksum).to.equal(expected);
      const later = testRun({ device: fake.device, image, phase: 'verifying' });
      expect((await fake.driver.verify(later)).result).to.equal(outcome);
    });
  }

  it('finds by its digest what was uploaded, if its name is not known any more: the device was not flashed', async () => {
    const { fake } = await upgraded(({ answers }) => {
      answers.set('/sbin/sysupgrade -v', { code: 0, output: '' });
    });
    const image = { ...fake.image, fileName: 'deleted', size: 0, isDeleted: true };
    expect((await fake.driver.verify(testRun({ device: fake.device, image, phase: 'verifying' }))).result).to.equal(
      'failed',
    );
    expect(fake.checksum).to.equal(undefined);
    fake.answers.clear();
    await fake.driver.upgrade(testRun({ device: fake.device, image: fake.image }));
    expect((await fake.driver.verify(testRun({ device: fake.device, image, phase: 'verifying' }))).result).to.equal(
      'succeeded',
    );
  });
});
