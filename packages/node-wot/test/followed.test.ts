import { expect } from 'chai';
import { Observable, Subject, VirtualTimeScheduler } from 'rxjs';
import { followed } from '../src/followed.js';

/** Lets promises settle between two steps of virtual time. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await Promise.resolve();
};

/** A value that is pushed, behind a line that a test can cut. */
function setUp() {
  const scheduler = new VirtualTimeScheduler(undefined, Number.POSITIVE_INFINITY);
  const device = { value: 1, isAway: false, line: new Subject<number>(), subscriptions: 0 };
  const values: unknown[] = [];
  const failures: unknown[] = [];
  const pushed = new Observable<unknown>((subscriber) => {
    device.subscriptions++;
    return device.line.subscribe(subscriber);
  });
  const subscription = followed({
    pushed,
    read: async () => {
      if (device.isAway) throw new Error('away');
      return device.value;
    },
    checkInterval: 5000,
    retryInterval: 100,
    failed: (error) => failures.push(error),
    scheduler,
  }).subscribe((value) => values.push(value));
  const pass = async (steps = 1): Promise<void> => {
    for (let n = 0; n < steps; n++) {
      await settle();
      scheduler.flush();
    }
    await settle();
  };
  return { device, values, failures, pass, [Symbol.dispose]: () => subscription.unsubscribe() };
}

describe('followed', () => {
  it('gives the present value first, then what is pushed, and nothing for a check that finds nothing new', async () => {
    using t = setUp();
    await settle();
    t.device.value = 2;
    t.device.line.next(2);
    await t.pass(3);
    expect(t.values).to.deep.equal([1, 2]);
    expect(t.device.subscriptions).to.equal(1);
  });

  it('subscribes anew when the value has changed and nothing was said of it', async () => {
    using t = setUp();
    await settle();
    t.device.line = new Subject();
    t.device.value = 3;
    await t.pass(3);
    expect(t.values).to.deep.equal([1, 3]);
    expect(t.device.subscriptions).to.equal(2);
    t.device.value = 4;
    t.device.line.next(4);
    expect(t.values).to.deep.equal([1, 3, 4]);
  });

  it('subscribes anew when the device was away, and when the line says that it broke', async () => {
    using t = setUp();
    await settle();
    t.device.isAway = true;
    await t.pass(5);
    expect(t.failures).to.have.length.greaterThan(1);
    expect(t.device.subscriptions).to.equal(1);
    t.device.isAway = false;
    await t.pass(2);
    expect(t.device.subscriptions).to.equal(2);
    const { line } = t.device;
    t.device.line = new Subject();
    line.error(new Error('broken'));
    await t.pass(2);
    expect(t.device.subscriptions).to.equal(3);
  });
});
