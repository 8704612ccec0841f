import { expect } from 'chai';
import fc from 'fast-check';
import { decodeWebThingsMessage, encodeConnected, encodeThingChange } from '../../src/legacy/index.js';

const decode = (message: unknown) => decodeWebThingsMessage(JSON.stringify(message));

describe('encodeConnected', () => {
  it('4.2, 4.4 is written as in the table', () => {
    expect(encodeConnected('kiln', true)).to.equal('{"messageType":"connected","id":"kiln","data":true}');
    expect(decodeWebThingsMessage(encodeConnected('kiln', false))).to.deep.equal({
      type: 'connected',
      thing: 'kiln',
      connected: false,
    });
  });
});

describe('encodeThingChange', () => {
  it('4.4 is written as in the table, and comes back', () => {
    expect(encodeThingChange('kiln', 'added')).to.equal('{"messageType":"thingAdded","id":"kiln","data":{}}');
    for (const change of ['added', 'modified', 'removed'] as const) {
      const read = decodeWebThingsMessage(encodeThingChange('é', change));
      expect(read).to.deep.equal({ type: 'thing', thing: 'é', change });
    }
  });
});

describe('decodeWebThingsMessage', () => {
  it('4.4 propertyStatus: several in one, with id and without', () => {
    const data = { target: 180, fan: true };
    const changes = [
      { name: 'target', value: 180 },
      { name: 'fan', value: true },
    ];
    expect(decode({ messageType: 'propertyStatus', id: 'kiln', data })).to.deep.include({ thing: 'kiln', changes });
    expect(decode({ messageType: 'propertyStatus', data })).to.deep.include({ thing: undefined, changes });
  });

  it('4.4 actionStatus of both servers', () => {
    const status = {
      href: '/actions/bake/7',
      timeRequested: 't',
      timeCompleted: 'u',
      status: 'completed',
      input: null,
    };
    const read = decode({ messageType: 'actionStatus', data: { bake: status, fade: null } });
    expect(read.type === 'actions' && read.runs).to.have.length(1);
    expect(read.type === 'actions' && read.runs[0]).to.include({ action: 'bake', state: 'completed', timeEnded: 'u' });
  });

  it('4.4 event: without payload the library leaves data out', () => {
    const read = decode({ messageType: 'event', data: { opened: { timestamp: '2026-03-04T06:30:15+00:00' } } });
    expect(read).to.deep.include({
      occurrences: [{ name: 'opened', data: undefined, time: '2026-03-04T06:30:15+00:00' }],
    });
  });

  it('4.4 error: W7 what it repeats is what it is about', () => {
    const request = { messageType: 'requestAction', id: 'kiln', data: { bake: { input: 1 } } };
    const read = decode({ messageType: 'error', data: { code: 400, message: 'No', request } });
    expect(read).to.deep.include({ type: 'error', request: [{ op: 'invokeaction', name: 'bake', input: 1 }] });
    expect(decode({ messageType: 'error' })).to.deep.include({ type: 'error', request: [] });
  });

  it('4.4 layoutModified and types it does not know are ignored', () => {
    for (const messageType of ['layoutModified', 'ping', '__proto__']) {
      expect(decode({ messageType, data: {} })).to.deep.equal({ type: 'ignored', messageType });
    }
  });

  it('says why a frame is unusable', () => {
    for (const frame of [null, [], 5, {}, { messageType: 5 }, { messageType: 'connected', data: 'yes' }]) {
      const read = decode(frame);
      expect(read.type === 'unusable' && read.reason).to.be.a('string');
    }
    for (const messageType of ['propertyStatus', 'actionStatus', 'event']) {
      expect(decode({ messageType, data: null }).type).to.equal('unusable');
    }
  });

  it('never throws', () => {
    const messageType = fc.constantFrom('propertyStatus', 'actionStatus', 'event', 'error', 'connected', 'thingAdded');
    const data = fc.oneof(fc.jsonValue(), fc.object({ key: fc.constantFrom('code', 'status', 'message', 'request') }));
    fc.assert(fc.property(fc.record({ messageType, data, id: fc.jsonValue() }), (one) => void decode(one)));
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void decodeWebThingsMessage(text)));
  });
});
