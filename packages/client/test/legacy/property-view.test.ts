import { silent } from '@thingwright/core';
import { expect } from 'chai';
import { createNotification } from '../../src/legacy/legacy-receiver.js';
import { PropertyView } from '../../src/legacy/property-view.js';
import type { WatchListener } from '../../src/legacy/watches.js';
import { createFakeSchedule } from '../fixtures/fake-schedule.js';

const changeTo = (value: number) => createNotification('urn:kiln', 'property', { name: 'target', value });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A view of a property whose server loses changes; its reads are answered by the test, in their order. */
function viewed() {
  const time = createFakeSchedule();
  const told: unknown[] = [];
  const reads: ((value: number) => void)[] = [];
  const listeners: WatchListener[] = [];
  const view = new PropertyView(
    {
      ...{ name: 'target', schedule: time.schedule, log: silent, pollInterval: 1000, losesChanges: true },
      read: () => new Promise((resolve) => reads.push(resolve)),
      watch: (listener) => {
        listeners.push(listener);
        return () => {};
      },
      notification: (value) => createNotification('urn:kiln', 'property', { name: 'target', value }),
    },
    { next: ({ value }) => told.push(value), error: () => told.push('error'), opened: () => {} },
  );
  view.start();
  listeners[0]?.opened(false);
  return { time, told, reads, view, listener: listeners[0] };
}

describe('PropertyView', () => {
  it('takes no value that was read before a change for one that came after it', async () => {
    const { time, told, reads, listener } = viewed();
    time.advance(250);
    listener?.next(changeTo(2));
    reads[0]?.(1);
    await turn();
    expect(told).to.deep.equal([2]);
  });

  it('tells what was lost, and nothing once it is stopped', async () => {
    const { time, told, reads, view, listener } = viewed();
    listener?.next(changeTo(2));
    time.advance(250);
    reads[0]?.(3);
    await turn();
    expect(told).to.deep.equal([2, 3]);
    view.doubt();
    time.advance(250);
    view.stop();
    reads[1]?.(4);
    await turn();
    expect(told).to.deep.equal([2, 3]);
    expect(time.waiting).to.equal(0);
  });
});
