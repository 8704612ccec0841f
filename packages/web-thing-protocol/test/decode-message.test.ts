import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  conflatedMember,
  decodeActionStatus,
  decodeMessage,
  decodeRequest,
  encodeError,
  encodeResponse,
  notificationHead,
  notificationTail,
} from '../src/index.js';

const OPTIONS = { thingID: 'urn:uuid:1', messageID: '9f84a863-5893-4b61-a0b9-90f5eb229eb5', now: 0, strict: false };
const request = (members: object) =>
  decodeRequest(
    JSON.stringify({ thingID: 'urn:uuid:1', messageID: 'm', messageType: 'request', correlationID: 'c', ...members }),
  );
const decode = (message: object) => decodeMessage(JSON.stringify(message));
const NOTIFICATION = {
  id: '74c8e2e6-b3a6-4cf4-986a-0c700456a697',
  thing: 'urn:uuid:1',
  kind: 'property',
  name: 'wind',
  value: { speed: 8.4, from: 'Süd' },
  time: '2026-03-04T06:17:31.009001Z',
} as const;

describe('decodeMessage', () => {
  it('reads back the response that encodeResponse writes', () => {
    const envelope = request({ operation: 'queryaction', actionID: 'a' });
    const status = {
      actionID: 'a',
      action: 'sweep',
      state: 'failed',
      error: { code: 'aborted', detail: 'stopped' },
      timeRequested: '2026-03-04T06:21:00.000Z',
      timeEnded: '2026-03-04T06:21:01.000Z',
    } as const;
    const operation = { op: 'queryaction', actionID: 'a' } as const;
    const read = decodeMessage(encodeResponse(envelope, { operation, answer: { status } }, OPTIONS));
    expect(read).to.deep.include({ type: 'response', correlationID: 'c', error: undefined });
    expect(read).to.have.property('answer').that.deep.includes({ status });
  });

  it('reads back an error with all that we add to Problem Details', () => {
    const inner = new ThingError('notFound', 'no humidity');
    const error = new ThingError('failed', 'half of it', {
      errors: { humidity: inner },
      values: { angle: 3 },
      faults: [{ path: '/a', message: 'must be a number' }],
      retryAfter: 5,
    });
    const read = decodeMessage(encodeError(request({ operation: 'readallproperties' }), error, OPTIONS));
    if (read.type !== 'response') throw new Error('no response');
    expect(read.error).to.deep.include({
      code: 'failed',
      detail: 'half of it',
      values: { angle: 3 },
      retryAfter: 5,
      faults: error.faults,
    });
    expect(read.error?.errors?.humidity).to.include({ code: 'notFound' });
  });

  it('keeps our extensions out in strict mode', () => {
    const error = new ThingError('invalid', 'no', {
      faults: [],
      errors: { a: new ThingError('invalid', 'x') },
      retryAfter: 1,
    });
    const written = JSON.parse(
      encodeError(request({ operation: 'readproperty', name: 'a' }), error, { ...OPTIONS, strict: true }),
    );
    expect(written.error).to.have.all.keys('status', 'type', 'title', 'detail');
  });

  it('reads back a notification, with how many changes it stands for', () => {
    const text = notificationHead(NOTIFICATION) + conflatedMember(3) + notificationTail('observeproperty', 'c');
    const read = decodeMessage(text);
    expect(read).to.deep.equal({
      type: 'notification',
      correlationID: 'c',
      notification: { ...NOTIFICATION, time: '2026-03-04T06:17:31.009Z', conflated: 3 },
    });
  });

  it('accepts what the draft leaves open', () => {
    const event = {
      thingID: 't',
      messageID: 'm',
      messageType: 'event',
      operation: 'subscribeproperty',
      name: 'jammed',
      value: 1,
    };
    expect(decode(event)).to.have.nested.property('notification.value', 1);
    expect(decode({ ...event, data: null })).to.have.nested.property('notification.value', null);
    const status = { actionID: 'a', status: 'running', timeRequested: 'now' };
    expect(decode({ messageType: 'response', name: 'sweep', status })).to.have.nested.property(
      'answer.status.state',
      'running',
    );
    const failed = { state: 'failed', error: { status: '503', actionID: 'b' } };
    expect(decode({ messageType: 'response', status: failed })).to.have.nested.property('answer.status.actionID', 'b');
    expect(decode({ messageType: 'response', error: { status: '503' } })).to.have.nested.property(
      'error.code',
      'unavailable',
    );
  });

  it('reads the ActionStatus of the HTTP profile, with the id that its address has', () => {
    const status = { status: 'completed', output: 7, href: '/x/actions/sweep/a1', timeRequested: 'now' };
    expect(decodeActionStatus(status, 'sweep', 'a1')).to.deep.equal({
      action: 'sweep',
      actionID: 'a1',
      state: 'completed',
      output: 7,
      timeRequested: 'now',
    });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.jsonValue(), (text, value) => {
        expect(decodeMessage(text).type).to.be.a('string');
        for (const messageType of ['response', 'notification']) {
          expect(decode({ messageType, error: value, status: value, statuses: value, values: value }).type).to.be.a(
            'string',
          );
        }
      }),
    );
  });
});
