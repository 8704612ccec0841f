import type { Notification } from '@thingwright/core';
import { expect } from 'chai';
import { toSseComment, toSseMessage } from '../src/sse-message.js';

const notification = (value: unknown): Notification => ({
  id: 'x',
  thing: 'urn:x',
  kind: 'event',
  name: 'wind',
  value,
  time: '2026-03-04T06:17:31.009001Z',
});

describe('an event stream message', () => {
  it('has the affordance, the time and the JSON on one line', () => {
    expect(toSseMessage(notification({ a: 'x\ny' }))).to.equal(
      'event: wind\nid: 2026-03-04T06:17:31.009001Z\ndata: {"a":"x\\ny"}\n\n',
    );
  });

  it('has an empty data line for no payload, and null for null', () => {
    expect(toSseMessage(notification(undefined))).to.match(/\ndata: ?\n\n$/);
    expect(toSseMessage(notification(null))).to.match(/\ndata: null\n\n$/);
  });

  it('has comments of one line', () => {
    expect([toSseComment(''), toSseComment('gap')]).to.deep.equal([':\n', ': gap\n']);
  });
});
