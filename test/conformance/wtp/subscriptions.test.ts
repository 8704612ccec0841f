import { expect } from 'chai';
import { expectSuccess } from '../fixture/checks.js';
import type { Consumer, Message } from '../fixture/consumer.js';
import { type Greenhouse, openGreenhouse } from '../fixture/greenhouse.js';

/** One side of the protocol, properties or events, in words that the other side shares. */
interface Side {
  readonly one: string;
  readonly all: string;
  readonly endOne: string;
  readonly endAll: string;
  readonly payload: 'value' | 'data';
  /** Two affordances: makes the n-th change or occurrence happen, and tells its payload. */
  readonly names: readonly [string, string];
  readonly trigger: (house: Greenhouse, name: string, n: number) => unknown;
  readonly ids: Readonly<Record<Statement, string>>;
}

type Statement =
  | 'registers'
  | 'replacesOne'
  | 'answersOne'
  | 'notifiesOne'
  | 'endsOneHere'
  | 'answersEndOne'
  | 'nothingToEndOne'
  | 'registersAll'
  | 'replacesAll'
  | 'answersAll'
  | 'notifiesAll'
  | 'endsAllHere'
  | 'answersEndAll'
  | 'nothingToEndAll'
  | 'responseFirstOne'
  | 'responseFirstAll'
  | 'oneOfAllReplaced'
  | 'onceOnly'
  | 'oneOfAllEnded'
  | 'endsSingleAndBatch';

const PROPERTIES: Side = {
  one: 'observeproperty',
  all: 'observeallproperties',
  endOne: 'unobserveproperty',
  endAll: 'unobserveallproperties',
  payload: 'value',
  names: ['wind', 'angle'],
  trigger(house, name, n) {
    house.vent[name === 'wind' ? 'wind' : 'angle'].set(n);
    return n;
  },
  ids: {
    registers: 'WTP-053',
    replacesOne: 'WTP-054',
    answersOne: 'WTP-055',
    notifiesOne: 'WTP-058',
    endsOneHere: 'WTP-060',
    answersEndOne: 'WTP-061',
    nothingToEndOne: 'WTP-062',
    registersAll: 'WTP-064',
    replacesAll: 'WTP-065, WTP-N02',
    answersAll: 'WTP-066',
    notifiesAll: 'WTP-069',
    endsAllHere: 'WTP-071',
    answersEndAll: 'WTP-072',
    nothingToEndAll: 'WTP-073',
    responseFirstOne: 'WTP-I10',
    responseFirstAll: 'WTP-I12',
    oneOfAllReplaced: 'WTP-N01, WTP-N06',
    onceOnly: 'WTP-N04, WTP-N08',
    oneOfAllEnded: 'WTP-N05, WTP-N06',
    endsSingleAndBatch: 'WTP-N09',
  },
};

const EVENTS: Side = {
  one: 'subscribeevent',
  all: 'subscribeallevents',
  endOne: 'unsubscribeevent',
  endAll: 'unsubscribeallevents',
  payload: 'data',
  names: ['jammed', 'calm'],
  trigger(house, name, n) {
    if (name === 'calm') house.vent.calm.next(null);
    else house.vent.jammed.next({ angle: n });
    return name === 'calm' ? null : { angle: n };
  },
  ids: {
    registers: 'WTP-099',
    replacesOne: 'WTP-100',
    answersOne: 'WTP-101',
    notifiesOne: 'WTP-104',
    endsOneHere: 'WTP-106',
    answersEndOne: 'WTP-107',
    nothingToEndOne: 'WTP-108',
    registersAll: 'WTP-110',
    replacesAll: 'WTP-111',
    answersAll: 'WTP-112',
    notifiesAll: 'WTP-115',
    endsAllHere: 'WTP-117',
    answersEndAll: 'WTP-118',
    nothingToEndAll: 'WTP-119',
    responseFirstOne: 'WTP-I18',
    responseFirstAll: 'WTP-I20',
    oneOfAllReplaced: 'WTP-N15, WTP-N21',
    onceOnly: 'WTP-N18, WTP-N22',
    oneOfAllEnded: 'WTP-N19, WTP-N21',
    endsSingleAndBatch: 'WTP-N23',
  },
};

for (const side of [PROPERTIES, EVENTS]) {
  const { one, all, endOne, endAll, payload, ids, trigger } = side;
  const [name, other] = side.names;

  /** What the notifications received so far say: operation, name, payload, correlationID. */
  const told = (consumer: Consumer): readonly Message[] =>
    consumer.notifications().map((frame) => ({
      operation: frame.operation,
      name: frame.name,
      payload: frame[payload],
      correlationID: frame.correlationID,
    }));

  describe(`${one} and ${all}`, () => {
    let house: Greenhouse;
    let consumer: Consumer;
    let neighbour: Consumer;

    beforeEach(async () => {
      house = await openGreenhouse();
      consumer = await house.dial();
      neighbour = await house.dial();
    });
    afterEach(async () => {
      await consumer[Symbol.asyncDispose]();
      await neighbour[Symbol.asyncDispose]();
      await house[Symbol.asyncDispose]();
    });

    it(`${ids.registers}: after ${one} a notification comes, of that name alone`, async () => {
      const { correlationID } = await consumer.ask(one, { name });
      const expected = trigger(house, name, 5);
      trigger(house, other, 5);
      await consumer.settle();
      expect(told(consumer)).to.deep.equal([{ operation: one, name, payload: expected, correlationID }]);
    });

    it(`${ids.registersAll}: after ${all} notifications of every name come`, async () => {
      const { correlationID } = await consumer.ask(all);
      const expected = [name, other].map((each) => [each, trigger(house, each, 5)]);
      await consumer.settle();
      expect(told(consumer)).to.deep.equal(
        expected.map(([each, value]) => ({ operation: all, name: each, payload: value, correlationID })),
      );
    });

    for (const [operation, members, id] of [
      [one, { name }, ids.notifiesOne],
      [all, {}, ids.notifiesAll],
    ] as const) {
      it(`${id}: five times something happens, and ${operation} gives five notifications in order`, async () => {
        const { correlationID } = await consumer.ask(operation, members);
        const expected = [11, 12, 13, 14, 15].map((n) => trigger(house, name, n));
        await consumer.settle();
        expect(told(consumer)).to.deep.equal(
          expected.map((value) => ({ operation, name, payload: value, correlationID })),
        );
      });
    }

    for (const [first, second, id] of [
      [all, one, ids.replacesOne],
      [one, one, ids.replacesOne],
      [one, all, ids.replacesAll],
      [all, all, ids.replacesAll],
    ] as const) {
      it(`${id}: ${second} after ${first} takes its place: one notification, with the newest correlationID`, async () => {
        await consumer.ask(first, first === one ? { name } : {});
        const { correlationID } = await consumer.ask(second, second === one ? { name } : {});
        const expected = trigger(house, name, 5);
        await consumer.settle();
        expect(told(consumer)).to.deep.equal([{ operation: second, name, payload: expected, correlationID }]);
      });
    }

    for (const [operation, members, id] of [
      [one, { name }, ids.answersOne],
      [all, {}, ids.answersAll],
      [endOne, { name }, ids.answersEndOne],
      [endAll, {}, ids.answersEndAll],
    ] as const) {
      it(`${id}: ${operation} is answered by one response`, async () => {
        const request = consumer.send(operation, members);
        const response = await consumer.until(({ correlationID }) => correlationID === request.correlationID);
        expect(expectSuccess(response)).to.include({ operation, ...members });
        await consumer.settle();
        expect(consumer.about(request)).to.have.length(1);
      });
    }

    for (const [begin, end, id] of [
      [one, endOne, ids.endsOneHere],
      [one, endAll, ids.endsAllHere],
      [all, endAll, ids.endsAllHere],
    ] as const) {
      it(`${id}: ${end} silences this connection, and not another`, async () => {
        const beginning = begin === one ? { name } : {};
        await consumer.ask(begin, beginning);
        await neighbour.ask(begin, beginning);
        expectSuccess(await consumer.ask(end, end === endOne ? { name } : {}));
        trigger(house, name, 5);
        await consumer.settle();
        await neighbour.settle();
        expect(consumer.notifications()).to.have.length(0);
        expect(neighbour.notifications()).to.have.length(1);
      });
    }

    for (const [operation, members, id] of [
      [endOne, { name }, ids.nothingToEndOne],
      [endAll, {}, ids.nothingToEndAll],
    ] as const) {
      it(`${id}: ${operation} succeeds with nothing to end`, async () => {
        expectSuccess(await consumer.ask(operation, members));
        expectSuccess(await consumer.ask(operation, members));
      });
    }

    for (const [operation, members, id] of [
      [one, { name }, ids.responseFirstOne],
      [all, {}, ids.responseFirstAll],
    ] as const) {
      it(`${id}: the response to ${operation} comes first and once, whatever happens meanwhile`, async () => {
        const request = consumer.send(operation, members);
        for (let n = 1; consumer.about(request).length < 4; n++) {
          trigger(house, name, n);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await consumer.settle();
        const types = consumer.about(request).map(({ messageType }) => messageType);
        expect(types[0]).to.equal('response');
        expect(new Set(types.slice(1))).to.deep.equal(new Set(['notification']));
      });
    }

    it(`${ids.oneOfAllReplaced}: ${one} after ${all} leaves the others as they were`, async () => {
      const x = await consumer.ask(all);
      const y = await consumer.ask(one, { name });
      const values = [trigger(house, other, 5), trigger(house, name, 5)];
      await consumer.settle();
      expect(told(consumer)).to.deep.equal([
        { operation: all, name: other, payload: values[0], correlationID: x.correlationID },
        { operation: one, name, payload: values[1], correlationID: y.correlationID },
      ]);
    });

    it(`${ids.onceOnly}: one change gives one notification to a connection, however often it asked`, async () => {
      for (const operation of [one, all, one]) await consumer.ask(operation, operation === one ? { name } : {});
      trigger(house, name, 5);
      await consumer.settle();
      expect(consumer.notifications()).to.have.length(1);
    });

    it(`${ids.oneOfAllEnded}: ${endOne} after ${all} leaves the others alive`, async () => {
      await consumer.ask(all);
      await consumer.ask(endOne, { name });
      trigger(house, name, 5);
      trigger(house, other, 5);
      await consumer.settle();
      expect(consumer.notifications().map((frame) => frame.name)).to.deep.equal([other]);
    });

    it(`${ids.endsSingleAndBatch}: ${endAll} ends what was begun singly`, async () => {
      await consumer.ask(one, { name });
      await consumer.ask(one, { name: other });
      await consumer.ask(endAll);
      trigger(house, name, 5);
      trigger(house, other, 5);
      await consumer.settle();
      expect(consumer.notifications()).to.have.length(0);
    });
  });
}

describe('what an event carries', () => {
  it('WTP-104, WTP-115: an event without payload has no data, and null data is null', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    await consumer.ask('subscribeallevents');
    house.vent.rainStarted.next();
    house.vent.calm.next(null);
    await consumer.settle();
    const [rain, calm] = consumer.notifications();
    expect(rain).to.have.property('name', 'rainStarted');
    expect(rain).not.to.have.own.property('data');
    expect(calm).to.have.own.property('data', null);
  });

  it('WTP-N16, WTP-N20: neither subscribing nor ending it takes a payload', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    expectSuccess(await consumer.ask('subscribeevent', { name: 'jammed' }));
    expectSuccess(await consumer.ask('unsubscribeevent', { name: 'jammed' }));
  });
});
