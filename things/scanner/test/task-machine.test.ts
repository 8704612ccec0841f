import { expect } from 'chai';
import fc from 'fast-check';
import {
  advance,
  type Happening,
  isOver,
  PATIENCE,
  type Phase,
  SHOWN,
  type Sign,
  STEPS,
  sentTask,
  type TaskState,
} from '../src/task-machine.js';

const START = 1_000_000;
const SILENCE = 1_800_000;
const SENT = sentTask(START, { expectsFile: true, maxSilence: SILENCE });
const busy = { type: 'busy' } as const;
const idle = { type: 'idle' } as const;
const lost = { type: 'lost' } as const;
const abort = { type: 'abort' } as const;
const time = { type: 'time' } as const;
const began = { type: 'transferBegan' } as const;
const verified = { type: 'transferEnded', isVerified: true } as const;
const broken = { type: 'transferEnded', isVerified: false } as const;
const back = { type: 'returned', hasForgotten: false } as const;
const forgot = { type: 'returned', hasForgotten: true } as const;
const progress = (percent: number): Happening => ({ type: 'progress', percent });
const error = (message: string): Happening => ({ type: 'error', message });

/** What becomes of a scan when these happen, one second after the other. */
const after = (...happenings: readonly Happening[]): TaskState =>
  happenings.reduce((task, happening, index) => advance(task, happening, START + 1000 * (index + 1)), SENT);
/** The same, and then nothing for so many milliseconds. */
const later = (milliseconds: number, ...happenings: readonly Happening[]): TaskState =>
  advance(after(...happenings), time, START + 1000 * happenings.length + milliseconds);
const codeOf = ({ failure }: TaskState): string | undefined => failure?.code;

describe('The table of a scan', () => {
  const rows: Readonly<Record<Phase, Readonly<Partial<Record<Sign, Phase>>>>> = {
    sent: { busy: 'acknowledged', progress: 'inProgress', complete: 'uploading', file: 'delivered', failed: 'error' },
    acknowledged: {
      progress: 'inProgress',
      complete: 'uploading',
      idle: 'uploading',
      file: 'delivered',
      failed: 'error',
    },
    inProgress: { complete: 'uploading', idle: 'uploading', file: 'delivered', failed: 'error' },
    delivered: { complete: 'finished', idle: 'finished', failed: 'error' },
    uploading: { file: 'finished', waited: 'finished', failed: 'error' },
    finished: {},
    error: {},
  };
  for (const [phase, signs] of Object.entries(STEPS)) {
    it(`goes on from ${phase} as it says, and stays where it says nothing`, () => {
      const row = Object.entries(rows).find(([name]) => name === phase)?.[1] ?? {};
      expect(signs).to.deep.equal({ ...Object.fromEntries(Object.keys(signs).map((sign) => [sign, phase])), ...row });
    });
  }
});

describe('A scan', () => {
  it('is acknowledged by the first BUSY, with progress or without', () => {
    expect(after(busy)).to.include({ phase: 'acknowledged', acknowledgedAt: START + 1000 });
    expect(after(progress(0))).to.include({ phase: 'inProgress', acknowledgedAt: START + 1000 });
    expect(after(busy, progress(5), busy)).to.include({ phase: 'inProgress', acknowledgedAt: START + 1000 });
  });

  it('is failed if it is not acknowledged in time', () => {
    expect(SHOWN[later(PATIENCE.acknowledgement - 1).phase]).to.equal('STARTED');
    expect(codeOf(later(PATIENCE.acknowledgement))).to.equal('no-ack');
    expect(codeOf(later(PATIENCE.acknowledgement, idle))).to.equal('no-ack');
  });

  it('is failed as soon if the device is away meanwhile, but not for a restart of ours', () => {
    expect(codeOf(later(PATIENCE.acknowledgement - 1000, lost))).to.equal('no-ack');
    expect(codeOf(later(PATIENCE.acknowledgement - 2000, lost, back))).to.equal('no-ack');
    const recovered = { type: 'recovered' } as const;
    expect(later(PATIENCE.disconnect - 1, recovered).phase).to.equal('sent');
    expect(codeOf(later(PATIENCE.disconnect, recovered))).to.equal('server-restart');
    expect(later(PATIENCE.acknowledgement - 1, recovered, back).phase).to.equal('sent');
    expect(codeOf(later(PATIENCE.acknowledgement, recovered, back))).to.equal('no-ack');
  });

  it('B20: keeps the greatest progress', () => {
    expect(after(progress(40), progress(30))).to.include({ percent: 40 });
  });

  it('B20: is finished when it is over and a file has arrived, in either order', () => {
    expect(after(busy, progress(100), began, verified)).to.include({ phase: 'finished', percent: 100 });
    expect(after(busy, began, verified, idle)).to.include({ phase: 'finished', percent: 100 });
    expect(after(busy, idle, began, verified)).to.include({ phase: 'finished' });
    expect(after(busy, progress(99), began, verified)).to.include({ phase: 'delivered', percent: 99 });
  });

  it('is finished without a file after a while', () => {
    expect(later(PATIENCE.result - 1, busy, idle).phase).to.equal('uploading');
    expect(later(PATIENCE.result, busy, idle)).to.include({ phase: 'finished' });
    expect(later(PATIENCE.result, busy, progress(100))).to.include({ phase: 'finished' });
  });

  it('is held open by a file on its way, and by one that broke for as long as at first', () => {
    expect(later(10 * PATIENCE.result, busy, idle, began).phase).to.equal('uploading');
    expect(later(PATIENCE.result - 1, busy, idle, began, broken).phase).to.equal('uploading');
    expect(later(PATIENCE.result, busy, idle, began, broken).phase).to.equal('finished');
  });

  it('is finished at once where no file belongs to it', () => {
    const task = advance(sentTask(START, { expectsFile: false, maxSilence: SILENCE }), busy, START);
    expect(advance(task, idle, START)).to.include({ phase: 'finished', endedAt: START });
    expect(advance(task, progress(100), START)).to.include({ phase: 'finished', percent: 100 });
  });

  it('B20: is failed by the device, whose first message is kept', () => {
    expect(after(busy, error('no coil'), error('again')).failure).to.deep.equal({
      code: 'device-error',
      message: 'no coil',
    });
    expect(codeOf(after(error('Scan callback not defined.')))).to.equal('device-error');
  });

  it('is failed by silence, which files on their way break', () => {
    expect(codeOf(later(SILENCE, busy, progress(3)))).to.equal('silent');
    expect(later(SILENCE - 1, busy, progress(3)).phase).to.equal('inProgress');
    expect(later(SILENCE, busy, began).phase).to.equal('acknowledged');
    expect(after(busy, { type: 'heard' }).heardAt).to.equal(START + 2000);
  });

  it('survives a device that comes back in time, and is then over with its file', () => {
    expect(codeOf(later(PATIENCE.disconnect, busy, lost))).to.equal('disconnected');
    expect(later(PATIENCE.disconnect, busy, progress(50), lost, back).phase).to.equal('inProgress');
    expect(after(busy, lost, back, progress(60), began, verified)).to.include({ phase: 'finished' });
    expect(after(busy, lost, back, progress(100)).phase).to.equal('uploading');
    expect(later(PATIENCE.result - 1, busy, idle, lost, back).phase).to.equal('uploading');
    expect(later(PATIENCE.result, busy, idle, lost, back).phase).to.equal('finished');
  });

  it('gives a device that is cut off again and again, without a word of it, no longer to come back', () => {
    expect(after(busy, lost, lost, lost).lostSince).to.equal(START + 2000);
    expect(codeOf(later(PATIENCE.disconnect - 2000, busy, lost, lost, lost))).to.equal('disconnected');
  });

  it('does not become finished while the device that owes a file is away', () => {
    expect(later(PATIENCE.result, busy, idle, lost).phase).to.equal('uploading');
    expect(codeOf(later(PATIENCE.disconnect, busy, idle, began, lost))).to.equal('disconnected');
  });

  it('is failed at once if the device comes back and has forgotten it', () => {
    expect(codeOf(after(busy, progress(50), lost, forgot))).to.equal('disconnected');
    expect(after(busy, forgot).phase).to.equal('acknowledged');
  });

  it('is aborted when the device says so, or is away, or after a while', () => {
    expect(after(busy, abort)).to.include({ phase: 'acknowledged' });
    expect(after(busy, abort, error('Scan cancelled'))).to.deep.include({ phase: 'error', abortConfirmed: true });
    expect(after(busy, abort, idle)).to.deep.include({ phase: 'error', abortConfirmed: true });
    for (const task of [
      later(PATIENCE.abort, busy, abort),
      after(busy, abort, lost),
      after(busy, lost, abort),
      later(PATIENCE.abort, abort),
    ]) {
      expect(codeOf(task)).to.equal('aborted');
      expect(task.abortConfirmed).to.equal(false);
    }
    expect(after(abort, idle).phase).to.equal('sent');
    expect(codeOf(later(PATIENCE.abort - 1000, busy, abort, abort)), 'asked twice').to.equal('aborted');
  });

  it('that is found at the start of a process goes on if the device does, and is failed otherwise', () => {
    const recovered = { type: 'recovered' } as const;
    expect(codeOf(later(PATIENCE.disconnect, busy, progress(50), recovered))).to.equal('server-restart');
    expect(codeOf(after(busy, progress(50), recovered, forgot))).to.equal('server-restart');
    expect(after(busy, recovered, back, progress(50))).to.include({ phase: 'inProgress', isRecovered: false });
    expect(codeOf(later(PATIENCE.disconnect, busy, recovered, back, progress(50), lost))).to.equal('disconnected');
  });

  const anything = fc.oneof(
    fc.constantFrom<Happening>(busy, idle, lost, abort, time, began, verified, broken, back, forgot, error('x')),
    fc.constant<Happening>({ type: 'heard' }),
    fc.constant<Happening>({ type: 'recovered' }),
    fc.integer({ min: 0, max: 100 }).map(progress),
  );
  const histories = fc.array(fc.tuple(anything, fc.integer({ min: 0, max: 90_000 })), { maxLength: 40 });

  it('ends once, and its progress never falls, whatever happens', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), (history, expectsFile) => {
        let task = sentTask(START, { expectsFile, maxSilence: SILENCE });
        let now = START;
        for (const [happening, pause] of history) {
          now += pause;
          const next = advance(task, happening, now);
          if (isOver(task)) expect(next).to.equal(task);
          expect(next.percent).to.be.at.least(task.percent);
          expect(isOver(next)).to.equal(next.endedAt !== undefined);
          expect(next.phase === 'error').to.equal(next.failure !== undefined);
          task = next;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('never keeps a device busy for ever, whatever has happened: time ends it', () => {
    fc.assert(
      fc.property(histories, (history) => {
        let task = SENT;
        let now = START;
        for (const [happening, pause] of history) {
          now += pause;
          task = advance(task, happening, now);
        }
        // A transfer has its own patience, and always ends.
        task = advance(task, broken, now);
        for (let i = 0; i < 3 && !isOver(task); i++) {
          now += SILENCE;
          task = advance(task, time, now);
        }
        expect(isOver(task)).to.equal(true);
      }),
      { numRuns: 1000 },
    );
  });
});
