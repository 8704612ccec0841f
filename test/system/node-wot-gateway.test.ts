import { type ProtocolClientFactory, Servient } from '@node-wot/core';
import { WebSocketClientFactory } from '@thingwright/node-wot';
import { expect } from 'chai';
import { type GatewayProcess, startGateway } from './fixture/gateway-process.js';
import { bindingHttp } from './fixture/node-wot-bindings.js';

/** node-wot's consumed Thing of a gateway. Its TD is fetched for it: node-wot sends no credentials with that. */
async function consumeGateway(
  { url, token }: GatewayProcess,
  client: ProtocolClientFactory,
  credentials: object = { username: 'admin', password: token },
) {
  const authorization = `Basic ${Buffer.from(`admin:${token}`).toString('base64')}`;
  const td = await (await fetch(`${url}/things/gateway`, { headers: { authorization } })).json();
  const servient = new Servient();
  servient.addClientFactory(client);
  servient.addCredentials({ [td.id]: credentials });
  const thing = await (await servient.start()).consume(td);
  return { thing, [Symbol.asyncDispose]: () => servient.shutdown() };
}

describe("node-wot's consumed Things and a gateway in its own process", () => {
  it("reads and invokes over node-wot's HTTP binding, with Basic credentials", async () => {
    await using gateway = await startGateway();
    await using known = await consumeGateway(gateway, new bindingHttp.HttpClientFactory());
    expect(await (await known.thing.readProperty('version')).value()).to.match(/^\d+\.\d+\.\d+/);
    const output = await known.thing.invokeAction('provisionDevice', { kind: 'telemetry', name: 'ems_001' });
    expect(await output?.value()).to.include({ name: 'ems_001' });
    const wrong = { username: 'admin', password: 'wrong' };
    await using unknown = await consumeGateway(gateway, new bindingHttp.HttpClientFactory(), wrong);
    const refusal: unknown = await unknown.thing.readProperty('version').catch((error: unknown) => error);
    expect(String(refusal)).to.include('Unauthorized');
  });

  it('explores its directory, from the description that is open to everybody', async () => {
    await using gateway = await startGateway();
    const open = `${gateway.url}/.well-known/wot`;
    const { id } = await (await fetch(open)).json();
    const servient = new Servient();
    await using _ending = { [Symbol.asyncDispose]: () => servient.shutdown() };
    servient.addClientFactory(new bindingHttp.HttpClientFactory());
    servient.addCredentials({ [id]: { username: 'admin', password: gateway.token } });
    const found: unknown[] = [];
    for await (const td of await (await servient.start()).exploreDirectory(open)) found.push(td.title);
    expect(found).to.include('Thingwright gateway');
  });

  for (const kind of ['Basic', 'Bearer']) {
    it(`reads, observes, invokes and subscribes over WebSocket, with ${kind} credentials`, async () => {
      await using gateway = await startGateway();
      const credentials = kind === 'Basic' ? undefined : { token: gateway.token };
      await using known = await consumeGateway(gateway, new WebSocketClientFactory(), credentials);
      const { thing } = known;
      expect(await (await thing.readProperty('version')).value()).to.match(/^\d+\.\d+\.\d+/);
      const added = new Promise((resolve) => {
        void thing.subscribeEvent('deviceAdded', (output) => resolve(output.value()));
      });
      const devices = new Promise((resolve) => {
        void thing.observeProperty('devices', (output) => resolve(output.value()));
      });
      await thing.readProperty('version');
      const output = await thing.invokeAction('provisionDevice', { kind: 'telemetry', name: 'ems_001' });
      expect(await output?.value()).to.include({ name: 'ems_001' });
      expect(await added).to.include({ name: 'ems_001', kind: 'telemetry' });
      expect(JSON.stringify(await devices)).to.include('ems_001');
    });
  }

  it('is refused over WebSocket with wrong credentials', async () => {
    await using gateway = await startGateway();
    await using unknown = await consumeGateway(gateway, new WebSocketClientFactory(), { token: 'wrong' });
    const refusal: unknown = await unknown.thing.readProperty('version').catch((error: unknown) => error);
    expect(refusal).to.include({ name: 'ThingError', code: 'unauthenticated' });
  });
});
