import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { consume } from '@thingwright/client';
import { expect } from 'chai';
import { EMPTY, firstValueFrom } from 'rxjs';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.js';
import { startGateway } from './fixture/command.js';
import { ActionError, fromURL, type HTTP, type Invocation, linkOf, RefusedError } from './fixture/labthings-client.js';

/** A gateway with a simulated battery that has reported, and an HTTP client that shows the administrator's token. */
async function startBattery() {
  const folder = await temporaryFolder();
  const gateway = await startGateway(folder.path, '--demo');
  const token = (await readFile(join(folder.path, 'admin-token'), 'utf8')).trim();
  await using battery = await consume(`${gateway.url}/things/ems_001`, { token });
  await firstValueFrom(battery.properties.batterySoc ?? EMPTY);
  const http: HTTP = (url, request) => fetch(url, { ...request, headers: { ...headersOf(request), ...bearer(token) } });
  return {
    url: gateway.url,
    http,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const headersOf = (request: RequestInit = {}) => Object.fromEntries(new Headers(request.headers));

/** What a promise is rejected with, if that is of the class. */
async function rejection<E extends Error>(promise: Promise<unknown>, kind: new (...args: never[]) => E): Promise<E> {
  const reason: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (reason instanceof kind) return reason;
  throw new Error(`not rejected with a ${kind.name}`, { cause: reason });
}

describe("LabThings' client on a gateway", function () {
  this.timeout(30_000);

  it('finds Things by name, reads and writes properties, and runs an action to its output', async () => {
    await using started = await startBattery();
    const things: Record<string, string> = JSON.parse(await (await started.http(`${started.url}/things/`)).text());
    expect(things).to.include.all.keys('gateway', 'ems_001', 'mri_001');
    const battery = await fromURL(things.ems_001 ?? '', started.http);
    expect(battery.properties).to.include.members(['batterySoc', 'lowBatteryThreshold']);
    expect(battery.actions).to.have.members(['history', 'setMode', 'resetError', 'sendCommand']);
    expect(await battery.get('batterySoc')).to.be.within(0, 100);
    await battery.set('lowBatteryThreshold', 12);
    expect(await battery.get('lowBatteryThreshold')).to.equal(12);
    const output = await battery.invoke('setMode', { targetMode: 'AUTO' });
    expect(output).to.deep.equal({ delivered: true, confirmed: true });
  });

  it('reads why it was refused: a text, or the place and the message of a fault', async () => {
    await using started = await startBattery();
    const battery = await fromURL(`${started.url}/things/ems_001/`, started.http);
    const tell = async (promise: Promise<unknown>) => (await rejection(promise, RefusedError)).message;
    expect(await tell(battery.get('nothing'))).to.match(/^404: There is no property or action named 'nothing'/);
    expect(await tell(battery.set('batterySoc', 1))).to.match(/^405: /);
    expect(await tell(battery.set('lowBatteryThreshold', 101))).to.match(/^422: lowBatteryThreshold: must be <= 100/);
    expect(await tell(battery.invoke('setMode', { targetMode: '' }))).to.match(/^422: targetMode: /);
    const stranger = await rejection(fromURL(`${started.url}/things/ems_001/`, fetch), RefusedError);
    expect(stranger.message).to.match(/^401: /);
  });

  it('learns by polling that an action was cancelled, from the type of its error', async () => {
    await using started = await startBattery();
    const battery = await fromURL(`${started.url}/things/ems_001/`, started.http);
    // The device is sent one command a second, so the last of these waits long enough.
    for (let i = 0; i < 3; i++) {
      const answer = await started.http(`${started.url}/things/ems_001/resetError`, { method: 'POST' });
      expect(answer.status).to.equal(201);
    }
    const outcome = rejection(battery.invoke('sendCommand', { action: 'LIGHT' }), ActionError);
    let running: Invocation[] = [];
    while (running[0]?.status !== 'running') {
      running = JSON.parse(await (await started.http(`${started.url}/things/ems_001/sendCommand`)).text());
    }
    const [invocation] = running;
    const cancelled = await started.http(linkOf(invocation, 'self'), { method: 'DELETE' });
    expect([cancelled.status, await cancelled.text()]).to.deep.equal([200, 'null']);
    const { kind, invocation: told, message } = await outcome;
    expect([kind, told.status, told.id]).to.deep.equal(['InvocationCancelledError', 'cancelled', invocation.id]);
    expect(message).to.contain('/things/ems_001/sendCommand').and.to.contain('command cmd_');
    const again = await started.http(linkOf(told, 'output'));
    expect(again.status).to.equal(503);
    const all: Invocation[] = JSON.parse(await (await started.http(`${started.url}/action_invocations`)).text());
    expect(all.map(({ action }) => action.split('/').at(-1))).to.deep.equal([
      ...Array.from({ length: 3 }, () => 'resetError'),
      'sendCommand',
    ]);
    expect(all.at(-1)?.id).to.equal(invocation.id);
  });
});
