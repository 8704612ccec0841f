import { expect } from 'chai';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { type ConnectionState, type ConsumedThing, consume } from '../src/index.js';
import { createFakeSchedule } from './fixtures/fake-schedule.js';
import { rejection } from './fixtures/rejection.js';
import { openThingOnAWire } from './fixtures/thing-on-a-wire.js';

const state = (thing: ConsumedThing, wanted: ConnectionState['state']): Promise<ConnectionState> =>
  firstValueFrom(thing.connection.pipe(filter(({ state: found }) => found === wanted)));

describe('A connection', () => {
  it('sends a request with all its members and gives the answer', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    expect(await thing.properties.angle?.read()).to.equal(35);
    const [request] = server.received;
    expect(request).to.include({
      thingID: server.id,
      messageType: 'request',
      operation: 'readproperty',
      name: 'angle',
    });
    expect(request?.messageID).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(request?.correlationID)
      .to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
      .and.not.equal(request?.messageID);
  });

  it('matches answers by correlationID, whatever their order', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    const held: (() => void)[] = [];
    server.answers.set('readproperty', (message, socket) => {
      held.push(() => server.respond(message, socket, { name: message.name, value: message.name }));
      if (held.length === 2) for (const send of held.reverse()) send();
    });
    const values = await Promise.all([thing.properties.angle?.read(), thing.properties.wind?.read()]);
    expect(values).to.deep.equal(['angle', 'wind']);
  });

  it('fails a request with timeout if the server never answers, and leaves nothing waiting', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    server.answers.set('readproperty', () => {});
    const reading = rejection(thing.request({ op: 'readproperty', name: 'angle' }));
    await server.request('readproperty');
    const waiting = time.waiting;
    time.advance(29_999);
    expect(time.waiting).to.be.at.least(waiting - 1);
    time.advance(1);
    const error = await reading;
    expect(error.code).to.equal('timeout');
    expect(error.detail).to.equal("readproperty 'angle': no answer within 30000 ms");
  });

  it('ignores a second answer, and one to a question that nobody asked', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('readproperty', (message, socket) => {
      server.respond({ ...message, correlationID: 'f0e1d2c3-0000-4000-8000-000000000000' }, socket, { value: -1 });
      server.respond(message, socket, { value: 1 });
      server.respond(message, socket, { value: 2 });
    });
    expect(await thing.properties.angle?.read()).to.equal(1);
    expect(await thing.properties.angle?.read()).to.equal(1);
  });

  it('survives frames that are no messages', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('readproperty', (message, socket) => {
      for (const junk of ['', '[]', 'null', '{"messageType":"event"}', '{"messageType":7}', '\u0000'])
        socket.send(junk);
      socket.send(Buffer.from([1, 2, 3]));
      server.respond(message, socket, { value: 5 });
    });
    expect(await thing.properties.angle?.read()).to.equal(5);
  });

  it('tells a protocol error for an answer that lacks what it should have', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('readproperty', (message, socket) => server.respond(message, socket));
    server.answers.set('readallproperties', (message, socket) => server.respond(message, socket, { values: 3 }));
    expect(await rejection(thing.properties.angle?.read())).to.have.property('code', 'protocol');
    expect(await rejection(thing.readAll())).to.have.property('code', 'protocol');
  });

  it('rejects what is in flight with disconnected when the socket closes, each one', async () => {
    await using server = await openThingOnAWire();
    await using thing = await consume(server.url);
    server.answers.set('readproperty', () => {});
    const readings = ['angle', 'wind', 'angle'].map((name) => rejection(thing.request({ op: 'readproperty', name })));
    await server.request('readproperty', 2);
    server.cut();
    for (const reading of readings) expect(await reading).to.have.property('code', 'disconnected');
  });

  it('refuses requests at once with disconnected while there is no socket', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    server.cut();
    await state(thing, 'waiting');
    expect(await rejection(thing.properties.angle?.read())).to.have.property('code', 'disconnected');
    expect(time.delays).to.have.lengthOf(1);
  });

  it('waits longer with each failure, never less than 1 s nor more than 30 s, and says so', async () => {
    let refuse: number | undefined;
    await using server = await openThingOnAWire({ refuse: () => refuse });
    const time = createFakeSchedule();
    const random = (): number => 0.999;
    await using thing = await consume(server.url, { schedule: time.schedule, backOff: { random } });
    refuse = 502;
    server.cut();
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 7; attempt++) {
      const waiting = await firstValueFrom(
        thing.connection.pipe(filter((now) => now.state === 'waiting' && now.attempt === attempt)),
      );
      delays.push(Math.round((waiting.delay ?? 0) / 1000));
      time.advance(waiting.delay ?? 0);
      await server.connections(attempt + 1);
    }
    expect(delays).to.deep.equal([2, 4, 8, 16, 30, 30, 30]);
    refuse = undefined;
    const waiting = await firstValueFrom(thing.connection.pipe(filter(({ attempt }) => attempt === 8)));
    time.advance(waiting.delay ?? 0);
    expect(await state(thing, 'open')).to.have.property('attempt', 8);
    expect(await thing.properties.angle?.read()).to.equal(35);
  });

  it('gives up for good when its credentials are no longer good, and tells everybody', async () => {
    let refuse: number | undefined;
    await using server = await openThingOnAWire({ refuse: () => refuse });
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule, token: 'secret-token' });
    const errors: unknown[] = [];
    for (const stream of [thing.properties.angle, thing.events.jammed]) {
      stream?.subscribe({ error: (error: unknown) => errors.push(error) });
    }
    await server.request('subscribeevent');
    refuse = 401;
    server.cut();
    const waiting = await state(thing, 'waiting');
    time.advance(waiting.delay ?? 0);
    const closed = await state(thing, 'closed');
    expect(closed.error).to.have.property('code', 'unauthenticated');
    expect(errors).to.have.lengthOf(2);
    for (const error of errors) expect(error).to.have.property('code', 'unauthenticated').and.not.be.undefined;
    expect(await rejection(thing.request({ op: 'readallproperties' }))).to.have.property('code', 'unauthenticated');
    expect(String(closed.error)).not.to.contain('secret-token');
    expect(time.waiting).to.equal(0);
  });

  it('notices a peer that is silently gone within 75 s', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    for (const socket of server.sockets) socket.pause();
    time.advance(74_999);
    expect(await firstValueFrom(thing.connection)).to.have.property('state', 'open');
    time.advance(25_001);
    expect(await state(thing, 'waiting')).to.have.property('attempt', 1);
  });

  it('keeps a quiet connection whose peer answers pings', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    for (const socket of server.sockets) {
      const pinged = new Promise((resolve) => socket.once('ping', resolve));
      time.advance(50_000);
      await pinged;
    }
    expect(await thing.properties.angle?.read()).to.equal(35);
    time.advance(50_000);
    expect(await firstValueFrom(thing.connection)).to.have.property('state', 'open');
  });

  it('goes through connecting, open, waiting and closed', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    const seen = firstValueFrom(thing.connection.pipe(take(5), toArray()));
    server.cut();
    const waiting = await state(thing, 'waiting');
    time.advance(waiting.delay ?? 0);
    await server.connections(2);
    await state(thing, 'open');
    await thing.close();
    await thing.close();
    expect((await seen).map(({ state: name }) => name)).to.deep.equal([
      'open',
      'waiting',
      'connecting',
      'open',
      'closed',
    ]);
  });

  it('leaves no timer and no socket behind when it is closed', async () => {
    await using server = await openThingOnAWire();
    const time = createFakeSchedule();
    const thing = await consume(server.url, { schedule: time.schedule });
    thing.properties.angle?.subscribe();
    await server.request('readproperty');
    await thing.close();
    expect(time.waiting).to.equal(0);
    expect([...server.sockets].every((socket) => socket.readyState !== socket.OPEN)).to.equal(true);
  });
});
