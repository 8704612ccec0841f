import { expect } from 'chai';
import { Subject, type Subscription, VirtualTimeScheduler } from 'rxjs';
import { polling } from '../src/index.js';

/** Lets promises settle between two steps of virtual time. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await Promise.resolve();
};

describe('polling', () => {
  it('waits longer, the more questions in a row have failed, and no longer once one is answered', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, Number.POSITIVE_INFINITY);
    let isAway = true;
    const asked: number[] = [];
    const ask = async (): Promise<number> => {
      asked.push(scheduler.now());
      if (isAway) throw new Error('away');
      return 1;
    };
    const subscription = polling(ask, { interval: 1000, failed: () => undefined, scheduler }).subscribe();
    for (let n = 0; n < 40; n++) {
      await settle();
      isAway = n < 30;
      scheduler.flush();
    }
    const waits = asked.slice(1).map((time, n) => time - (asked[n] ?? 0));
    expect(waits[0]).to.equal(1000);
    expect(Math.max(...waits)).to.be.within(10_000, 30_000);
    expect(waits.slice(-5)).to.deep.equal([1000, 1000, 1000, 1000, 1000]);
    subscription.unsubscribe();
  });

  it('asks the next time a while after the last answer, and goes on after a failure', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, Number.POSITIVE_INFINITY);
    const failures: unknown[] = [];
    const values: number[] = [];
    let asked = 0;
    const ask = async (): Promise<number> => {
      if (++asked === 2) throw new Error('away');
      return asked;
    };
    const options = { interval: 100, failed: (error: unknown) => failures.push(error), scheduler };
    const subscription = polling(ask, options).subscribe((value) => values.push(value));
    for (let n = 0; n < 3; n++) {
      await settle();
      expect(asked).to.equal(n + 1);
      scheduler.flush();
    }
    await settle();
    expect(values).to.deep.equal([1, 3, 4]);
    expect(failures).to.have.lengthOf(1);
    expect(scheduler.now()).to.equal(300);
    subscription.unsubscribe();
  });

  it('never asks twice at once, and no more once nobody listens', async () => {
    const scheduler = new VirtualTimeScheduler();
    const answers = new Subject<number>();
    let asked = 0;
    const ask = (): Promise<number> => {
      asked++;
      return new Promise((resolve) => answers.subscribe(resolve));
    };
    const subscription: Subscription = polling(ask, { interval: 1, failed: () => undefined, scheduler }).subscribe();
    scheduler.flush();
    await settle();
    expect(asked).to.equal(1);
    subscription.unsubscribe();
    answers.next(1);
    await settle();
    scheduler.flush();
    expect(asked).to.equal(1);
  });
});
