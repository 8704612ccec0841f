import { expect } from 'chai';
import { state } from '../src/index.js';
import { StateStream } from '../src/state.js';

function seenBy<T>(observed: ReturnType<typeof state<T>>): T[] {
  const seen: T[] = [];
  observed.value.subscribe((value) => seen.push(value));
  return seen;
}

describe('A state', () => {
  it('gives its present value and every one set', () => {
    const level = state(1);
    const seen = seenBy(level);
    level.set(2);
    expect(level.write(3)).to.equal(3);
    expect(seen).to.deep.equal([1, 2, 3]);
    expect(level.get()).to.equal(3);
  });

  it('has no value until one is set, if none was given', () => {
    for (const level of [state<number>(), state<number>(undefined)]) {
      const seen = seenBy(level);
      expect(level.get()).to.equal(undefined);
      expect(seen).to.deep.equal([]);
      level.set(1);
      expect(seen).to.deep.equal([1]);
      expect(seenBy(level)).to.deep.equal([1]);
    }
  });

  it('serves several properties and subscribers, each from its own beginning to its own end', () => {
    const level = new StateStream<number>(1);
    const taken: unknown[] = [];
    const listener = { take: (value: unknown) => taken.push(value) };
    expect(level.listen(listener)).to.equal(true);
    expect(level.listen({ take: () => {} })).to.equal(false);
    const seen: number[] = [];
    const subscription = level.subscribe((value) => {
      seen.push(value);
      if (value === 3) subscription.unsubscribe();
    });
    for (const value of [2, 3, 4]) level.set(value);
    level.unlisten({ take: () => {} });
    level.set(5);
    level.unlisten(listener);
    level.set(6);
    expect(taken).to.deep.equal([1, 2, 3, 4, 5]);
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('takes null and false for values', () => {
    expect(seenBy(state<null>(null))).to.deep.equal([null]);
    expect(seenBy(state(false))).to.deep.equal([false]);
  });
});
