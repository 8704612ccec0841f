import { expect } from 'chai';
import fc from 'fast-check';
import { decodeLabThingsMessage } from '../../src/legacy/index.js';

const decode = (message: unknown) => decodeLabThingsMessage(JSON.stringify(message));

describe('decodeLabThingsMessage', () => {
  it('3.3 propertyStatus', () => {
    expect(decode({ messageType: 'propertyStatus', data: { target: 180 } })).to.deep.include({
      type: 'properties',
      thing: undefined,
      changes: [{ name: 'target', value: 180 }],
    });
  });

  it('3.3 actionStatus: no id, no href; an unknown word is unfinished', () => {
    for (const [word, state] of [
      ['pending', 'pending'],
      ['error', 'failed'],
      ['cancelled', 'cancelled'],
      ['baking', 'running'],
    ]) {
      const read = decode({ messageType: 'actionStatus', data: { 'action name': 'bake', status: word } });
      expect(read.type === 'actions' && read.runs[0]).to.include({ action: 'bake', state, word, href: undefined });
    }
  });

  it('3.3 response: status as text or as number; 403 Not Observable means poll', () => {
    const response = (error: unknown) => {
      const read = decode({ messageType: 'response', operation: 'observeproperty', name: 'lid', error });
      return read.type === 'error' ? read.error.code : read;
    };
    expect(response({ status: '404', detail: 'No' })).to.equal('notFound');
    expect(response({ status: 404 })).to.equal('notFound');
    const type = 'https://w3c.github.io/web-thing-protocol/errors#not-observable';
    expect(response({ status: '403', type, title: 'Not Observable' })).to.equal('notAllowed');
    expect(response({ status: '403', title: 'Forbidden' })).to.equal('forbidden');
    expect(response({})).to.equal('failed');
    expect(response('broken')).to.deep.include({ type: 'unusable' });
  });

  it('response: an operation that nobody knows is none', () => {
    expect(decode({ messageType: 'response', operation: '__proto__', error: {} })).to.include({ op: undefined });
  });

  it('3.6 event', () => {
    const data = { overheated: { data: { celsius: 1290 }, timestamp: 't' }, opened: {}, odd: 5, empty: null };
    expect(decode({ messageType: 'event', data })).to.deep.include({
      occurrences: [
        { name: 'overheated', data: { celsius: 1290 }, time: 't' },
        { name: 'opened', data: undefined, time: '' },
        { name: 'odd', data: 5, time: '' },
        { name: 'empty', data: null, time: '' },
      ],
    });
  });

  it('ignores types it does not know, and says why a frame is unusable', () => {
    expect(decode({ messageType: 'news' })).to.deep.equal({ type: 'ignored', messageType: 'news' });
    for (const frame of [null, [], 5, {}, { messageType: 5 }]) expect(decode(frame).type).to.equal('unusable');
    for (const messageType of ['propertyStatus', 'actionStatus', 'event']) {
      for (const data of [undefined, null, [], 5]) {
        const read = decode({ messageType, data });
        expect(read.type === 'unusable' && read.reason).to.contain(messageType);
      }
    }
    expect(decode({ messageType: 'actionStatus', data: { status: 'running' } }).type).to.equal('unusable');
  });

  it('never throws', () => {
    const messageType = fc.constantFrom('propertyStatus', 'actionStatus', 'event', 'response', 'x');
    const content = fc.oneof(fc.jsonValue(), fc.object({ key: fc.constantFrom('action name', 'status', '__proto__') }));
    const message = fc.record({ messageType, data: content, error: content, operation: content, name: content });
    fc.assert(fc.property(message, (one) => void decode(one)));
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void decodeLabThingsMessage(text)));
  });
});
