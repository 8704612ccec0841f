import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { expectRefusal } from '../fixture/checks.js';
import { at, type Consumer, type Message } from '../fixture/consumer.js';
import { type Exchange, holdExchange } from '../fixture/exchange.js';
import { type Greenhouse, openGreenhouse, VIEWER } from '../fixture/greenhouse.js';

const TYPES = 'https://w3c.github.io/web-thing-protocol/errors#';

const expectType = (response: Message, status: number, title: string): void => {
  expectRefusal(response, status);
  expect(response.error).to.include({ status, type: `${TYPES}${status}`, title });
};

/** Requests that are good, by operation; each of their members is mandatory. */
const GOOD_REQUESTS: Readonly<Record<string, Message>> = {
  readproperty: { name: 'wind' },
  writeproperty: { name: 'mode', value: 'auto' },
  observeproperty: { name: 'wind' },
  unobserveproperty: { name: 'wind' },
  readallproperties: {},
  readmultipleproperties: { names: ['wind'] },
  writeallproperties: { values: { angle: 10, mode: 'auto', note: 'open', setpoint: 24, servicePin: '4711' } },
  writemultipleproperties: { values: { mode: 'auto' } },
  observeallproperties: {},
  unobserveallproperties: {},
  invokeaction: { name: 'ping' },
  queryaction: { actionID: randomUUID() },
  cancelaction: { actionID: randomUUID() },
  queryallactions: {},
  subscribeevent: { name: 'jammed' },
  unsubscribeevent: { name: 'jammed' },
  subscribeallevents: {},
  unsubscribeallevents: {},
};

const ENVELOPE = ['thingID', 'messageID', 'messageType', 'operation'];

describe('errors', () => {
  let house: Greenhouse;
  let consumer: Consumer;
  let exchange: Exchange;

  before(async () => {
    house = await openGreenhouse({ limits: { unusableFrames: 1000 } });
    consumer = await house.dial();
    exchange = await holdExchange(house, consumer);
  });
  after(async () => {
    await consumer[Symbol.asyncDispose]();
    await house[Symbol.asyncDispose]();
  });

  it('WTP-120: whatever operation fails, one response tells so in Problem Details', () => {
    const failures = exchange.turns.filter(({ expected }) => expected === 'error');
    expect(new Set(failures.map(({ operation }) => operation)).size).to.equal(18);
    for (const { request, operation, frames } of failures) {
      expect(frames, operation).to.have.length(1);
      const [frame] = frames;
      expect(frame).to.include({ messageType: 'response', operation, correlationID: request.correlationID });
      expect(at(frame, 'error', 'status'))
        .to.be.a('number')
        .within(400, 599);
      expect(at(frame, 'error', 'type')).to.be.a('string');
      expect(at(frame, 'error', 'title')).to.be.a('string');
    }
  });

  for (const [operation, members] of Object.entries(GOOD_REQUESTS)) {
    for (const member of [...ENVELOPE, ...Object.keys(members)]) {
      it(`WTP-121, WTP-I22: ${operation} without ${member} is a Bad Request`, async () => {
        const response = await consumer.ask(operation, { ...members, [member]: undefined });
        expectType(response, 400, 'Bad Request');
      });
    }
  }

  it('WTP-121, WTP-I22: an unknown operation is a Bad Request', async () => {
    expectType(await consumer.ask('foo'), 400, 'Bad Request');
  });

  it('WTP-121, WTP-I23: what the caller may not do is Forbidden', async () => {
    await using viewer = await house.dial(VIEWER);
    expectType(await viewer.ask('writeproperty', { name: 'mode', value: 'auto' }), 403, 'Forbidden');
    expectType(await viewer.ask('readproperty', { name: 'note' }), 403, 'Forbidden');
    expectType(await viewer.ask('invokeaction', { name: 'ping' }), 403, 'Forbidden');
    expectType(await viewer.ask('subscribeevent', { name: 'jammed' }), 403, 'Forbidden');
  });

  for (const operation of [
    'readproperty',
    'writeproperty',
    'observeproperty',
    'unobserveproperty',
    'invokeaction',
    'subscribeevent',
    'unsubscribeevent',
  ]) {
    it(`WTP-121, WTP-I24: ${operation} of an unknown name is Not Found`, async () => {
      expectType(await consumer.ask(operation, { name: 'nope', value: 1 }), 404, 'Not Found');
    });
  }

  it('WTP-121, WTP-I25: a handler that throws is an Internal Server Error, and tells nothing of its insides', async () => {
    const response = await consumer.ask('invokeaction', { name: 'beep', input: { times: 10 } });
    expectType(response, 500, 'Internal Server Error');
    expect(JSON.stringify(response)).not.to.match(/\.ts|node_modules|sounder/);
  });

  it('WTP-121, WTP-I26: a device that is offline is Service Unavailable', async () => {
    house.vent.trouble.battery = true;
    const response = await consumer.ask('readproperty', { name: 'battery' });
    house.vent.trouble.battery = false;
    expectType(response, 503, 'Service Unavailable');
  });

  it('WTP-121, WTP-I26: an action whose queue is full is Service Unavailable', async () => {
    await using busy = await openGreenhouse();
    await using other = await busy.dial();
    await other.ask('invokeaction', { name: 'calibrate' });
    await other.ask('invokeaction', { name: 'calibrate' });
    expectType(await other.ask('invokeaction', { name: 'calibrate' }), 503, 'Service Unavailable');
  });
});
