import { expect } from 'chai';
import { expectToFit, expectUri, expectUuid } from '../fixture/checks.js';
import { at, type Consumer, isObject, type Message } from '../fixture/consumer.js';
import { type Exchange, holdExchange, type Turn } from '../fixture/exchange.js';
import { type Greenhouse, openGreenhouse } from '../fixture/greenhouse.js';

/** The mandatory members of one table of the draft; their rows have numbers that follow each other. */
interface Table {
  readonly first: number;
  readonly of: string;
  readonly frame: 'response' | 'notification';
  readonly members: readonly string[];
  /** Which answers of the operation the table is about. */
  readonly expected?: Turn['expected'];
}

const ENVELOPE = ['messageType', 'operation'];

const TABLES: readonly Table[] = [
  { first: 9, of: 'readproperty', frame: 'response', members: [...ENVELOPE, 'name', 'value'] },
  { first: 18, of: 'writeproperty', frame: 'response', members: [...ENVELOPE, 'name'] },
  { first: 25, of: 'readallproperties', frame: 'response', members: [...ENVELOPE, 'values'] },
  { first: 32, of: 'readmultipleproperties', frame: 'response', members: [...ENVELOPE, 'values'] },
  { first: 39, of: 'writeallproperties', frame: 'response', members: [...ENVELOPE, 'values'] },
  { first: 46, of: 'writemultipleproperties', frame: 'response', members: [...ENVELOPE, 'values'] },
  { first: 54, of: 'observeproperty', frame: 'response', members: [...ENVELOPE, 'name'] },
  { first: 57, of: 'observeproperty', frame: 'notification', members: [...ENVELOPE, 'name', 'value'] },
  { first: 65, of: 'unobserveproperty', frame: 'response', members: [...ENVELOPE, 'name'] },
  { first: 71, of: 'observeallproperties', frame: 'response', members: ENVELOPE },
  { first: 73, of: 'observeallproperties', frame: 'notification', members: [...ENVELOPE, 'name', 'value'] },
  { first: 80, of: 'unobserveallproperties', frame: 'response', members: ENVELOPE },
  { first: 86, of: 'invokeaction', frame: 'response', members: [...ENVELOPE, 'name'] },
  { first: 91, of: 'invokeaction', frame: 'response', members: [...ENVELOPE, 'name', 'status'], expected: 'status' },
  { first: 99, of: 'queryaction', frame: 'response', members: [...ENVELOPE, 'name', 'status'] },
  { first: 107, of: 'cancelaction', frame: 'response', members: [...ENVELOPE, 'actionID'] },
  { first: 113, of: 'queryallactions', frame: 'response', members: [...ENVELOPE, 'statuses'] },
  { first: 127, of: 'subscribeevent', frame: 'response', members: [...ENVELOPE, 'name'] },
  { first: 130, of: 'subscribeevent', frame: 'notification', members: [...ENVELOPE, 'name'] },
  { first: 138, of: 'unsubscribeevent', frame: 'response', members: [...ENVELOPE, 'name'] },
  { first: 144, of: 'subscribeallevents', frame: 'response', members: ENVELOPE },
  { first: 146, of: 'subscribeallevents', frame: 'notification', members: [...ENVELOPE, 'name'] },
  { first: 153, of: 'unsubscribeallevents', frame: 'response', members: ENVELOPE },
];

const idOf = (number: number): string => `WTP-M${String(number).padStart(3, '0')}`;

describe('the members of every message', () => {
  let house: Greenhouse;
  let consumer: Consumer;
  let exchange: Exchange;
  let td: unknown;

  before(async () => {
    house = await openGreenhouse();
    consumer = await house.dial();
    exchange = await holdExchange(house, consumer);
    td = await house.td();
  });
  after(async () => {
    await consumer[Symbol.asyncDispose]();
    await house[Symbol.asyncDispose]();
  });

  const turnsOf = ({ of, expected = 'success' }: Table): readonly Turn[] =>
    exchange.turns.filter((turn) => turn.operation === of && turn.expected === expected);

  const framesOf = (table: Table): readonly { frame: Message; request: Message }[] => {
    const found = turnsOf(table).flatMap(({ frames, request }) =>
      (table.frame === 'response' ? frames.slice(0, 1) : frames.slice(1)).map((frame) => ({ frame, request })),
    );
    expect(found, `no ${table.of} ${table.frame} came`).not.to.have.length(0);
    return found;
  };

  const expectValues = (values: unknown): void => {
    if (!isObject(values)) throw new TypeError('values is no object');
    for (const [name, value] of Object.entries(values)) expectToFit(value, at(td, 'properties', name), name);
  };

  const CHECKS: Record<string, (table: Table, frame: Message, request: Message) => void> = {
    messageType: (table, frame) => expect(frame.messageType).to.equal(table.frame),
    operation: (table, frame) => expect(frame.operation).to.equal(table.of),
    name(table, frame, request) {
      expect(frame.name).to.be.a('string');
      if (request.name !== undefined) expect(frame.name).to.equal(request.name);
      else if (table.of.includes('properties')) expect(at(td, 'properties')).to.have.property(String(frame.name));
      else if (table.of.includes('events')) expect(at(td, 'events')).to.have.property(String(frame.name));
      else expect(at(td, 'actions')).to.have.property(String(frame.name));
    },
    value: (_, frame) => expectValues({ [String(frame.name)]: frame.value }),
    values: (_, frame) => expectValues(frame.values),
    status: (_, frame) => expect(frame.status).to.satisfy(isObject),
    statuses: (_, frame) => expect(frame.statuses).to.satisfy(isObject),
    actionID(_, frame, request) {
      expectUuid(frame.actionID);
      expect(frame.actionID).to.equal(request.actionID);
    },
  };

  for (const table of TABLES) {
    const what = table.expected === 'status' ? 'asynchronous response' : table.frame;
    for (const [offset, member] of table.members.entries()) {
      it(`${idOf(table.first + offset)}: each ${table.of} ${what} has a fitting ${member}`, () => {
        const check = CHECKS[member];
        if (!check) throw new TypeError(`There is no check of ${member}`);
        for (const { frame, request } of framesOf(table)) {
          expect(frame, JSON.stringify(frame)).to.have.own.property(member);
          check(table, frame, request);
        }
      });
    }
  }

  const everyFrame = (member: string, check: (value: unknown) => void): void => {
    expect(consumer.frames.length).to.be.greaterThan(60);
    for (const frame of consumer.frames) {
      expect(frame, JSON.stringify(frame)).to.have.own.property(member);
      check(frame[member]);
    }
  };

  it('WTP-M001, WTP-010, WTP-013: every message has a thingID that is a URI', () => {
    everyFrame('thingID', expectUri);
  });

  it('WTP-M002: every message has a messageID that is a UUID of version 4', () => {
    everyFrame('messageID', expectUuid);
  });

  it('WTP-M003: every message has a messageType that is a string', () => {
    everyFrame('messageType', (value) => expect(value).to.be.a('string'));
  });

  it('WTP-M004: every message has an operation that is a string', () => {
    everyFrame('operation', (value) => expect(value).to.be.a('string'));
  });

  const errors = (): readonly Message[] => {
    const found = exchange.turns.filter(({ expected }) => expected === 'error').flatMap(({ frames }) => frames);
    expect(found).to.have.length(18);
    return found;
  };

  it('WTP-M155: each error response is a response', () => {
    for (const frame of errors()) expect(frame.messageType).to.equal('response');
  });

  it('WTP-M156: each error response has an error that is an object', () => {
    for (const frame of errors()) expect(frame.error, JSON.stringify(frame)).to.satisfy(isObject);
  });

  const statuses = (): readonly unknown[] => {
    const single = consumer.frames.filter(({ status }) => status !== undefined).map(({ status }) => status);
    const listed = consumer.frames.flatMap((frame) => (isObject(frame.statuses) ? Object.values(frame.statuses) : []));
    const all = [...single, ...listed.flat()];
    expect(all.length).to.be.greaterThan(8);
    return all;
  };

  it('WTP-M117: each ActionStatus has an actionID that is a UUID of version 4', () => {
    for (const status of statuses()) expectUuid(at(status, 'actionID'));
  });

  it('WTP-M118: each ActionStatus has one of the four states, and each of them occurs', () => {
    const states = new Set(statuses().map((status) => at(status, 'state')));
    expect([...states]).to.have.members(['pending', 'running', 'completed', 'failed']);
  });
});
