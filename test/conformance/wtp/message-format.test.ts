import { OPERATION_NAMES } from '@thingwright/core';
import { expect } from 'chai';
import { expectDateTime, expectRefusal, expectUuid } from '../fixture/checks.js';
import { at, type Consumer, type Message } from '../fixture/consumer.js';
import { type Exchange, holdExchange } from '../fixture/exchange.js';
import { type Greenhouse, openGreenhouse } from '../fixture/greenhouse.js';

describe('the form of messages', () => {
  let house: Greenhouse;
  let consumer: Consumer;
  let exchange: Exchange;

  before(async () => {
    house = await openGreenhouse();
    consumer = await house.dial();
    exchange = await holdExchange(house, consumer);
  });
  after(async () => {
    await consumer[Symbol.asyncDispose]();
    await house[Symbol.asyncDispose]();
  });

  it('WTP-009: every frame sent is one JSON object', () => {
    expect(consumer.texts.length).to.be.greaterThan(60);
    for (const text of consumer.texts) {
      const message: unknown = JSON.parse(text);
      expect(message, text).to.be.an('object');
    }
  });

  for (const [what, text] of [
    ['an array', '[{}]'],
    ['a number', '42'],
    ['null', 'null'],
    ['text that is not JSON', 'readproperty wind'],
    ['a message cut short', '{"thingID":'],
  ] as const) {
    it(`WTP-009: ${what} is refused with 400 and is no message; the socket lives on`, async () => {
      await using fresh = await house.dial();
      fresh.ws.send(text);
      expectRefusal(await fresh.until(({ error }) => error !== undefined), 400);
      expect(await fresh.ask('readproperty', { name: 'mode' })).not.to.have.property('error');
      expect(fresh.frames).to.have.length(2);
    });
  }

  it('WTP-010: a request without thingID is refused with 400', async () => {
    expectRefusal(await consumer.ask('readproperty', { name: 'wind', thingID: undefined }), 400);
  });

  it('WTP-011: thingID is the id of the TD, byte for byte', async () => {
    const id = at(await house.td(), 'id');
    const addressed = new Map(exchange.turns.map(({ request, frames }) => [request, frames]));
    for (const [request, frames] of addressed) {
      if (request.thingID !== house.thing.id) continue;
      for (const frame of frames) expect(frame.thingID).to.equal(id);
    }
  });

  it('WTP-014: no two messages share a messageID, and no response repeats that of its request', () => {
    const ids = [...consumer.frames, ...consumer.sent].map(({ messageID }) => messageID);
    for (const id of ids) expectUuid(id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('WTP-015: messageType is response or notification, for changes and events alike', () => {
    const types = new Set(consumer.frames.map(({ messageType }) => messageType));
    expect([...types]).to.have.members(['response', 'notification']);
  });

  it('WTP-016: operation is one of the 18 names, and each of them was used', () => {
    const used = new Set(consumer.frames.map(({ operation }) => operation));
    expect([...used]).to.have.members([...OPERATION_NAMES]);
  });

  it('WTP-016: an operation that is none is refused with 400', async () => {
    for (const operation of ['foo', 'subscribeproperty', 'READPROPERTY', '']) {
      expectRefusal(await consumer.ask(operation, { name: 'wind' }), 400);
    }
  });

  for (const operation of OPERATION_NAMES) {
    it(`WTP-018: ${operation} gives the correlationID back in answers, errors and notifications`, () => {
      const turns = exchange.turns.filter((turn) => turn.operation === operation);
      expect(turns.some(({ expected }) => expected === 'error')).to.equal(true);
      expect(turns.some(({ expected }) => expected !== 'error')).to.equal(true);
      for (const { frames, request, expected } of turns) {
        // Frames were joined to requests by that value; each request has to have found its answer.
        expect(frames, JSON.stringify(request)).to.have.length.greaterThan(0);
        expect(frames[0]?.messageType).to.equal('response');
        expect(frames[0]?.operation).to.equal(operation);
        if (expected !== 'error') expect(frames[0]).not.to.have.property('error');
      }
    });
  }

  it('WTP-018: every frame carries the correlationID of a request', () => {
    const sent = new Set(consumer.sent.map(({ correlationID }) => correlationID));
    for (const { correlationID } of consumer.frames) expect(sent.has(correlationID)).to.equal(true);
  });

  it('WTP-018: without one in the request there is none in the answer and in the notifications', async () => {
    await using fresh = await house.dial();
    fresh.send('observeproperty', { name: 'wind', correlationID: undefined });
    await fresh.until(({ messageType }) => messageType === 'response');
    house.vent.wind.set(77);
    await fresh.until(({ value }) => value === 77);
    for (const frame of fresh.frames) expect(frame).not.to.have.property('correlationID');
  });

  it('WTP-019: every time is an RFC 3339 date-time', () => {
    const times = consumer.frames.flatMap(timesIn);
    expect(times.length).to.be.greaterThan(60);
    for (const time of times) expectDateTime(time);
  });

  it('WTP-I02, WTP-I03: a response or a notification from a Consumer is refused, and has no effect', async () => {
    const before = house.vent.mode.get();
    const value = before === 'auto' ? 'manual' : 'auto';
    for (const messageType of ['response', 'notification']) {
      expectRefusal(await consumer.ask('writeproperty', { messageType, name: 'mode', value }), 400);
      expect(house.vent.mode.get()).to.equal(before);
    }
  });
});

const TIMES = ['timestamp', 'timeRequested', 'timeEnded'];

/** Every time in a message, however deep. */
function timesIn(message: Message): readonly unknown[] {
  return Object.entries(message).flatMap(([name, value]) => {
    if (TIMES.includes(name)) return [value];
    return typeof value === 'object' && value !== null ? timesIn(Object.fromEntries(Object.entries(value))) : [];
  });
}
