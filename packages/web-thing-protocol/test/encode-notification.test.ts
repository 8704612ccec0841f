import type { Notification } from '@thingwright/core';
import { notificationHead, notificationTail } from '@thingwright/web-thing-protocol';
import { expect } from 'chai';

const CHANGE: Notification = {
  id: '0c0a1f2e-0000-4000-8000-000000000001',
  thing: 'urn:x',
  kind: 'property',
  name: 'mode',
  value: { a: 'ä€😀' },
  time: '2026-03-04T06:17:31.009001Z',
};

describe('A notification', () => {
  it('is written in ASCII, its value as the JSON that is there already if it is', () => {
    const tail = notificationTail('observeproperty', undefined);
    for (const json of [undefined, '{"a":"ä€😀"}', '{ "a": "ä€😀" }']) {
      const text = notificationHead({ ...CHANGE, json }) + tail;
      expect(text).to.match(/^[\x20-\x7e]*$/);
      expect(JSON.parse(text)).to.deep.equal({
        thingID: 'urn:x',
        messageID: CHANGE.id,
        messageType: 'notification',
        name: 'mode',
        value: CHANGE.value,
        timestamp: '2026-03-04T06:17:31.009Z',
        operation: 'observeproperty',
      });
      expect(text.includes('{ "a"')).to.equal(json?.startsWith('{ ') === true);
    }
  });
});
