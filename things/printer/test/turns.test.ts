import { expect } from 'chai';
import { createTurns } from '../src/turns.js';
import { codeOf } from './served-printer.js';

/** Work that ends when it is told to. */
function task() {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work: () => ended, end: () => end() };
}

describe('Turns', () => {
  it('are taken one after the other, however each ends', async () => {
    const inTurn = createTurns({ most: 8 });
    const order: number[] = [];
    const first = task();
    const all = [
      inTurn(async () => {
        await first.work();
        order.push(1);
        throw new Error('no');
      }).catch(() => order.push(2)),
      inTurn(async () => order.push(3)),
    ];
    first.end();
    await Promise.all(all);
    expect(order).to.have.members([1, 2, 3]);
    expect(order.indexOf(3)).to.be.greaterThan(order.indexOf(1));
  });

  it('are not waited for by too many, nor too long; who gives up lets nobody begin before time', async () => {
    const inTurn = createTurns({ most: 3, patience: 20 });
    const first = task();
    let running = 0;
    let most = 0;
    const counted = async (): Promise<void> => {
      running++;
      most = Math.max(most, running);
      await Promise.resolve();
      running--;
    };
    const working = inTurn(async () => {
      running++;
      await first.work();
      running--;
    });
    const late = codeOf(inTurn(counted));
    const alsoLate = codeOf(inTurn(counted));
    expect(await codeOf(inTurn(counted))).to.equal('unavailable');
    expect(await late).to.equal('unavailable');
    expect(await alsoLate).to.equal('unavailable');
    const next = inTurn(counted);
    first.end();
    await working;
    await next;
    expect(most).to.equal(1);
  });
});
