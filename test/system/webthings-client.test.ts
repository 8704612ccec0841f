import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { consume } from '@thingwright/client';
import { isMembers, type Members } from '@thingwright/core';
import { expect } from 'chai';
import { EMPTY, filter, firstValueFrom, map, take, toArray } from 'rxjs';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.js';
import { startGateway } from './fixture/command.js';
import { connect, type WebThingsSocket } from './fixture/webthings-client.js';

/** A gateway with a simulated battery that has reported. */
async function startBattery() {
  const folder = await temporaryFolder();
  const gateway = await startGateway(folder.path, '--demo');
  const token = (await readFile(join(folder.path, 'admin-token'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}` };
  const dispose = async (): Promise<void> => {
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  try {
    await using battery = await consume(`${gateway.url}/things/ems_001`, { token });
    await firstValueFrom(battery.properties.batterySoc ?? EMPTY);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    url: gateway.url,
    token,
    /** A ticket for one WebSocket. */
    async ticket(): Promise<string> {
      const answer: unknown = await (await fetch(`${gateway.url}/ticket`, { method: 'POST', headers })).json();
      return isMembers(answer) ? String(answer.ticket) : '';
    },
    async describe(thing: string): Promise<Members> {
      const td: unknown = await (await fetch(`${gateway.url}/things/${thing}`, { headers })).json();
      return isMembers(td) ? td : {};
    },
    async invoke(action: string, input: object): Promise<void> {
      await using thing = await consume(`${gateway.url}/things/gateway`, { token });
      await thing.actions[action]?.(input).output;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** The first thing that is told of that sort. */
const told = ({ told }: WebThingsSocket, event: string, id: string, name = '') =>
  firstValueFrom(told.pipe(filter((one) => one.event === event && one.id === id && one.name === name)));

describe("webthings-client's sockets on a gateway", function () {
  this.timeout(30_000);

  it('tell of all Things, of those that come and go, set properties and run actions', async () => {
    await using battery = await startBattery();
    await using all = await connect(`${battery.url}/things`, await battery.ticket());
    for (const id of ['gateway', 'ems_001']) {
      expect((await told(all, 'connectStateChanged', id)).value).to.equal(true);
    }
    expect((await told(all, 'propertyChanged', 'ems_001', 'batterySoc')).value).to.be.within(0, 100);

    all.send({ messageType: 'setProperty', id: 'ems_001', data: { lowBatteryThreshold: 13 } });
    const thresholds = all.told.pipe(filter(({ name, value }) => name === 'lowBatteryThreshold' && value === 13));
    await firstValueFrom(thresholds);

    all.send({ messageType: 'requestAction', id: 'ems_001', data: { setMode: { input: { targetMode: 'AUTO' } } } });
    const words = all.told.pipe(
      filter(({ event }) => event === 'actionTriggered'),
      map(({ value }) => (isMembers(value) ? value.status : undefined)),
      take(3),
      toArray(),
    );
    expect(await firstValueFrom(words)).to.deep.equal(['pending', 'running', 'completed']);

    await battery.invoke('provisionDevice', { kind: 'telemetry', name: 'attic' });
    await told(all, 'deviceAdded', 'attic');
    await battery.invoke('removeDevice', { name: 'attic' });
    await told(all, 'deviceRemoved', 'attic');
  });

  it('know every name that they are told of one Thing from its description', async () => {
    await using battery = await startBattery();
    const { properties, actions, events } = await battery.describe('ems_001');
    const names = new Set([properties, actions, events].flatMap((group) => Object.keys(group ?? {})));
    await using one = await connect(`${battery.url}/things/ems_001`, await battery.ticket(), names);
    one.send({ messageType: 'addEventSubscription', data: events });
    one.send({ messageType: 'requestAction', data: { setMode: { input: { targetMode: 'AUTO' } } } });
    const ends = one.told.pipe(filter(({ value }) => isMembers(value) && value.status === 'completed'));
    expect((await firstValueFrom(ends)).name).to.equal('setMode');
    await told(one, 'eventRaised', 'ems_001', 'actionStatus');
  });

  it('are refused with a lasting token in the address, and told how to do it right', async () => {
    await using battery = await startBattery();
    const ws = new WebSocket(`${battery.url.replace('http', 'ws')}/things?jwt=${battery.token}`);
    ws.on('error', () => {});
    const [, response] = await once(ws, 'unexpected-response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    ws.terminate();
    expect(response.statusCode).to.equal(401);
    expect(Buffer.concat(chunks).toString()).to.include('POST /ticket');
  });
});
