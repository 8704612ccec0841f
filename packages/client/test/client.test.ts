import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { consume, createClient } from '../src/index.js';
import { rejection } from './fixtures/rejection.js';
import { serveVent } from './fixtures/served-vent.js';
import { openThingOnAWire } from './fixtures/thing-on-a-wire.js';
import { Vent } from './fixtures/vent.js';

const USERS: Readonly<Record<string, string>> = { 'token-of-ada': 'ada', 'token-of-bob': 'bob' };

const authenticate: NonNullable<Parameters<typeof serveVent>[0]>['authenticate'] = (credentials) => {
  const secret =
    credentials.kind === 'bearer' ? credentials.token : credentials.kind === 'basic' ? credentials.password : '';
  const name = USERS[secret];
  return name === undefined ? undefined : { principal: { id: `user:${name}`, kind: 'user', grants: [] } };
};

describe('createClient', () => {
  it('shares one socket among the Things of one URL, and closes it with the last', async () => {
    await using server = await openThingOnAWire();
    const client = createClient();
    const one = await client.consume(server.url);
    const other = await client.consume(server.url);
    expect(await one.properties.angle?.read()).to.equal(35);
    expect(await other.properties.angle?.read()).to.equal(35);
    expect(server.upgrades).to.have.lengthOf(1);
    await one.close();
    expect(await other.properties.angle?.read()).to.equal(35);
    const [socket] = server.sockets;
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    await other.close();
    expect(await closed).to.equal(1000);
    await using again = await client.consume(server.url);
    expect(await again.properties.wind?.read()).to.equal(6.8);
    expect(server.upgrades).to.have.lengthOf(2);
  });

  it('shares it also among those who come at the same time', async () => {
    await using server = await openThingOnAWire();
    const client = createClient();
    const things = await Promise.all([1, 2, 3].map(() => client.consume(server.url)));
    expect(server.upgrades).to.have.lengthOf(1);
    for (const thing of things) await thing.close();
  });

  it('never shares a socket across credentials', async () => {
    await using server = await openThingOnAWire();
    const client = createClient();
    await using _ada = await client.consume(server.url, { token: 'token-of-ada' });
    await using _bob = await client.consume(server.url, { token: 'token-of-bob' });
    await using _ada2 = await client.consume(server.url, { token: 'token-of-ada' });
    await using _basic = await client.consume(server.url, { basic: { user: 'ada', password: 'token-of-ada' } });
    await using _nobody = await client.consume(server.url);
    expect(server.upgrades.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer token-of-ada',
      'Bearer token-of-bob',
      `Basic ${Buffer.from('ada:token-of-ada').toString('base64')}`,
      undefined,
    ]);
  });

  it('keeps credentials from origins that the TD names, unless they are trusted', async () => {
    await using foreign = await openThingOnAWire();
    const seen: unknown[] = [];
    await using home = await openThingOnAWire({
      td: {
        forms: [
          {
            href: `${foreign.origin.replace('http', 'ws')}/wtp`,
            op: ['readallproperties'],
            subprotocol: 'webthingprotocol',
          },
        ],
        properties: {},
        actions: {},
        events: {},
      },
    });
    for (const trustedOrigins of [[], [foreign.origin]]) {
      await using _thing = await consume(home.url, { token: 'secret', trustedOrigins });
      seen.push(foreign.upgrades.at(-1)?.headers.authorization);
    }
    expect(seen).to.deep.equal([undefined, 'Bearer secret']);
  });
});

describe('the trace of a client', () => {
  const contextOf = (name: string) => ({ traceparent: `00-${name.padEnd(32, '0')}-00f067aa0ba902b7-01` });

  it('goes with each request over a socket, as it is for who asks', async () => {
    await using server = await openThingOnAWire();
    const current = new AsyncLocalStorage<{ readonly traceparent: string; readonly tracestate?: string }>();
    await using thing = await consume(server.url, { trace: () => current.getStore() });
    const read = (name: string) => thing.properties[name]?.read();
    await Promise.all([
      current.run({ ...contextOf('a'), tracestate: 'lab=1' }, () => read('angle')),
      current.run(contextOf('b'), () => read('wind')),
    ]);
    await read('angle');
    const told = server.received.map(({ name, traceparent, tracestate }) => [name, traceparent, tracestate]);
    expect(told).to.deep.equal([
      ['angle', contextOf('a').traceparent, 'lab=1'],
      ['wind', contextOf('b').traceparent, undefined],
      ['angle', undefined, undefined],
    ]);
    expect(server.received.at(-1)).to.not.have.any.keys('traceparent', 'tracestate');
  });

  it('goes with each request over HTTP, and to no origin but those that are trusted', async () => {
    const told: unknown[] = [];
    const tell = ({ url = '', headers }: IncomingMessage, response: ServerResponse): boolean => {
      told.push([url, headers.traceparent, headers.tracestate]);
      response.end('35');
      return true;
    };
    await using foreign = await openThingOnAWire({ http: tell });
    const properties = {
      angle: { type: 'integer', forms: [{ href: '/angle' }] },
      wind: { type: 'number', forms: [{ href: `${foreign.origin}/wind` }] },
    };
    await using home = await openThingOnAWire({ http: tell, td: { forms: [], properties, actions: {}, events: {} } });
    const trace = () => ({ ...contextOf('c'), tracestate: 'lab=1' });
    const { traceparent, tracestate } = trace();
    for (const trustedOrigins of [[], [foreign.origin]]) {
      await using thing = await consume(home.url, { trace, trustedOrigins });
      await thing.properties.angle?.read();
      await thing.properties.wind?.read();
    }
    expect(told).to.deep.equal([
      ['/angle', traceparent, tracestate],
      ['/wind', undefined, undefined],
      ['/angle', traceparent, tracestate],
      ['/wind', traceparent, tracestate],
    ]);
  });

  it('goes to no socket at another origin, which is not shared with one that it goes to', async () => {
    await using server = await openThingOnAWire();
    const client = createClient({ trace: () => contextOf('d') });
    const td = await (await fetch(server.url)).json();
    await using known = await client.consume(server.url, { td });
    await using stranger = await client.consume('http://127.0.0.1:9/td', { td });
    await known.properties.angle?.read();
    await stranger.properties.angle?.read();
    expect(server.received.map(({ traceparent }) => traceparent)).to.deep.equal([
      contextOf('d').traceparent,
      undefined,
    ]);
    expect(server.upgrades).to.have.lengthOf(2);
  });
});

describe('consume', () => {
  it('proves who it is by token or password, over both transports', async () => {
    await using server = await serveVent({ authenticate });
    for (const transport of ['websocket', 'http'] as const) {
      for (const credentials of [{ token: 'token-of-ada' }, { basic: { user: 'x', password: 'token-of-bob' } }]) {
        await using thing = await consume(Vent, server.url, { transport, ...credentials });
        expect(await thing.properties.angle.read()).to.equal(35);
      }
    }
  });

  it('rejects with unauthenticated for credentials that are missing or wrong', async () => {
    await using server = await serveVent({ authenticate });
    for (const options of [{}, { token: 'wrong' }]) {
      expect(await rejection(consume(server.url, options))).to.have.property('code', 'unauthenticated');
    }
  });

  it('rejects with unauthenticated or forbidden if only the socket is refused, and does not fall back', async () => {
    for (const [status, code] of [
      [401, 'unauthenticated'],
      [403, 'forbidden'],
    ] as const) {
      await using server = await openThingOnAWire({ refuse: () => status });
      expect(await rejection(consume(server.url))).to.have.property('code', code);
    }
  });

  it('tells a server that is not there, is no Thing, or answers nonsense', async () => {
    await using server = await openThingOnAWire({
      http: (request, response) => {
        if (request.url === '/none') return false;
        response.end(
          { '/html': '<html>', '/list': '[]', '/odd': '{"title":"x","forms":[{"href":7}]}' }[request.url ?? ''],
        );
        return true;
      },
    });
    const code = async (path: string) => (await rejection(consume(server.origin + path))).code;
    expect(await code('/none')).to.equal('notFound');
    expect(await code('/html')).to.equal('protocol');
    expect(await code('/list')).to.equal('protocol');
    expect(await code('/odd')).to.equal('protocol');
    await server[Symbol.asyncDispose]();
    expect(await code('/td')).to.equal('disconnected');
  });

  it('rejects a server that picks no sub-protocol, or another one', async () => {
    for (const protocol of [false, 'chat'] as const) {
      await using server = await openThingOnAWire({ protocol });
      const error = await rejection(consume(server.url));
      expect(['disconnected', 'protocol']).to.include(error.code);
      expect(error.detail).to.contain(server.origin.replace('http', 'ws'));
    }
  });

  it('is ended by its signal: before, while it opens, and after', async () => {
    await using server = await openThingOnAWire({ http: () => true });
    expect(await rejection(consume(server.url, { signal: AbortSignal.abort() }))).to.have.property('code', 'aborted');
    const opening = new AbortController();
    const pending = rejection(consume(`${server.origin}/never`, { signal: opening.signal }));
    opening.abort();
    expect(await pending).to.have.property('code', 'aborted');
    const after = new AbortController();
    const thing = await consume(server.url, { signal: after.signal });
    const closed = firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'closed')));
    after.abort();
    await closed;
    expect(await rejection(thing.readAll())).to.have.property('code', 'disconnected');
  });

  it('does not fetch a TD that it is given', async () => {
    await using server = await openThingOnAWire();
    await using first = await consume(server.url);
    await using thing = await consume(`${server.origin}/elsewhere`, { td: first.td });
    expect(thing.id).to.equal(server.id);
    expect(await thing.properties.angle?.read()).to.equal(35);
  });

  it('goes by the URL of a TD without id', async () => {
    await using server = await openThingOnAWire({ td: { id: undefined } });
    await using thing = await consume(server.url);
    expect(thing.id).to.equal(server.url);
    await thing.properties.angle?.read();
    expect(server.received[0]).to.have.property('thingID', server.url);
  });

  it('tells at use what the TD lacks of the Model', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(Vent, server.url);
    expect(await thing.properties.angle.read()).to.equal(35);
    const reading = await rejection(thing.properties.mode.read());
    expect(reading).to.include({
      code: 'notFound',
      detail: "The TD of 'Roof vent' has no 'mode' among its properties, or none for you",
    });
    expect(await rejection(firstValueFrom(thing.properties.mode))).to.have.property('code', 'notFound');
    expect(await rejection(thing.actions.calibrate().output)).to.have.property('code', 'notFound');
  });

  it('refuses what is neither a URL nor a Model with one', async () => {
    const error: unknown = await Reflect.apply(consume, undefined, [Vent]).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(TypeError);
  });
});
