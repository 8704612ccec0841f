import { type Answer, type InvocationStatus, ThingError } from '@thingwright/core';
import { Telemetry } from '@thingwright/telemetry';
import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { ADMIN, letIn, PUBLISHER, READER, type Served, serveTelemetry } from './served-telemetry.js';

const context = { principal: ADMIN };
const DEVICE = '/ws/device/ems_001';
const FRAME = { device_id: 'ems_001', timestamp: '2026-02-03T12:00:00Z', battery: { voltage: 53.2, soc: 85 } };
const status = (system_status: object) => ({ ...FRAME, system_status });

const invoke = async ({ thing }: Served, name: string, input?: unknown): Promise<Answer> =>
  thing.request({ op: 'invokeaction', name, ...(input === undefined ? {} : { input }) }, context);

/** The final status of an invocation. */
async function outcomeOf({ thing }: Served, { status }: Answer): Promise<InvocationStatus | undefined> {
  for (;;) {
    const now = (await thing.request({ op: 'queryaction', actionID: status?.actionID ?? '' }, context)).status;
    if (now?.state === 'completed' || now?.state === 'failed') return now;
    await firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'actionStatus' }, context));
  }
}

describe('The Thing of a telemetry device', () => {
  it('has a value for every property that a full frame holds', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await publisher.send({
      ...status({ state: 'CHARGING', mode: 'AUTO', error_flags: [], wifi_strength: -45 }),
      battery: { voltage: 53.2, current: 10.5, power: 558.6, soc: 85 },
      grid: { voltage: 230.1, power: -200, frequency: 50.0 },
    });
    const { values } = await served.thing.request({ op: 'readallproperties' }, context);
    expect(Object.keys(values ?? {})).to.have.members(Object.keys(Telemetry.properties));
    expect(values).to.include({
      batteryVoltage: 53.2,
      batterySoc: 85,
      batteryCurrent: 10.5,
      batteryPower: 558.6,
      gridPower: -200,
      gridVoltage: 230.1,
      gridFrequency: 50,
      state: 'CHARGING',
      mode: 'AUTO',
      lowBatteryThreshold: 20,
    });
  });

  it('replays frames as they were, though the journal keeps but their text', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const seen: unknown[] = [];
    await publisher.send(FRAME);
    const lastNotificationID = await new Promise<string>((resolve) => {
      served.thing.observe({ op: 'observeproperty', name: 'telemetry' }, context).subscribe(({ id, value }) => {
        if (seen.push(value) === 1) resolve(id);
      });
      void publisher.send({ ...FRAME, battery: { voltage: 1600, soc: 84 } });
    });
    await publisher.send({
      device_id: 'ems_001',
      timestamp: '2026-02-10T14:25:30.123456',
      system: {},
      battery: { voltage: 52, soc: 0.5 },
    });
    await publisher.send({ ...FRAME, note: 'Süd' });
    const answer = await served.thing.request(
      { op: 'observeproperty', name: 'telemetry', lastNotificationID },
      context,
    );
    expect(answer.resume).to.equal('complete');
    expect(seen).to.have.length(3);
    expect(answer.missed?.map(({ value }) => value)).to.deep.equal(seen.slice(1));
  });

  it('tells a frame with its own text where that holds nothing that the server says', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const told: { readonly value: unknown; readonly json?: string | undefined }[] = [];
    served.thing
      .observe({ op: 'observeproperty', name: 'telemetry' }, context)
      .subscribe(({ value, json }) => told.push({ value, json }));
    const own = [{}, { quality: 'good' }, { receivedAt: 'never' }, { zoneAssumed: true }, { note: '\n' }];
    for (const [soc, members] of own.entries()) {
      await publisher.send({ ...FRAME, battery: { voltage: 1600, soc }, ...members });
    }
    await publisher.send(FRAME);
    expect(told.map(({ json }) => json !== undefined)).to.deep.equal([true, false, false, false, false, true]);
    for (const { value, json } of told) expect(json === undefined ? value : JSON.parse(json)).to.deep.equal(value);
  });

  it('has no value before the first frame, and the last one after the device has gone', async () => {
    await using served = await serveTelemetry();
    const none = await served.read('batterySoc').catch((error: unknown) => error);
    expect(none).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
    const publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await publisher.send(FRAME);
    const gone = served.next('disconnected');
    await publisher[Symbol.asyncDispose]();
    await gone;
    expect(await served.read('batterySoc')).to.equal(85);
    expect(await served.read('connection')).to.include({ state: 'CLOSED', lastSeen: '2026-02-03T12:00:00.000Z' });
  });

  it('T14: tells a change of the telemetry only if more than its times differs', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const told: unknown[] = [];
    served.thing
      .observe({ op: 'observeproperty', name: 'telemetry' }, context)
      .subscribe(({ value }) => told.push(value));
    for (const seq of [1, 2, 3]) {
      await publisher.send({ ...FRAME, seq, timestamp: `2026-02-03T12:00:0${seq}Z` });
      served.timer.pass(1000);
    }
    await publisher.send({ ...FRAME, battery: { voltage: 53.1, soc: 85 } });
    expect(told).to.have.length(2);
  });

  it('becomes stale and offline, and recovers', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await publisher.send(FRAME);
    const stale = served.next('stale');
    served.timer.pass(3000);
    expect(await stale).to.deep.equal({ lastSeen: '2026-02-03T12:00:00.000Z' });
    expect(await served.read('connection')).to.include({ state: 'OPEN', stale: true });
    const recovered = served.next('recovered');
    await publisher.send(FRAME);
    await recovered;
    const gone = served.next('disconnected');
    served.timer.pass(27_000);
    expect(await gone).to.deep.equal({ code: 1006, reason: 'silent' });
    expect(served.kind.isConnected('ems_001')).to.equal(false);
  });

  it('keeps suspect values, marks the frame, and tells each path at most once a minute', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const told: unknown[] = [];
    served.thing
      .observe({ op: 'subscribeevent', name: 'suspectValue' }, context)
      .subscribe(({ value }) => told.push(value));
    const suspect = { ...FRAME, battery: { voltage: 53.2, soc: 101 } };
    await publisher.send(suspect);
    await publisher.send(suspect);
    expect(told).to.deep.equal([{ path: '/battery/soc', value: 101, reason: 'outside 0 to 100' }]);
    expect(await served.read('telemetry')).to.include({ quality: 'suspect' });
    expect(await served.read('batterySoc')).to.equal(101);
    for (let minute = 0; minute < 6; minute++) {
      served.timer.pass(10_000);
      await publisher.send(suspect);
    }
    expect(told).to.have.length(2);
  });

  it('T22: marks a time without zone, and gives readers the normalised object', async () => {
    await using served = await serveTelemetry();
    served.provision({ name: 'later', id: 'urn:test:later', title: 'Cellar', dialect: 'schema-2026-02' });
    await using publisher = await letIn(`${served.url}/ws/device/later`, PUBLISHER);
    await using reader = await letIn(`${served.url}/ws/dashboard/later`, READER);
    await publisher.send({
      device_id: 'later',
      timestamp: '2026-02-03T12:00:00.5',
      battery: { voltage: 50, soc: 0.5 },
    });
    expect(await reader.next()).to.deep.equal({
      device_id: 'later',
      timestamp: '2026-02-03T12:00:00.5Z',
      battery: { voltage: 50, soc: 50 },
    });
  });

  it('tells errors that are raised and cleared', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const told: unknown[] = [];
    for (const name of ['errorRaised', 'errorCleared']) {
      served.thing.observe({ op: 'subscribeevent', name }, context).subscribe(({ value }) => told.push([name, value]));
    }
    for (const error_flags of [[], ['OVERHEAT'], ['OVERHEAT'], ['OVERHEAT', 'FAN'], [], []]) {
      await publisher.send(status({ error_flags }));
    }
    expect(told).to.deep.equal([
      ['errorRaised', { flags: ['OVERHEAT'] }],
      ['errorRaised', { flags: ['FAN'] }],
      ['errorCleared', undefined],
    ]);
  });

  it('tells a low battery once, below a threshold that can be written and is remembered', async () => {
    const kept: unknown[] = [];
    const memory = { recall: () => 30, keep: (id: string, threshold: number) => void kept.push([id, threshold]) };
    await using served = await serveTelemetry({ memory });
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const told: unknown[] = [];
    served.thing
      .observe({ op: 'subscribeevent', name: 'lowBattery' }, context)
      .subscribe(({ value }) => told.push(value));
    for (const soc of [30, 29.9, 30.1, 29.8, 31, 29]) await publisher.send({ ...FRAME, battery: { voltage: 50, soc } });
    expect(told).to.deep.equal([{ soc: 29.9 }, { soc: 29 }]);
    await publisher.send(FRAME);
    await served.thing.request({ op: 'writeproperty', name: 'lowBatteryThreshold', value: 90 }, context);
    expect(told).to.deep.equal([{ soc: 29.9 }, { soc: 29 }, { soc: 85 }]);
    expect(kept).to.deep.equal([[served.thing.id, 90]]);
    expect(await served.read('lowBatteryThreshold')).to.equal(90);
  });

  it('sets the mode: confirmed when the device reports its first word', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await publisher.send(status({ mode: 'AUTO' }));
    const started = await invoke(served, 'setMode', { targetMode: 'MANUAL_DISCHARGE', targetPower: 500 });
    expect(await publisher.next()).to.deep.include({
      action: 'SET_MODE',
      payload: { target_mode: 'MANUAL_DISCHARGE', target_power: 500 },
    });
    await publisher.send(status({ mode: 'AUTO' }));
    await publisher.send(status({ mode: 'MANUAL' }));
    expect((await outcomeOf(served, started))?.output).to.deep.equal({ delivered: true, confirmed: true });
  });

  it('resets errors: confirmed when none are reported', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await publisher.send(status({ error_flags: ['OVERHEAT'] }));
    const started = await invoke(served, 'resetError');
    expect(await publisher.next()).to.deep.include({ action: 'RESET_ERROR', payload: {} });
    await publisher.send(status({ error_flags: [] }));
    expect((await outcomeOf(served, started))?.output).to.deep.equal({ delivered: true, confirmed: true });
  });

  it('T18: completes without confirmation after 10 s with a publisher that never acknowledges', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const told = served.next('commandResult');
    const started = await invoke(served, 'sendCommand', { action: 'BLINK', payload: { times: 3 } });
    expect(await publisher.next()).to.deep.include({ action: 'BLINK', payload: { times: 3 } });
    for (let i = 0; i < 11; i++) {
      await publisher.send(FRAME);
      served.timer.pass(1000);
    }
    expect((await outcomeOf(served, started))?.output).to.deep.equal({ delivered: true, confirmed: false });
    expect(await told).to.include({ status: 'unconfirmed' });
  });

  it('T18: fails a command that the device rejects, with its reason', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const started = await invoke(served, 'sendCommand', { action: 'BLINK' });
    const command = await publisher.next();
    const { command_id } = Object(command);
    await publisher.send({ command_id, status: 'rejected', error: 'no lamp' });
    expect((await outcomeOf(served, started))?.error?.detail).to.include('no lamp');
    expect(await served.read('connection')).to.include({ rejected: 0 });
  });

  it('refuses commands at once while the device is offline', async () => {
    await using served = await serveTelemetry();
    const refused = await invoke(served, 'setMode', { targetMode: 'AUTO' }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
  });

  it('T11: refuses the ninth outstanding command with tooMany', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    for (let i = 0; i < 8; i++) await invoke(served, 'sendCommand', { action: 'BLINK' });
    const refused = await invoke(served, 'sendCommand', { action: 'BLINK' }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(ThingError).with.property('code', 'tooMany');
    await publisher.next();
    expect(publisher.heard).to.have.length(1);
  });
});
