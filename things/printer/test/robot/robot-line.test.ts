import { setImmediate as turn } from 'node:timers/promises';
import { silent, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { RobotLine } from '../../src/robot/robot-line.js';
import type { RobotSession } from '../../src/robot/robot-session.js';
import { codeOf } from '../served-printer.js';

/** A line to a printer without a job, whose sessions say nothing. */
function open() {
  const now = { steady: 60_000 };
  const count = { opened: 0, closed: 0 };
  const refuse = async (): Promise<never> => expect.fail('nothing is asked');
  const session: RobotSession = {
    generation: 2,
    isOpen: true,
    ...{ ask: refuse, askParts: refuse, askList: refuse, upload: refuse },
    [Symbol.dispose]: () => void count.closed++,
  };
  const line = new RobotLine({
    name: 'bob',
    log: silent,
    async open() {
      count.opened++;
      return session;
    },
    isFollowed: () => false,
    reported: () => undefined,
    estimated: () => undefined,
    steady: () => now.steady,
  });
  return { line, now, count };
}

describe('The line to a robot', () => {
  it('is kept while a command is waited for, however long that takes, and given back when nobody uses it', async () => {
    const { line, now, count } = open();
    let end = (): void => {};
    const hanging = new Promise<void>((resolve) => {
      end = resolve;
    });
    const slow = line.use(() => hanging);
    for (let i = 0; i < 100; i++) {
      now.steady += 250;
      line.sweep();
      await turn();
    }
    expect(count).to.deep.equal({ opened: 1, closed: 0 });
    end();
    await slow;
    now.steady += 10_000;
    line.sweep();
    expect(count.closed).to.equal(0);
    now.steady += 1;
    line.sweep();
    line.sweep();
    expect(count.closed).to.equal(1);
    await line.use(async () => undefined);
    expect(count.opened).to.equal(2);
    line.close();
  });

  it('asks a printer with a job the less often the longer it does not answer', async () => {
    let now = 60_000;
    let tries = 0;
    const line = new RobotLine({
      name: 'bob',
      log: silent,
      async open() {
        tries++;
        throw new ThingError('unavailable', 'not now');
      },
      isFollowed: () => true,
      reported: () => undefined,
      estimated: () => undefined,
      steady: () => now,
    });
    for (let i = 0; i < 240; i++) {
      now += 250;
      line.sweep();
      await turn();
    }
    expect(tries).to.be.within(3, 20);
    line.close();
  });

  it('has others wait, and refuses who is one too many', async () => {
    const { line, count } = open();
    let end = (): void => {};
    const hanging = new Promise<void>((resolve) => {
      end = resolve;
    });
    const all = Array.from({ length: 17 }, () => codeOf(line.use(() => hanging)));
    end();
    expect((await Promise.all(all)).filter((code) => code !== 'none')).to.deep.equal(['unavailable']);
    expect(count).to.deep.equal({ opened: 1, closed: 0 });
    line.close();
    expect(await codeOf(line.use(async () => undefined))).to.equal('unavailable');
  });
});
