import { expect } from 'chai';
import type { Consumer } from '../fixture/consumer.js';
import { type Exchange, holdExchange } from '../fixture/exchange.js';
import { type Greenhouse, openGreenhouse } from '../fixture/greenhouse.js';

/** One request, one response, and nothing more. */
const REQUEST_AND_RESPONSE = {
  readproperty: 'WTP-I04',
  writeproperty: 'WTP-I05',
  readallproperties: 'WTP-I06',
  readmultipleproperties: 'WTP-I07',
  writeallproperties: 'WTP-I08',
  writemultipleproperties: 'WTP-I09',
  unobserveproperty: 'WTP-I11',
  unobserveallproperties: 'WTP-I13',
  invokeaction: 'WTP-I14',
  queryaction: 'WTP-I15',
  queryallactions: 'WTP-I16',
  cancelaction: 'WTP-I17',
  unsubscribeevent: 'WTP-I19',
  unsubscribeallevents: 'WTP-I21',
};

/** One request, one response, then notifications. */
const WITH_NOTIFICATIONS = {
  observeproperty: 'WTP-I10',
  observeallproperties: 'WTP-I12',
  subscribeevent: 'WTP-I18',
  subscribeallevents: 'WTP-I20',
};

describe('the lives of operations', () => {
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

  const typesOf = (operation: string): readonly (readonly unknown[])[] => {
    const turns = exchange.turns.filter((turn) => turn.operation === operation);
    expect(turns.length).to.be.greaterThan(1);
    return turns.map(({ frames }) => frames.map(({ messageType }) => messageType));
  };

  for (const [operation, id] of Object.entries(REQUEST_AND_RESPONSE)) {
    it(`${id}: to each ${operation} there is one response and no notification`, () => {
      for (const types of typesOf(operation)) expect(types).to.deep.equal(['response']);
    });
  }

  for (const [operation, id] of Object.entries(WITH_NOTIFICATIONS)) {
    it(`${id}: to each ${operation} there is one response, and notifications after it`, () => {
      let notifications = 0;
      for (const [first, ...later] of typesOf(operation)) {
        expect(first).to.equal('response');
        for (const type of later) expect(type).to.equal('notification');
        notifications += later.length;
      }
      expect(notifications).to.be.greaterThan(0);
    });
  }
});
