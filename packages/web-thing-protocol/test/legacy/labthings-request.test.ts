import { expect } from 'chai';
import fc from 'fast-check';
import { decodeLabThingsRequest, encodeLabThingsRequest, type LabThingsInstruction } from '../../src/legacy/index.js';

const decode = (message: unknown, strict = false) => decodeLabThingsRequest(JSON.stringify(message), { strict });
const instructions = (message: unknown, strict = false) =>
  decode(message, strict).parts.map(({ instruction }) => instruction);

const OPS = [
  ['observeproperty', 'addPropertyObservation', false],
  ['observeaction', 'addActionObservation', false],
  ['unobserveproperty', 'removePropertyObservation', true],
  ['unobserveaction', 'removeActionObservation', true],
  ['subscribeevent', 'addEventSubscription', true],
  ['unsubscribeevent', 'removeEventSubscription', true],
] as const;

describe('decodeLabThingsRequest', () => {
  it('3.2 addPropertyObservation: each key is a property, whatever its value', () => {
    const read = instructions({ messageType: 'addPropertyObservation', data: { target: true, lid: false, fan: null } });
    expect(read).to.deep.equal(['target', 'lid', 'fan'].map((name) => ({ op: 'observeproperty', name })));
  });

  it('3.2 addActionObservation: each key is an action', () => {
    const read = instructions({ messageType: 'addActionObservation', data: { bake: true } });
    expect(read).to.deep.equal([{ op: 'observeaction', name: 'bake' }]);
  });

  for (const [op, messageType, isOurs] of OPS) {
    if (!isOurs) continue;
    it(`3.6 ${messageType}: ours, and unknown in strict mode`, () => {
      const message = { messageType, data: { bake: true } };
      expect(instructions(message)).to.deep.equal([{ op, name: 'bake' }]);
      expect(decode(message, true)).to.deep.include({ op: undefined, parts: [], error: undefined });
    });
  }

  it('3.2, L3 an unknown messageType: an error, and in strict mode silence', () => {
    const message = { messageType: 'setProperty', data: { target: 1 } };
    expect(decode(message).error).to.include({ code: 'invalid', detail: "There is no messageType 'setProperty'" });
    expect(decode(message, true)).to.deep.include({ parts: [], error: undefined });
    expect(decode({ messageType: '__proto__', data: {} }).error?.code).to.equal('invalid');
  });

  it('3.5, L1 a frame that is no message: an error that blames no name of an earlier one', () => {
    for (const text of ['', '{', '[]', '5', 'null', '"x"', '{}', '{"messageType":5,"data":{}}']) {
      for (const strict of [false, true]) {
        const { error, op, parts } = decodeLabThingsRequest(text, { strict });
        expect({ code: error?.code, op, parts }, text).to.deep.equal({ code: 'invalid', op: undefined, parts: [] });
      }
    }
  });

  it('L1 without data the operation is known all the same', () => {
    for (const data of [undefined, null, 5, [], 'target']) {
      const { error, op } = decode({ messageType: 'addActionObservation', data });
      expect({ detail: error?.detail, op }).to.deep.equal({
        detail: 'The member data is missing or no object',
        op: 'observeaction',
      });
    }
  });

  it('L2 every name is a part of its own; extra members are ignored', () => {
    const names = Array.from({ length: 200 }, (_, number) => `p${number}`);
    const data = Object.fromEntries(names.map((name) => [name, true]));
    const { parts, error } = decode({ messageType: 'addPropertyObservation', data, id: 5, more: {} });
    expect(error).to.equal(undefined);
    expect(parts.map(({ name }) => name)).to.deep.equal(names);
  });

  it('refuses more names than anybody would send', () => {
    const data = Object.fromEntries(Array.from({ length: 11 }, (_, number) => [`p${number}`, true]));
    const text = JSON.stringify({ messageType: 'addPropertyObservation', data });
    expect(decodeLabThingsRequest(text, { maxNames: 10 }).error?.detail).to.equal('More than 10 names in one message');
    expect(decodeLabThingsRequest(text, { maxNames: 11 }).parts).to.have.length(11);
  });

  it('takes names that every object has for names', () => {
    const text = '{"messageType":"addPropertyObservation","data":{"__proto__":true,"hasOwnProperty":true}}';
    expect(decodeLabThingsRequest(text).parts.map(({ name }) => name)).to.deep.equal(['__proto__', 'hasOwnProperty']);
    expect(decodeLabThingsRequest('{"__proto__":{"messageType":"x","data":{}}}').error?.code).to.equal('invalid');
  });

  it('reads back what encodeLabThingsRequest writes', () => {
    const op = fc.constantFrom(...OPS.map(([name]) => name));
    fc.assert(
      fc.property(op, fc.string({ unit: 'binary' }), (one, name) => {
        const instruction: LabThingsInstruction = { op: one, name };
        const text = encodeLabThingsRequest(instruction);
        expect(text).to.match(/^[\x20-\x7e]*$/);
        expect(decodeLabThingsRequest(text).parts).to.deep.equal([{ name, instruction, error: undefined }]);
      }),
    );
  });

  it('never throws, and gives no parts beside an error', () => {
    const key = fc.constantFrom('messageType', 'data', 'id', '__proto__');
    const known = fc.constantFrom(...OPS.map(([, messageType]) => messageType));
    const frame = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.object({ key }).map((object) => JSON.stringify(object)),
      fc.record({ messageType: known, data: fc.jsonValue() }).map((object) => JSON.stringify(object)),
    );
    fc.assert(
      fc.property(frame, fc.boolean(), (text, strict) => {
        const { parts, error } = decodeLabThingsRequest(text, { strict });
        if (error) expect({ code: error.code, parts }).to.deep.equal({ code: 'invalid', parts: [] });
      }),
    );
  });
});

describe('encodeLabThingsRequest', () => {
  it('3.2 and 3.6 is written as in the tables', () => {
    for (const [op, messageType] of OPS) {
      const text = encodeLabThingsRequest({ op, name: 'target' });
      expect(text).to.equal(`{"messageType":"${messageType}","data":{"target":true}}`);
    }
  });
});
