import { expect } from 'chai';
import type { Notification } from '../src/index.js';
import { NotificationStream } from '../src/notification-stream.js';

const one: Notification = { id: '1', thing: 'urn:x', kind: 'event', name: 'e', value: 1, time: 't' };

describe('A notification stream', () => {
  it('gives each notification to all who observe at that moment', () => {
    const stream = new NotificationStream();
    stream.push(one);
    const [first, second]: [Notification[], Notification[]] = [[], []];
    const reading = stream.notifications.subscribe((n) => first.push(n));
    stream.push(one);
    stream.notifications.subscribe((n) => second.push(n));
    reading.unsubscribe();
    stream.push(one);
    expect(first).to.deep.equal([one]);
    expect(second).to.deep.equal([one]);
  });

  it('completes those who observe and those who come later', () => {
    for (const observesBefore of [true, false]) {
      const stream = new NotificationStream();
      let completed = 0;
      if (observesBefore) stream.notifications.subscribe({ complete: () => completed++ });
      stream.end();
      stream.end();
      stream.notifications.subscribe({ complete: () => completed++ });
      stream.push(one);
      expect(completed).to.equal(observesBefore ? 2 : 1);
    }
  });
});
