import { expect } from 'chai';
import { PromiseWatch } from '../../faults/promise-watch.js';

describe('A promise watch', () => {
  it('counts promises by how they came out, and those that hang', async () => {
    const watch = new PromiseWatch(String);
    const hanging = new Promise<number>(() => {});
    watch.watch(Promise.resolve(1), 60_000, (value) => value === 1);
    watch.watch(Promise.resolve(2), 60_000, (value) => value === 1);
    watch.watch(Promise.reject('no'), 60_000, () => true);
    watch.watch(hanging, 60_000, () => true);
    watch.watch(hanging, -1, () => true);
    expect(watch.counts).to.include({ pending: 5, overdue: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.counts).to.deep.equal({ kept: 2, wrong: 1, broken: { no: 1 }, pending: 2, overdue: 1 });
  });

  it('remembers that one was late', async () => {
    const watch = new PromiseWatch(String);
    watch.watch(Promise.resolve(1), -1, () => true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(watch.counts).to.include({ kept: 1, pending: 0, overdue: 1 });
  });
});
