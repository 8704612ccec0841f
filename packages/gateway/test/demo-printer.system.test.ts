import { simulatePrinter } from '@thingwright/printer/simulator';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { openGateway, placeDemoPrinter } from '../src/index.js';
import { temporaryFolder } from './printers/printer-lab.js';

describe('the printer of a demonstration', function () {
  this.timeout(30_000);

  it('is found where it was placed, adopted at once, and the same one at the next start', async () => {
    await using data = await temporaryFolder();
    const ids: string[] = [];
    for (const _start of [1, 2]) {
      const { gateway: options, arguments: args } = await placeDemoPrinter({ data: data.path });
      const told = (name: string): string => args[args.indexOf(name) + 1] ?? '';
      await using _printer = await simulatePrinter({
        folder: told('--folder'),
        address: told('--address'),
        discoveryPort: Number(told('--discovery-port')),
        managerPort: Number(told('--manager-port')),
        robotPort: Number(told('--robot-port')),
        announces: false,
        keyBits: 1024,
      });
      await using gateway = await openGateway({ port: 0, data: data.path, ...options });
      const devices = await firstValueFrom(gateway.fleet.devices.pipe(filter(([one]) => one?.connected === true)));
      ids.push(...devices.map(({ id, kind, name }) => `${kind} ${name} ${id}`));
    }
    expect(ids).to.have.length(2);
    expect(ids[0])
      .to.equal(ids[1])
      .and.match(/^printer printer_001 urn:uuid:/);
  });

  it('goes along with what is looked for besides, and with another policy', async () => {
    await using data = await temporaryFolder();
    const place = await placeDemoPrinter({ data: data.path, discovery: ['dns-sd'], discoveryAdopt: false });
    expect(place.gateway).to.deep.include({ discovery: ['dns-sd', 'printers'], discoveryAdopt: false });
  });
});
