import type { PolicyQuestion } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { serveLabThing } from './fixture/lab-thing.js';
import { dialOlder, own, refusalOf } from './fixture/older-client.js';

const observe = (...names: string[]) => ({ messageType: 'addPropertyObservation', data: all(names) });
const observeAction = (...names: string[]) => ({ messageType: 'addActionObservation', data: all(names) });
const all = (names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, true]));
const status = (name: string, value: unknown) => ({ messageType: 'propertyStatus', data: own(name, value) });
const notFound = (operation: string, name: string, kind: string) => ({
  messageType: 'response',
  operation,
  name,
  error: {
    status: '404',
    type: 'https://w3c.github.io/web-thing-protocol/errors#not-found',
    title: 'Not Found',
    detail: `No ${kind} found with the name '${name}'.`,
  },
});

describe("LabThings' own socket tests, on a line", () => {
  it('3.7.2 three writes bring three propertyStatus in their order', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    await using writer = await thing.consumer();
    client.send(observe('dataprop'));
    await client.settled();
    for (const value of [1, 10, 0]) await writer.ask('writeproperty', { name: 'dataprop', value });
    expect(await client.take(3)).to.deep.equal([1, 10, 0].map((value) => status('dataprop', value)));
  });

  it('3.7.3 a change by the code of an action counts too', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    await using invoker = await thing.consumer();
    client.send(observe('dataprop'));
    await client.settled();
    await invoker.ask('invokeaction', { name: 'increment' });
    expect(await client.next()).to.deep.equal(status('dataprop', 1));
  });

  it('3.7.1, 3.7.4 a computed property is not observable: 403 as a text', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    client.send(observe('computed'));
    expect(await client.next()).to.deep.equal({
      messageType: 'response',
      operation: 'observeproperty',
      name: 'computed',
      error: {
        status: '403',
        type: 'https://w3c.github.io/web-thing-protocol/errors#not-observable',
        title: 'Not Observable',
        detail: "Property 'computed' is not observable.",
      },
    });
  });

  for (const name of ['attribute', 'method', 'decorated', 'increment', 'missing']) {
    it(`3.7.1, 3.7.5 '${name}' is no property: 404`, async () => {
      await using thing = await serveLabThing();
      await using client = await thing.dial();
      client.send(observe(name));
      expect(await client.next()).to.deep.equal(notFound('observeproperty', name, 'property'));
    });
  }

  for (const [no, name, end] of [
    ['3.7.6', 'increment', 'completed'],
    ['3.7.7', 'fails', 'error'],
    ['3.7.8', 'cancels', 'cancelled'],
  ]) {
    it(`${no} an action brings pending, running, ${end}, and nothing that is not observed`, async () => {
      await using thing = await serveLabThing({ strict: true });
      await using client = await thing.dial();
      await using invoker = await thing.consumer();
      client.send(observeAction(String(name)));
      await client.settled();
      await invoker.ask('invokeaction', { name });
      const told = await client.take(3);
      const words = ['pending', 'running', end];
      expect(told).to.deep.equal(
        words.map((word) => ({ messageType: 'actionStatus', data: { 'action name': name, status: word } })),
      );
      await client.settled();
      expect(client.waiting).to.be.empty;
    });
  }

  for (const name of ['attribute', 'method', 'decorated', 'dataprop']) {
    it(`3.7.9 '${name}' is no action: 404`, async () => {
      await using thing = await serveLabThing();
      await using client = await thing.dial();
      client.send(observeAction(name));
      expect(await client.next()).to.deep.equal(notFound('observeaction', name, 'action'));
    });
  }

  it('3.7.10 no acknowledgement, no initial value, and several observers of one property', async () => {
    await using thing = await serveLabThing();
    await using one = await thing.dial();
    await using two = await thing.dial();
    await using other = await thing.consumer();
    for (const client of [one, two]) client.send(observe('dataprop'));
    await other.ask('observeproperty', { name: 'dataprop' });
    await Promise.all([one.settled(), two.settled()]);
    expect([...one.waiting, ...two.waiting]).to.be.empty;
    thing.dataprop.set(4);
    for (const client of [one, two]) expect(await client.next()).to.deep.equal(status('dataprop', 4));
    expect(await other.next()).to.include({ messageType: 'notification', value: 4 });
  });
});

describe("LabThings' dialect", () => {
  it('L1 answers a malformed frame with 400 and lives; operation only where it can be read', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    const frames = ['no json', '[]', '5', '"text"', 'null', '{}', '{"messageType":7}'];
    for (const frame of frames) {
      client.send(frame);
      const answer = await client.next();
      expect(answer, frame).to.have.all.keys('messageType', 'error');
      expect(answer.error, frame).to.include({ status: '400', title: 'Bad Request' });
    }
    for (const data of [undefined, null, 7, ['dataprop']]) {
      client.send({ messageType: 'addPropertyObservation', data });
      const answer = await client.next();
      expect(answer).to.include({ operation: 'observeproperty' }).and.not.to.have.property('name');
      expect(answer.error).to.include({ status: '400' });
    }
  });

  it('L1 closes with 1008 after 20 such in a row, and with 1003 for binary', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    for (let i = 0; i < 19; i++) client.send('x');
    client.send(observe('dataprop'));
    for (let i = 0; i < 20; i++) client.send('x');
    expect((await client.closed).code).to.equal(1008);
    expect(client.waiting).to.have.length(39);
    await using binary = await thing.dial();
    binary.ws.send(Buffer.from('{}'), { binary: true });
    expect((await binary.closed).code).to.equal(1003);
  });

  it('L2 takes each name on its own', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    client.send(observe('missing', 'dataprop', 'computed', 'lid'));
    const errors = await client.take(2);
    expect(errors.map(({ name }) => name)).to.deep.equal(['missing', 'computed']);
    await client.settled();
    thing.dataprop.set(1);
    thing.lid.set(true);
    expect(await client.take(2)).to.deep.equal([status('dataprop', 1), status('lid', true)]);
  });

  it('L3 answers an unknown messageType with 400; in strict mode with silence', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    client.send({ messageType: 'dance', data: {} });
    expect((await client.next()).error).to.include({ status: '400' });
    await using strict = await serveLabThing({ strict: true });
    await using original = await strict.dial();
    const unknown = ['dance', 'removePropertyObservation', 'removeActionObservation', 'addEventSubscription'];
    for (const messageType of [...unknown, 'removeEventSubscription']) original.send({ messageType, data: { x: 1 } });
    await original.settled();
    expect(original.waiting).to.be.empty;
  });

  it('L4, X5 tells two runs of one action apart, and progress is no state', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    await using invoker = await thing.consumer();
    client.send(observeAction('held'));
    await client.settled();
    for (let i = 0; i < 2; i++) await invoker.ask('invokeaction', { name: 'held' });
    for (const run of thing.runs) run.finish();
    const words = new Map<unknown, unknown[]>();
    for (const { data } of await client.take(6)) {
      const { id, href, status: word } = member(data);
      expect(href).to.equal(`/action_invocations/${id}`);
      words.set(id, [...(words.get(id) ?? []), word]);
    }
    expect([...words.values()]).to.deep.equal([
      ['pending', 'running', 'completed'],
      ['pending', 'running', 'completed'],
    ]);
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('L4 tells of a run that somebody cancels', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    await using invoker = await thing.consumer();
    client.send(observeAction('held'));
    await client.settled();
    const { status: run } = await invoker.ask('invokeaction', { name: 'held' });
    await invoker.ask('cancelaction', { actionID: member(run).actionID });
    const words = (await client.take(3)).map(({ data }) => member(data).status);
    expect(words).to.deep.equal(['pending', 'running', 'cancelled']);
  });

  it('L5, X6 gives a slow reader the latest value and how many changes it stands for', async () => {
    await using thing = await serveLabThing({}, { maxBuffered: 20_000 });
    await using slow = await thing.dial();
    slow.send(observe('trace'));
    await slow.settled();
    slow.ws.pause();
    const changes = 15_000;
    for (let i = 1; i <= changes; i++) {
      thing.trace.set(String(i).padStart(1000));
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    slow.ws.resume();
    let told = 0;
    let conflated = 0;
    for (let value = 0; value !== changes; ) {
      const message = await slow.next();
      value = Number(member(message.data).trace);
      told += typeof message.conflated === 'number' ? message.conflated : 1;
      if ('conflated' in message) conflated++;
    }
    expect(told).to.equal(changes);
    expect(conflated).to.be.greaterThan(0);
  });

  it('L5 closes a reader that lets too many events wait with 1013', async () => {
    await using thing = await serveLabThing({}, { maxBuffered: 20_000, queuedEvents: 50 });
    await using slow = await thing.dial();
    slow.send({ messageType: 'addEventSubscription', data: { overheated: true } });
    await slow.settled();
    slow.ws.pause();
    for (let i = 0; i < 60_000; i++) {
      thing.overheated.next({ celsius: i });
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    slow.ws.resume();
    expect((await slow.closed).code).to.equal(1013);
    const told = slow.waiting.map(({ data }) => member(member(member(data).overheated).data).celsius);
    expect(told).to.deep.equal(told.map((_, i) => i));
  });

  it('L6 tells of no value that JSON has no word for', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    client.send(observe('dataprop'));
    await client.settled();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 6]) thing.dataprop.set(value);
    expect(await client.next()).to.deep.equal(status('dataprop', 6));
  });

  it('L7, X8 answers 403 where there is no right, and tells of no run that may not be asked for', async () => {
    const policy = ({ operation, affordance, principal }: PolicyQuestion): boolean =>
      principal.id !== 'user:guest' ||
      !(
        (operation === 'observeproperty' && affordance === 'dataprop') ||
        (operation === 'queryaction' && affordance === 'increment')
      );
    await using thing = await serveLabThing({ policy, authenticate: byToken });
    await using guest = await thing.dial(as('guest'));
    await using owner = await thing.dial(as('owner'));
    guest.send(observe('dataprop', 'lid'));
    const { error } = await guest.next();
    const type = 'https://w3c.github.io/web-thing-protocol/errors#forbidden';
    expect(error).to.include({ status: '403', title: 'Forbidden', type });
    for (const client of [guest, owner]) client.send(observeAction('increment'));
    await Promise.all([guest.settled(), owner.settled()]);
    const { site } = thing;
    await site.things.get('thing')?.request({ op: 'invokeaction', name: 'increment' }, { principal: OWNER });
    await owner.take(3);
    await guest.settled();
    expect(guest.waiting).to.be.empty;
  });

  it('L7, X8 answers 403 to those who may not follow the states of runs, and to all once the Thing may not be seen', async () => {
    let isHidden = false;
    const policy = ({ operation, affordance }: PolicyQuestion): boolean =>
      operation === 'describe' ? !isHidden : affordance !== 'actionStatus';
    await using thing = await serveLabThing({ policy });
    await using client = await thing.dial();
    client.send(observeAction('increment'));
    expect(await client.next()).to.have.nested.property('error.status', '403');
    isHidden = true;
    for (const message of [observe('dataprop'), observeAction('increment')]) {
      client.send(message);
      expect(await client.next()).to.have.nested.property('error.detail', 'This Thing may no longer be seen');
    }
    thing.dataprop.set(5);
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('L8 says nothing of equal values', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    client.send(observe('dataprop'));
    await client.settled();
    for (const value of [5, 5, 6]) thing.dataprop.set(value);
    expect(await client.take(2)).to.deep.equal([status('dataprop', 5), status('dataprop', 6)]);
  });

  it('L9 has no form in the TD, which says what can be observed', async () => {
    await using thing = await serveLabThing();
    const { site, httpUrl } = thing;
    const opened = site.things.get('thing');
    if (!opened) throw new Error('no Thing');
    const td = site.describe(opened, httpUrl, OWNER);
    expect(td.id).to.equal(opened.id);
    expect(td.properties?.dataprop).to.include({ observable: true });
    expect(td.properties?.computed).not.to.include({ observable: true });
    expect(JSON.stringify(td)).not.to.include('/ws"').and.not.to.include('webthing"');
  });

  it('X1, X2 end observations in silence, also those that never were; unknown names get 404', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    await using invoker = await thing.consumer();
    client.send(observe('dataprop', 'lid'));
    client.send(observeAction('increment'));
    client.send({ messageType: 'removePropertyObservation', data: { dataprop: true, missing: true, computed: true } });
    client.send({ messageType: 'removeActionObservation', data: { increment: true, dataprop: true, fails: true } });
    expect(await client.take(2)).to.deep.equal([
      notFound('unobserveproperty', 'missing', 'property'),
      notFound('unobserveaction', 'dataprop', 'action'),
    ]);
    thing.lid.set(true);
    await invoker.ask('invokeaction', { name: 'increment' });
    expect(await client.next()).to.deep.equal(status('lid', true));
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('X3, X4 subscribe to events and end that', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    client.send({ messageType: 'addEventSubscription', data: { overheated: true, opened: true, missing: true } });
    expect(await client.next()).to.deep.equal(notFound('subscribeevent', 'missing', 'event'));
    await client.settled();
    thing.overheated.next({ celsius: 1290 });
    thing.opened.next();
    const [hot, open] = await client.take(2);
    expect(hot).to.include({ messageType: 'event' }).and.not.to.have.property('id');
    expect(member(member(hot?.data).overheated).data).to.deep.equal({ celsius: 1290 });
    expect(member(member(open?.data).opened).data).to.equal(null);
    client.send({ messageType: 'removeEventSubscription', data: { overheated: true } });
    await client.settled();
    thing.overheated.next({ celsius: 1 });
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('takes names for what they are: __proto__, and one that every object has', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty', '']) {
      client.send(`{"messageType":"addPropertyObservation","data":{${JSON.stringify(name)}:true}}`);
      expect(await client.next()).to.deep.equal(notFound('observeproperty', name, 'property'));
      client.send(`{"messageType":"addActionObservation","data":{${JSON.stringify(name)}:true}}`);
      expect(await client.next()).to.deep.equal(notFound('observeaction', name, 'action'));
    }
    client.send(observe('toString'));
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('answers 200 unknown names with 200 errors, and 1001 with one', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    const names = Array.from({ length: 1001 }, (_, i) => `name${i}`);
    client.send(observe(...names.slice(0, 200)));
    expect((await client.take(200)).map(({ name }) => name)).to.deep.equal(names.slice(0, 200));
    client.send(observe(...names));
    expect((await client.next()).error).to.include({ status: '400' });
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('succeeds in silence for an action that answers at its end, which has no states', async () => {
    await using thing = await serveLabThing();
    await using client = await thing.dial();
    await using invoker = await thing.consumer();
    client.send(observeAction('now'));
    await client.settled();
    await invoker.ask('invokeaction', { name: 'now' });
    await client.settled();
    expect(client.waiting).to.be.empty;
  });

  it('survives whatever it is sent', async () => {
    await using thing = await serveLabThing({}, { unusableFrames: Number.POSITIVE_INFINITY });
    await using client = await thing.dial();
    const type = fc.constantFrom('addPropertyObservation', 'addActionObservation', 'removeEventSubscription', 'x');
    const frame = fc.oneof(
      fc.jsonValue(),
      fc.record({ messageType: fc.oneof(type, fc.jsonValue()), data: fc.jsonValue() }, { requiredKeys: [] }),
    );
    await fc.assert(
      fc.asyncProperty(frame, async (message) => {
        client.send(JSON.stringify(message));
        await client.settled();
        for (const answer of client.waiting.splice(0)) expect(answer.messageType).to.equal('response');
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a flood in its own words', async () => {
    await using thing = await serveLabThing({}, { messagesPerSecond: 3 });
    await using client = await thing.dial();
    for (let i = 0; i < 5; i++) client.send(observe('missing'));
    const statuses = (await client.take(5)).map(({ error }) => member(error).status);
    expect(statuses).to.include('404').and.to.include('429');
  });

  it('closes with 1008 when the credentials end, with 1000 when the Thing is removed', async () => {
    const ended = new AbortController();
    await using thing = await serveLabThing({ authenticate: () => ({ principal: OWNER, ended: ended.signal }) });
    await using client = await thing.dial();
    ended.abort();
    expect((await client.closed).code).to.equal(1008);
    await using open = await serveLabThing();
    await using watching = await open.dial();
    watching.send(observe('dataprop'));
    await watching.settled();
    await open.site.remove('thing');
    expect(await watching.closed).to.deep.equal({ code: 1000, reason: 'the Thing was removed' });
    expect(watching.waiting).to.be.empty;
  });
});

describe("the address of LabThings' dialect", () => {
  it('refuses the sub-protocols of the others with a detail, before it asks who comes', async () => {
    await using thing = await serveLabThing({ authenticate: byToken });
    for (const protocol of ['webthing', 'webthingprotocol']) {
      const { status, detail } = await refusalOf(`${thing.url}/things/thing/ws`, [protocol, 'other']);
      expect(status).to.equal(400);
      expect(detail).to.include(protocol).and.to.include('/ws');
    }
    expect((await refusalOf(`${thing.url}/things/thing/ws`)).status).to.equal(401);
    expect((await refusalOf(`${thing.url}/things/nobody/ws`, [], as('owner'))).status).to.equal(404);
  });

  it('hides a Thing from who may not see it', async () => {
    const policy = ({ operation }: PolicyQuestion): boolean => operation !== 'describe';
    await using thing = await serveLabThing({ policy });
    expect((await refusalOf(`${thing.url}/things/thing/ws`)).status).to.equal(404);
  });

  it('echoes nothing where other sub-protocols are offered, as the original does', async () => {
    await using thing = await serveLabThing();
    const ws = new WebSocket(`${thing.url}/things/thing/ws`, ['other']);
    const failed = await new Promise<Error>((resolve) => ws.on('error', resolve));
    expect(failed.message).to.equal('Server sent no subprotocol');
  });

  it('answers a GET that is no upgrade with 426', async () => {
    await using thing = await serveLabThing();
    const response = await fetch(`${thing.httpUrl}/things/thing/ws`);
    expect(response.status).to.equal(426);
    expect(response.headers.get('upgrade')).to.equal('websocket');
  });

  it('takes no token in its URL but a ticket, by either name', async () => {
    const seen: string[] = [];
    await using thing = await serveLabThing({
      authenticate: (credentials) => {
        seen.push(credentials.kind);
        return credentials.kind === 'ticket' && credentials.value === 'once' ? { principal: OWNER } : undefined;
      },
    });
    for (const name of ['jwt', 'access_token']) {
      await using client = await dialOlder(`${thing.url}/things/thing/ws?${name}=once`);
      await client.settled();
      expect((await refusalOf(`${thing.url}/things/thing/ws?${name}=lasting`)).status).to.equal(401);
    }
    expect(new Set(seen)).to.deep.equal(new Set(['ticket']));
  });
});

const OWNER = { id: 'user:owner', kind: 'user', grants: [] } as const;

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const byToken = (credentials: { readonly kind: string; readonly token?: string }) =>
  credentials.kind === 'bearer' ? { principal: { ...OWNER, id: `user:${credentials.token}` } } : undefined;

/** The members of what has to be an object. */
function member(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`no object: ${JSON.stringify(value)}`);
  return { ...value };
}
