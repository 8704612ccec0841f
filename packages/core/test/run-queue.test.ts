import { expect } from 'chai';
import { Invocation } from '../src/invocation.js';
import { RunQueue } from '../src/run-queue.js';
import { ADA, deferred } from './workbench.js';

const invocation = (id: string): Invocation =>
  new Invocation(id, 'bake', undefined, { access: { principal: ADA, uriVariables: {} }, requested: 0 });

describe('A queue of runs', () => {
  it('keeps a place for what is to come, and gives it back when that is taken out', () => {
    const queue = new RunQueue({ concurrency: 1, queue: 0 }, async () => undefined);
    const first = invocation('first');
    queue.announce(first);
    expect(queue.isFull).to.equal(true);
    queue.remove(first);
    expect(queue.isFull).to.equal(false);
  });

  it('starts nothing that was taken out before it came', () => {
    const begun: string[] = [];
    const queue = new RunQueue({ concurrency: 2, queue: 0 }, async ({ id }) => void begun.push(id));
    const [first, second] = [invocation('first'), invocation('second')];
    for (const each of [first, second]) queue.announce(each);
    queue.remove(first);
    for (const each of [first, second]) queue.add(each);
    queue.startNext();
    expect(begun).to.deep.equal(['second']);
  });

  it('starts as many as may run, first come first, and the next when one has ended', async () => {
    const begun: string[] = [];
    const { promise, resolve } = deferred<void>();
    const queue = new RunQueue({ concurrency: 1, queue: 2 }, ({ id }) => {
      begun.push(id);
      return promise;
    });
    for (const each of ['first', 'second'].map(invocation)) {
      queue.announce(each);
      queue.add(each);
    }
    queue.startNext();
    expect(begun).to.deep.equal(['first']);
    resolve();
    await new Promise((settled) => setTimeout(settled));
    expect(begun).to.deep.equal(['first', 'second']);
  });
});
