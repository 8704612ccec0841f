import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIALECTS } from '@thingwright/telemetry';
import { type SimulatedTelemetry, simulateTelemetry, type TelemetrySimulation } from '@thingwright/telemetry/simulator';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { ADMIN, DEVICE_TOKEN, type Served, serveTelemetry } from '../served-telemetry.js';

const context = { principal: ADMIN };

const simulate = (served: Served, options: Partial<TelemetrySimulation> = {}): Promise<SimulatedTelemetry> =>
  simulateTelemetry({ url: served.http, name: 'ems_001', token: DEVICE_TOKEN, timer: served.timer, ...options });

/** Lets the simulator report until the value of a property is as wanted. */
async function until({ thing, timer }: Served, name: string, isWanted: (value: unknown) => boolean): Promise<unknown> {
  const found = firstValueFrom(
    thing.observe({ op: 'observeproperty', name }, context).pipe(filter(({ value }) => isWanted(value))),
  );
  const ticking = setInterval(() => timer.pass(1000), 5);
  try {
    return (await found).value;
  } finally {
    clearInterval(ticking);
  }
}

describe('The simulated telemetry device', () => {
  for (const dialect of DIALECTS) {
    it(`speaks ${dialect} so that the server understands it`, async () => {
      await using served = await serveTelemetry();
      await using _device = await simulate(served, { dialect });
      expect(await until(served, 'batterySoc', (soc) => typeof soc === 'number')).to.be.within(1, 100);
      expect(await until(served, 'batteryVoltage', (voltage) => typeof voltage === 'number')).to.be.within(40, 60);
      expect(await until(served, 'gridFrequency', (frequency) => typeof frequency === 'number')).to.be.within(49, 51);
      expect(await served.read('telemetry')).to.have.property('quality', 'good');
      expect(await served.read('connection')).to.include({ rejected: 0 });
    });
  }

  it('does as it is told, says so, and remembers it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
    try {
      const settingsFile = join(folder, 'settings.json');
      await using served = await serveTelemetry();
      await using _device = await simulate(served, { settingsFile });
      await until(served, 'batterySoc', () => true);
      const input = { targetMode: 'MANUAL_DISCHARGE', targetPower: 800 };
      const result = served.next('commandResult');
      await served.thing.request({ op: 'invokeaction', name: 'setMode', input }, context);
      expect(await result).to.include({ status: 'done' });
      await until(served, 'batteryPower', (power) => power === -800);
      expect(await served.read('mode')).to.equal('MANUAL');
      expect(await served.read('state')).to.equal('DISCHARGING');
      expect(JSON.parse(await written(settingsFile))).to.deep.equal({
        target: 'MANUAL_DISCHARGE',
        power: 800,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('fails on demand and recovers by resetError', async () => {
    await using served = await serveTelemetry();
    await using _device = await simulate(served, { fault: (frame) => (frame === 1 ? 'overheat' : undefined) });
    await until(served, 'state', (state) => state === 'ERROR');
    const cleared = served.next('errorCleared');
    await served.thing.request({ op: 'invokeaction', name: 'resetError' }, context);
    await until(served, 'state', (state) => state !== 'ERROR');
    await cleared;
  });

  it('sends invalid frames and suspect values on demand', async () => {
    await using served = await serveTelemetry();
    const [invalid, suspect] = [served.next('invalidFrame'), served.next('suspectValue')];
    await using _device = await simulate(served, {
      fault: (frame) => (frame === 1 ? 'invalidFrame' : frame === 2 ? 'suspectValue' : undefined),
    });
    await until(served, 'batteryVoltage', (voltage) => voltage === 2000);
    expect([await invalid, await suspect]).to.deep.equal([
      { reason: 'not JSON', count: 1 },
      { path: '/battery/voltage', value: 2000, reason: 'outside 0 to 1500' },
    ]);
  });

  it('rejects a mode that it does not know', async () => {
    await using served = await serveTelemetry();
    await using _device = await simulate(served);
    await until(served, 'batterySoc', () => true);
    const result = served.next('commandResult');
    await served.thing.request({ op: 'invokeaction', name: 'setMode', input: { targetMode: 'TURBO' } }, context);
    expect(await result).to.include({ status: 'rejected' });
  });

  it('stops when its token is refused', async () => {
    await using served = await serveTelemetry();
    await using device = await simulate(served, { token: 'wrong' });
    expect(await device.ended).to.include({ cause: 'refused' });
  });

  it('stops with its signal', async () => {
    await using served = await serveTelemetry();
    const stop = new AbortController();
    await using device = await simulate(served, { signal: stop.signal });
    stop.abort();
    expect(await device.ended).to.deep.equal({ cause: 'stopped' });
  });
});

/** The content of a file that is written meanwhile. */
async function written(file: string): Promise<string> {
  for (;;) {
    const content = await readFile(file, 'utf8').catch(() => '');
    if (content !== '') return content;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
