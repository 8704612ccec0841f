import { expect } from 'chai';
import { Subject, VirtualTimeScheduler } from 'rxjs';
import { coalesced } from '../src/index.js';

describe('coalesced changes', () => {
  /** A stream of numbers, with their tens as their keys, and what came of it. */
  const opened = () => {
    const scheduler = new VirtualTimeScheduler();
    const changes = new Subject<number>();
    const lists: (readonly number[])[] = [];
    const key = (change: number) => `${Math.floor(change / 10)}`;
    const merge = (earlier: number, later: number) => Math.max(earlier, later);
    const subscription = coalesced(changes, { key, interval: 100, merge, scheduler }).subscribe((list) =>
      lists.push(list),
    );
    const at = (frame: number, ...values: readonly number[]) =>
      scheduler.schedule(() => {
        for (const value of values) changes.next(value);
      }, frame);
    return { scheduler, changes, lists, subscription, at };
  };

  it('tell the first at once, and the latest of each key when the interval is over', () => {
    const { scheduler, lists, at } = opened();
    at(0, 10, 11, 20, 12, 25);
    at(50, 21);
    at(150, 30);
    at(500, 40);
    scheduler.flush();
    expect(lists).to.deep.equal([[10], [12, 25], [30], [40]]);
  });

  it('hold nothing and wait for nothing when nothing happens', () => {
    const { scheduler, at } = opened();
    at(0, 1);
    scheduler.flush();
    expect(scheduler.actions).to.deep.equal([]);
    expect(scheduler.frame).to.equal(100);
  });

  it('lose nothing at the end, and end at once when nobody reads', () => {
    const { scheduler, changes, lists, subscription } = opened();
    changes.next(10);
    changes.next(11);
    changes.complete();
    expect(lists).to.deep.equal([[10], [11]]);
    subscription.unsubscribe();
    scheduler.flush();
    expect(lists).to.have.length(2);

    const other = opened();
    other.changes.next(10);
    other.changes.next(11);
    other.subscription.unsubscribe();
    other.scheduler.flush();
    expect(other.lists).to.deep.equal([[10]]);
    expect(other.changes.observed).to.equal(false);
  });
});
