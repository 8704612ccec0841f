import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { consume } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import { firstValueFrom, take, toArray } from 'rxjs';
import { adopt } from '../src/index.js';
import { bindingHttp } from './fixture/bindings.js';
import { startServient } from './fixture/servients.js';

/** A Thing of node-wot's on its own HTTP server, and a Servient that reaches it. */
async function setUp() {
  const server = new bindingHttp.HttpServer({ port: 0, address: '127.0.0.1' });
  const producer = await startServient({ servers: [server] });
  const pump = await producer.wot.produce({
    title: 'Pump',
    id: 'urn:dev:pump',
    properties: {
      speed: { type: 'integer', minimum: 0, observable: true },
      level: { type: 'integer', readOnly: true },
    },
    actions: { prime: { input: { type: 'integer' }, output: { type: 'string' } }, stop: {} },
    events: { dry: { data: { type: 'string' } } },
  });
  let speed = 1;
  let level = 50;
  pump
    .setPropertyReadHandler('speed', async () => speed)
    .setPropertyWriteHandler('speed', async (output) => {
      speed = Number(await output.value());
      pump.emitPropertyChange('speed');
    })
    .setPropertyReadHandler('level', async () => level)
    .setActionHandler('prime', async (output) => `primed ${await output.value()} times`)
    .setActionHandler('stop', async () => {
      throw new Error('it is stuck');
    });
  await pump.expose();
  const consumer = await startServient({ clients: [new bindingHttp.HttpClientFactory()] });
  const dispose = async (): Promise<void> => {
    await consumer[Symbol.asyncDispose]();
    await producer[Symbol.asyncDispose]();
  };
  const origin = `http://127.0.0.1:${server.getPort()}`;
  const td = JSON.parse(JSON.stringify(pump.getThingDescription()).replaceAll(/http:\/\/[^/"]+:\d+/g, origin));
  const fill = (to: number): void => {
    level = to;
  };
  return { pump, td, servient: consumer.servient, fill, [Symbol.asyncDispose]: dispose };
}

async function serveAdopted(t: Awaited<ReturnType<typeof setUp>>) {
  const exposure = await adopt(t.td, t.servient, { pollInterval: 5 });
  return serve({ things: { pump: { exposure, id: t.td.id } }, bindings: [http({ port: 0 }), websocket()] });
}

const codeOf = async (doing: Promise<unknown>): Promise<string> => {
  const error: unknown = await doing.then(() => undefined).catch((thrown: unknown) => thrown);
  return error instanceof ThingError ? error.code : String(error);
};

describe('adopt', () => {
  it("serves a Thing that node-wot's clients reach: reads, writes, actions", async () => {
    await using t = await setUp();
    await using served = await serveAdopted(t);
    await using pump = await consume(`${served.url}/things/pump`);
    expect(pump.id).to.equal('urn:dev:pump');
    expect(await pump.readAll()).to.deep.equal({ speed: 1, level: 50 });
    await pump.properties.speed?.write(7);
    expect(await pump.properties.speed?.read()).to.equal(7);
    expect(await codeOf(pump.properties.speed?.write(-1) ?? Promise.resolve())).to.equal('invalid');
    expect(await pump.actions.prime?.(3).output).to.equal('primed 3 times');
    expect(await codeOf(pump.actions.stop?.().output ?? Promise.resolve())).to.equal('failed');
  });

  it('observes by polling what its protocol cannot push', async () => {
    await using t = await setUp();
    await using served = await serveAdopted(t);
    await using pump = await consume(`${served.url}/things/pump`);
    const { level } = pump.properties;
    if (!level) throw new Error('there is no level');
    const seen = firstValueFrom(level.pipe(take(3), toArray()));
    const first = level.subscribe((value) => value === 50 && t.fill(60));
    const second = level.subscribe((value) => value === 60 && t.fill(70));
    expect(await seen).to.deep.equal([50, 60, 70]);
    first.unsubscribe();
    second.unsubscribe();
  });

  it('observes what can be pushed, and subscribes to events, once for all', async () => {
    await using t = await setUp();
    await using served = await serveAdopted(t);
    await using pump = await consume(`${served.url}/things/pump`);
    const { speed } = pump.properties;
    const { dry } = pump.events;
    if (!speed || !dry) throw new Error('the pump lacks something');
    const speeds = firstValueFrom(speed.pipe(take(2), toArray()));
    const [one, two] = [firstValueFrom(dry), firstValueFrom(dry)];
    let told = false;
    void one.then(() => {
      told = true;
    });
    for (let n = 0; !told; n++) {
      t.pump.emitEvent('dry', 'very');
      await speed.write(10 + n);
    }
    expect([await one, await two]).to.deep.equal(['very', 'very']);
    expect(await speeds).to.have.lengthOf(2);
  });

  it('is not available while the device is not', async () => {
    const t = await setUp();
    // node-wot's server would wait for the end of a long poll before it stops.
    const {
      properties: { level },
      events: _,
      ...rest
    } = t.td;
    const exposure = await adopt({ ...rest, properties: { level } }, t.servient, { pollInterval: 5 });
    await using served = await serve({ things: { pump: exposure }, bindings: [http({ port: 0 }), websocket()] });
    await using pump = await consume(`${served.url}/things/pump`);
    expect(await pump.properties.level?.read()).to.equal(50);
    await t[Symbol.asyncDispose]();
    expect(await codeOf(pump.properties.level?.read() ?? Promise.resolve())).to.equal('unavailable');
  });

  it('is not available while the device does not answer in time; what was not written then is unknown', async () => {
    await using t = await setUp();
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    t.pump.setPropertyReadHandler('level', () => answered.then(() => 1));
    t.pump.setPropertyWriteHandler('speed', () => answered);
    const exposure = await adopt(t.td, t.servient, { pollInterval: 60_000, timeout: 20 });
    await using served = await serve({ things: { pump: exposure }, bindings: [http({ port: 0 })] });
    const pump = served.site.things.get('pump');
    const principal = { id: 'anybody', kind: 'user', grants: [] } as const;
    const level = Promise.resolve(pump?.request({ op: 'readproperty', name: 'level' }, { principal }));
    expect(await codeOf(level)).to.equal('unavailable');
    const speed = Promise.resolve(pump?.request({ op: 'writeproperty', name: 'speed', value: 3 }, { principal }));
    expect(await codeOf(speed)).to.equal('timeout');
    // node-wot's server does not stop before it has answered.
    answer();
  });

  it('refuses a description that node-wot does not take', async () => {
    await using consumer = await startServient({});
    const td = { title: 'Odd', properties: { a: { type: 'string' } } };
    expect(await codeOf(adopt(td, consumer.servient))).to.equal('invalid');
  });
});
