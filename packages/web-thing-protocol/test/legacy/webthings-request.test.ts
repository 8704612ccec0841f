import { expect } from 'chai';
import fc from 'fast-check';
import { decodeWebThingsRequest, encodeWebThingsRequest, type WebThingsInstruction } from '../../src/legacy/index.js';
import { readRepeatedRequest } from '../../src/legacy/webthings-request.js';

const decode = (message: unknown, strict = false) => decodeWebThingsRequest(JSON.stringify(message), { strict });
const instructions = (message: unknown) => decode(message).parts.map(({ instruction }) => instruction);
const detailOf = (text: string) => decodeWebThingsRequest(text).error?.detail;

describe('decodeWebThingsRequest', () => {
  it('4.3 setProperty: each property on its own, in order', () => {
    expect(instructions({ messageType: 'setProperty', data: { target: 180, fan: true, note: null } })).to.deep.equal([
      { op: 'writeproperty', name: 'target', value: 180 },
      { op: 'writeproperty', name: 'fan', value: true },
      { op: 'writeproperty', name: 'note', value: null },
    ]);
  });

  it('4.3 requestAction: input may be missing', () => {
    const data = { bake: { input: { minutes: 30 }, more: 1 }, fade: {} };
    expect(instructions({ messageType: 'requestAction', data })).to.deep.equal([
      { op: 'invokeaction', name: 'bake', input: { minutes: 30 } },
      { op: 'invokeaction', name: 'fade' },
    ]);
  });

  it('4.3 addEventSubscription: values are ignored, whole descriptions too', () => {
    const data = { overheated: { type: 'number' }, opened: {}, closed: null };
    expect(instructions({ messageType: 'addEventSubscription', data })).to.deep.equal(
      ['overheated', 'opened', 'closed'].map((name) => ({ op: 'subscribeevent', name })),
    );
  });

  it('W6, X4 removeEventSubscription: ours, and unknown in strict mode', () => {
    const message = { messageType: 'removeEventSubscription', data: { overheated: {} } };
    expect(instructions(message)).to.deep.equal([{ op: 'unsubscribeevent', name: 'overheated' }]);
    expect(decode(message, true).error?.detail).to.equal('Unknown messageType: removeEventSubscription');
  });

  it('4.3 id names the Thing', () => {
    expect(decode({ messageType: 'setProperty', id: 'kiln', data: { target: 1 } }).thing).to.equal('kiln');
    expect(decode({ messageType: 'setProperty', data: { target: 1 } }).thing).to.equal(undefined);
    expect(decode({ messageType: 'setProperty', id: 5, data: { target: 1 } }).error?.detail).to.equal(
      'Invalid message',
    );
  });

  it('4.4 not JSON: Parsing request failed, and nothing to repeat', () => {
    for (const text of ['', '{', 'x']) {
      expect(decodeWebThingsRequest(text)).to.deep.include({ message: undefined, parts: [] });
      expect(detailOf(text)).to.equal('Parsing request failed');
    }
  });

  it('4.4 no messageType, or an unknown one: Unknown messageType', () => {
    expect(detailOf('{}')).to.equal('Unknown messageType: undefined');
    expect(detailOf('{"messageType":"x","data":{}}')).to.equal('Unknown messageType: x');
    expect(detailOf('{"messageType":"__proto__","data":{}}')).to.equal('Unknown messageType: __proto__');
    expect(detailOf('{"messageType":5}')).to.equal('Invalid message');
  });

  it('W4 the frames that ended the original servers: Invalid message', () => {
    for (const text of ['null', '[]', '5', '"x"', '{"messageType":"setProperty"}']) {
      expect(detailOf(text), text).to.equal('Invalid message');
    }
    for (const data of [null, [], 5, 'x']) {
      for (const messageType of ['setProperty', 'requestAction', 'addEventSubscription', 'removeEventSubscription']) {
        expect(decode({ messageType, data }).error?.detail).to.equal('Invalid message');
      }
    }
  });

  it('W4 an action whose entry is null fails alone', () => {
    const { parts, error } = decode({ messageType: 'requestAction', data: { bake: null, fade: {}, cool: 5 } });
    expect(error).to.equal(undefined);
    expect(parts.map((part) => part.error?.detail)).to.deep.equal(['Invalid message', undefined, 'Invalid message']);
  });

  it('W8 keeps inputs of 0, false, empty and null', () => {
    for (const input of [0, false, '', null]) {
      const read = instructions({ messageType: 'requestAction', data: { bake: { input } } });
      expect(read).to.deep.equal([{ op: 'invokeaction', name: 'bake', input }]);
    }
  });

  it('takes 200 names, and names that every object has', () => {
    const data = Object.fromEntries(Array.from({ length: 200 }, (_, number) => [`p${number}`, number]));
    expect(decode({ messageType: 'setProperty', data }).parts).to.have.length(200);
    const text =
      '{"messageType":"requestAction","data":{"__proto__":{"input":1},"constructor":{"__proto__":{"input":2}}}}';
    expect(decodeWebThingsRequest(text).parts.map(({ instruction }) => instruction)).to.deep.equal([
      { op: 'invokeaction', name: '__proto__', input: 1 },
      { op: 'invokeaction', name: 'constructor' },
    ]);
  });

  it('reads back what encodeWebThingsRequest writes', () => {
    const name = fc.string({ unit: 'binary' });
    const value = fc.jsonValue().map((json): unknown => JSON.parse(JSON.stringify(json)));
    const instruction: fc.Arbitrary<WebThingsInstruction> = fc.oneof(
      fc.record({ op: fc.constant('writeproperty' as const), name, value }),
      fc.record({ op: fc.constant('invokeaction' as const), name, input: value }),
      fc.record({ op: fc.constant('invokeaction' as const), name }),
      fc.record({ op: fc.constant('subscribeevent' as const), name }),
      fc.record({ op: fc.constant('unsubscribeevent' as const), name }),
    );
    fc.assert(
      fc.property(instruction, fc.option(name, { nil: undefined }), (one, thing) => {
        const text = encodeWebThingsRequest(one, thing);
        expect(text).to.match(/^[\x20-\x7e]*$/);
        const read = decodeWebThingsRequest(text);
        expect(read.thing).to.equal(thing);
        expect(read.parts.map((part) => part.instruction)).to.deep.equal([{ ...one }]);
      }),
    );
  });

  it('never throws, and gives no parts beside an error', () => {
    const messageType = fc.constantFrom('setProperty', 'requestAction', 'addEventSubscription', 'x');
    const data = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()));
    const frame = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.record({ messageType, data, id: fc.jsonValue() }).map((message) => JSON.stringify(message)),
      fc.record({ messageType, data }).map((message) => JSON.stringify(message)),
    );
    fc.assert(
      fc.property(frame, fc.boolean(), (text, strict) => {
        const { parts, error } = decodeWebThingsRequest(text, { strict });
        if (error) expect({ code: error.code, parts }).to.deep.equal({ code: 'invalid', parts: [] });
      }),
    );
  });
});

describe('encodeWebThingsRequest', () => {
  it('4.3 is written as in the table', () => {
    expect(encodeWebThingsRequest({ op: 'writeproperty', name: 'target', value: 180 }, 'kiln')).to.equal(
      '{"messageType":"setProperty","id":"kiln","data":{"target":180}}',
    );
    expect(encodeWebThingsRequest({ op: 'invokeaction', name: 'bake', input: { minutes: 30 } })).to.equal(
      '{"messageType":"requestAction","data":{"bake":{"input":{"minutes":30}}}}',
    );
    expect(encodeWebThingsRequest({ op: 'subscribeevent', name: 'overheated' })).to.equal(
      '{"messageType":"addEventSubscription","data":{"overheated":{}}}',
    );
  });
});

describe('readRepeatedRequest', () => {
  it('W7 tells what an error is about', () => {
    const request = { messageType: 'setProperty', data: { target: 1 } };
    expect(readRepeatedRequest(request)).to.deep.equal([{ op: 'writeproperty', name: 'target', value: 1 }]);
    for (const other of [undefined, null, 5, {}, []]) expect(readRepeatedRequest(other)).to.deep.equal([]);
  });
});
