import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeLabThingsMessage,
  decodeWebThingsMessage,
  encodeEvent,
  encodePropertyStatus,
  eventTime,
  toEventRecord,
  withConflated,
} from '../../src/legacy/index.js';

const time = '2026-03-04T06:30:15.900000Z';

describe('encodePropertyStatus', () => {
  it('3.3 and 4.4 is written as in the tables', () => {
    const change = { name: 'target', value: 180 };
    expect(encodePropertyStatus(change)).to.equal('{"messageType":"propertyStatus","data":{"target":180}}');
    expect(encodePropertyStatus(change, 'kiln')).to.equal(
      '{"messageType":"propertyStatus","id":"kiln","data":{"target":180}}',
    );
  });

  it('L5, X6 tells a slow reader beside data how many changes it stands for', () => {
    const text = withConflated(encodePropertyStatus({ name: 'target', value: 180 }), 300);
    expect(text).to.equal('{"messageType":"propertyStatus","data":{"target":180},"conflated":300}');
    expect(decodeLabThingsMessage(text)).to.include({ type: 'properties', conflated: 300 });
  });

  it('L6 never writes what is not JSON', () => {
    expect(encodePropertyStatus({ name: 'target', value: Number.NaN })).to.contain('{"target":null}');
  });

  it('is ASCII, and comes back, whatever name and value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (name, json) => {
        const value: unknown = JSON.parse(JSON.stringify(json));
        const text = encodePropertyStatus({ name, value }, name);
        expect(text).to.match(/^[\x20-\x7e]*$/);
        expect(decodeWebThingsMessage(text)).to.deep.include({
          thing: name,
          changes: [{ name, value }],
          conflated: undefined,
        });
      }),
    );
  });

  it('takes names that every object has', () => {
    for (const name of ['__proto__', 'hasOwnProperty', 'constructor']) {
      const text = encodePropertyStatus({ name, value: 1 });
      expect(decodeLabThingsMessage(text)).to.deep.include({ changes: [{ name, value: 1 }] });
    }
  });
});

describe('encodeEvent', () => {
  it('3.6 and 4.4 is written as in the tables', () => {
    expect(encodeEvent({ name: 'overheated', value: { celsius: 1290 }, time })).to.equal(
      '{"messageType":"event","data":{"overheated":{"data":{"celsius":1290},"timestamp":"2026-03-04T06:30:15.900Z"}}}',
    );
    expect(encodeEvent({ name: 'overheated', value: 1290, time }, 'kiln')).to.equal(
      '{"messageType":"event","id":"kiln","data":{"overheated":{"data":1290,"timestamp":"2026-03-04T06:30:15.900Z"}}}',
    );
  });

  it('4.4 without payload has data null, as the gateway sends it', () => {
    expect(encodeEvent({ name: 'opened', value: undefined, time })).to.contain('{"opened":{"data":null,');
    expect(toEventRecord({ name: 'opened', value: undefined, time })).to.deep.equal({
      opened: { data: null, timestamp: '2026-03-04T06:30:15.900Z' },
    });
  });

  it('W11 keeps the times of two events in one millisecond apart', () => {
    expect(eventTime('2026-03-04T06:30:15.900000Z')).to.equal('2026-03-04T06:30:15.900Z');
    expect(eventTime('2026-03-04T06:30:15.900001Z')).to.equal('2026-03-04T06:30:15.900001Z');
    expect(Date.parse(eventTime('2026-03-04T06:30:15.900001Z'))).to.equal(Date.parse('2026-03-04T06:30:15.900Z'));
  });

  it('4.8 an entry of the list of past events holds the same', () => {
    const record = toEventRecord({ name: '__proto__', value: 1290, time });
    expect(JSON.stringify(record)).to.equal('{"__proto__":{"data":1290,"timestamp":"2026-03-04T06:30:15.900Z"}}');
  });

  it('comes back, whatever name and payload', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (name, json) => {
        const value: unknown = JSON.parse(JSON.stringify(json));
        const read = decodeLabThingsMessage(encodeEvent({ name, value, time }));
        expect(read).to.deep.include({ occurrences: [{ name, data: value, time: '2026-03-04T06:30:15.900Z' }] });
      }),
    );
  });
});
