import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { fakeTimer } from '../../../../test/fake-timer.js';
import { discoverPrinters } from '../../src/discovery/discover-printers.js';
import { DISCOVERY_GROUP } from '../../src/wire/packet-header.js';
import { simulated } from '../simulator/simulated.js';

/** A UDP port that nobody has at any address: announcements come to the one that devices have. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

describe('The search for printers, with a printer of its wire', () => {
  for (const version of [1, 2] as const) {
    it(`finds one of version ${version} that announces itself to the group`, async () => {
      const port = await freePort();
      await using search = await discoverPrinters({ port });
      const listeners = [{ address: DISCOVERY_GROUP, port }];
      await using printer = await simulated({ version, address: '127.0.0.2', discoveryPort: port, listeners });
      const found = await search.lookUp(printer.uuid);
      expect(found).to.include({ name: 'Simulated printer', discoveryVersion: version, serial: printer.serial });
      expect(search.refused).to.equal(0);
    });

    it(`finds one of version ${version} that sends beacons only, and is strict`, async () => {
      const port = await freePort();
      await using search = await discoverPrinters({ port });
      await using printer = await simulated({
        version,
        isStrict: true,
        announces: false,
        beacons: true,
        address: '127.0.0.2',
        discoveryPort: port,
        listeners: [{ address: '127.0.0.1', port }],
        period: 100,
      });
      expect(await search.lookUp(printer.uuid)).to.include({ discoveryVersion: version, port });
    });
  }

  it('says that one is gone after 30 s by its own clock, and that it is back', async () => {
    const timer = fakeTimer();
    await using printer = await simulated();
    const { address, discoveryPort: port } = printer;
    const steady = () => timer.now();
    await using search = await discoverPrinters({ addresses: [address], listen: false, port, timer, steady });
    await search.lookUp(printer.uuid);
    printer.faults.add('silent');
    const gone = firstValueFrom(search.news.pipe(filter(({ type }) => type === 'disappeared')));
    timer.pass(32_000);
    await gone;
    expect(search.find(printer.uuid)?.isReachable).to.equal(false);
    printer.faults.clear();
    const back = firstValueFrom(search.news.pipe(filter(({ type }) => type === 'appeared')));
    search.poke(address);
    await back;
    expect(search.find(printer.uuid)?.isReachable).to.equal(true);
  });

  it('asks for metadata every minute, whatever the stamp says', async () => {
    const timer = fakeTimer();
    await using printer = await simulated({ faults: ['frozenStamp'] });
    const { address, discoveryPort: port } = printer;
    const steady = () => timer.now();
    await using search = await discoverPrinters({ addresses: [address], listen: false, port, timer, steady });
    await search.lookUp(printer.uuid);
    for (let i = 0; i < 7; i++) {
      const heard = firstValueFrom(search.news.pipe(filter(({ type }) => type === 'heard')));
      search.poke(address);
      await heard;
      timer.pass(9000);
    }
    const answered = firstValueFrom(search.news.pipe(filter(({ type }) => type === 'answered')));
    search.poke(address);
    await answered;
  });
});
