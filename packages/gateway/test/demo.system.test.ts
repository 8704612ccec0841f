import { fileURLToPath } from 'node:url';
import { silent } from '@thingwright/core';
import { expect } from 'chai';
import { distinctUntilChanged, filter, firstValueFrom, map, type Observable, take, toArray } from 'rxjs';
import { DEMO_HARDWARE, type Gateway, openGateway, startDemo } from '../src/index.js';

const SIMULATOR = fileURLToPath(new URL('fake-simulator.js', import.meta.url));

describe('startDemo', function () {
  this.timeout(20_000);

  const start = (gateway: Gateway, how: 'stays' | 'dies' = 'stays') => {
    const command = [process.execPath, SIMULATOR, how] as const;
    return startDemo(gateway, { command, log: silent, logLevel: 'silent', restartAfter: 1 });
  };

  it('provisions a device of each kind, and has it dial in with its token from the environment', async () => {
    await using gateway = await openGateway({ port: 0 });
    await using _demo = await start(gateway);
    for (const name of ['ems_001', 'mri_001', 'router_001']) {
      await firstValueFrom(connections(gateway, name).pipe(filter((connected) => connected)));
    }
    expect(gateway.fleet.list().map(({ name, kind, title }) => [name, kind, title])).to.deep.equal([
      ['ems_001', 'telemetry', 'Demo battery'],
      ['mri_001', 'scanner', 'Demo scanner'],
      ['router_001', 'upgradable', 'Demo router'],
    ]);
  });

  it('files firmware for the device that can be upgraded, once', async () => {
    await using gateway = await openGateway({ port: 0, hardware: DEMO_HARDWARE });
    for (let i = 0; i < 2; i++) {
      await using _demo = await start(gateway);
      await firstValueFrom(connections(gateway, 'router_001').pipe(filter((connected) => connected)));
      const answer = await fetch(`${gateway.url}/things/router_001/properties/eligibleImages`, {
        headers: { authorization: `Bearer ${gateway.adminToken}` },
      });
      const images = await answer.json();
      expect(images).to.have.length(1);
      expect(images[0]).to.include({ category: 'Demo routers', version: '2.0', size: 1_000_012 });
    }
  });

  it('starts a simulator again when it has died', async () => {
    await using gateway = await openGateway({ port: 0 });
    const thrice = firstValueFrom(connections(gateway).pipe(take(4), toArray()));
    await using _demo = await start(gateway, 'dies');
    expect(await thrice).to.deep.equal([false, true, false, true]);
  });

  it('ends its simulators when it is disposed, and begins anew with the same device', async () => {
    await using gateway = await openGateway({ port: 0 });
    const first = await start(gateway);
    await firstValueFrom(connections(gateway).pipe(filter((connected) => connected)));
    const gone = firstValueFrom(connections(gateway).pipe(filter((connected) => !connected)));
    await first[Symbol.asyncDispose]();
    await gone;
    await using _second = await start(gateway);
    await firstValueFrom(connections(gateway).pipe(filter((connected) => connected)));
    expect(gateway.fleet.list()).to.have.length(3);
  });

  it('leaves a device to whoever gives it another token', async () => {
    await using gateway = await openGateway({ port: 0 });
    await using _demo = await start(gateway);
    await firstValueFrom(connections(gateway).pipe(filter((connected) => connected)));
    const changes = firstValueFrom(connections(gateway).pipe(take(2), toArray()));
    await gateway.fleet.rotate('ems_001', 0);
    expect(await changes).to.deep.equal([true, false]);
  });
});

/** Whether a device of the demo is dialled in, and every change of that. */
const connections = ({ fleet }: Gateway, device = 'ems_001'): Observable<boolean> =>
  fleet.devices.pipe(
    map((devices) => devices.some(({ name, connected }) => name === device && connected)),
    distinctUntilChanged(),
  );
