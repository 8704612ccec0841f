import { expect } from 'chai';
import fc from 'fast-check';
import {
  advance,
  IDLE,
  labelOf,
  operate,
  progressAt,
  type SimulatedTask,
  type TaskOperation,
  timeLeft,
} from '../../src/simulator/task-machine.js';

const TIMES = { step: 10, print: 100 };
const OPERATIONS: readonly TaskOperation[] = ['start', 'pause', 'resume', 'abort', 'quit'];

const done = (task: SimulatedTask, operation: TaskOperation): SimulatedTask => {
  const result = operate(task, operation);
  if (typeof result === 'string') throw new TypeError(`${operation} in ${task.id}: ${result}`);
  return result;
};
const at = (id: number): SimulatedTask => ({ ...IDLE, id });
const after = (task: SimulatedTask, milliseconds: number): SimulatedTask => advance(task, milliseconds, TIMES);
/** The states that a task goes through by itself. */
const way = (task: SimulatedTask): readonly number[] => {
  const left = timeLeft(task, TIMES);
  return left === undefined ? [task.id] : [task.id, ...way(after(task, left))];
};

describe('The task of a simulated printer', () => {
  it('3.2: goes the ways of the table of transitions', () => {
    expect(way(done(IDLE, 'start'))).to.deep.equal([1, 4, 16, 66, 64]);
    expect(way(done(at(16), 'pause'))).to.deep.equal([50, 48]);
    expect(way(done(at(4), 'pause'))).to.deep.equal([38, 36]);
    expect(way(done(at(48), 'resume'))).to.deep.equal([18, 16, 66, 64]);
    expect(way(done(at(36), 'resume'))).to.deep.equal([6, 4, 16, 66, 64]);
    for (const id of [1, 4, 6, 16, 18, 36, 38, 48, 50]) expect(way(done(at(id), 'abort'))).to.deep.equal([128]);
    for (const id of [64, 128]) expect(way(done(at(id), 'quit'))).to.deep.equal([0]);
  });

  it('3.2: refuses what a state does not permit', () => {
    for (const operation of OPERATIONS.slice(1)) expect(operate(IDLE, operation)).to.equal('NO_TASK');
    const refused = [1, 4, 16, 36, 38, 48, 50, 64, 66, 128].map((id) => [
      id,
      OPERATIONS.filter((operation) => operate(at(id), operation) === 'RESOURCE_BUSY'),
    ]);
    expect(refused).to.deep.equal([
      [1, ['start', 'pause', 'resume', 'quit']],
      [4, ['start', 'resume', 'quit']],
      [16, ['start', 'resume', 'quit']],
      [36, ['start', 'pause', 'quit']],
      [38, ['start', 'pause', 'resume', 'quit']],
      [48, ['start', 'pause', 'quit']],
      [50, ['start', 'pause', 'resume', 'quit']],
      [64, ['start', 'pause', 'resume', 'abort']],
      [66, ['start', 'pause', 'resume', 'abort', 'quit']],
      [128, ['start', 'pause', 'resume', 'abort']],
    ]);
  });

  it('prints while it runs, and not while it is paused', () => {
    const half = after(at(16), 50);
    expect(progressAt(half, TIMES)).to.equal(0.5);
    const paused = after(done(half, 'pause'), 1000);
    expect(paused.id).to.equal(48);
    expect(progressAt(paused, TIMES)).to.equal(0.5);
    const resumed = after(done(paused, 'resume'), 10 + 49);
    expect(resumed.id).to.equal(16);
    expect(after(resumed, 1).id).to.equal(66);
    expect(progressAt(after(resumed, 1000), TIMES)).to.equal(1);
  });

  it('comes to the same in one step as in many, and always ends', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 4, 6, 16, 18, 38, 50, 66),
        fc.array(fc.nat(30), { maxLength: 12 }),
        (id, steps) => {
          const whole = after(
            at(id),
            steps.reduce((sum, step) => sum + step, 0),
          );
          expect(steps.reduce(after, at(id))).to.deep.equal(whole);
        },
      ),
    );
    expect(advance(at(1), 0, { step: 0, print: 0 }).id).to.equal(64);
  });

  it('calls states what the vendor does', () => {
    expect([0, 16, 48, 64, 777].map(labelOf)).to.deep.equal([
      'ST_IDLE',
      'ST_RUNNING',
      'ST_PAUSED',
      'ST_COMPLETED',
      'ST_UNKNOWN',
    ]);
  });
});
