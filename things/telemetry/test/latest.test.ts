import { expect } from 'chai';
import { Subscription } from 'rxjs';
import { Latest } from '../src/latest.js';

describe('A latest value', () => {
  it('is told to whoever subscribes, if there is one, and so is every value after it', () => {
    const latest = new Latest<number>();
    const [early, late]: [number[], number[]] = [[], []];
    latest.values.subscribe((value) => early.push(value));
    latest.set(1);
    const subscription = latest.values.subscribe((value) => late.push(value));
    latest.set(2);
    latest.set(2);
    subscription.unsubscribe();
    latest.set(3);
    expect([early, late, latest.value]).to.deep.equal([[1, 2, 2, 3], [1, 2, 2], 3]);
  });

  it('lets subscribers come and go while it is told', () => {
    const latest = new Latest(0);
    const heard: string[] = [];
    const joinLate = (): Subscription => latest.values.subscribe((late) => heard.push(`late ${late}`));
    const first = new Subscription();
    first.add(
      latest.values.subscribe((value) => {
        if (value !== 1) return;
        heard.push('first');
        first.unsubscribe();
        joinLate();
      }),
    );
    latest.values.subscribe((value) => heard.push(`second ${value}`));
    latest.set(1);
    latest.set(2);
    expect(heard).to.deep.equal(['second 0', 'first', 'late 1', 'second 1', 'second 2', 'late 2']);
  });
});
