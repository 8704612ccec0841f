import { ThingError } from '@thingwright/core';
import {
  type DriverImage,
  type DriverRun,
  flagsOf,
  newUpgrade,
  POINT_OF_NO_RETURN,
  type Upgrade,
} from '../src/index.js';
import { requestOf, uuid } from './fixture.js';

/** A DriverRun that keeps what it is told. */
export interface TestRun extends DriverRun {
  readonly steps: readonly { readonly phase: string; readonly progress: number }[];
  readonly lines: readonly string[];
  /** How often it was asked whether the device may be flashed, and was allowed. */
  readonly flashes: number;
  stop(): void;
}

/** What comes between. */
export interface TestRunOptions {
  /** The device, a UUID. */
  readonly device: string;
  readonly image: DriverImage;
  readonly options?: Upgrade['options'];
  /** Called with each step, before the driver goes on. */
  readonly onStep?: (phase: string, run: TestRun) => void;
  /** What is said to who asks whether the device may be flashed: it may not. */
  readonly refusal?: 'aborted' | 'conflict';
  /** Where it begins; `verifying` to find out what came of it. */
  readonly phase?: 'connecting' | 'verifying';
}

/** Makes a run of an upgrade that nobody keeps. */
export function testRun({
  device,
  image,
  options = {},
  onStep,
  refusal,
  phase = 'connecting',
}: TestRunOptions): TestRun {
  const stopping = new AbortController();
  const { sha256, version } = image;
  const upgrade: Upgrade = {
    ...newUpgrade(requestOf(1, { device, sha256, version, options }), uuid(1, '5'), 'queued'),
    phase,
  };
  const steps: { phase: string; progress: number }[] = [];
  const lines: string[] = [];
  let progress = phase === 'verifying' ? POINT_OF_NO_RETURN : 0;
  let flashes = 0;
  const moved = (to: string, told = progress) => {
    progress = told;
    steps.push({ phase: to, progress });
  };
  const checkpoint = (): void => {
    if (stopping.signal.aborted) throw new ThingError('aborted', 'It is to stop');
  };
  const run: TestRun = {
    upgrade,
    image,
    flags: flagsOf(options),
    signal: stopping.signal,
    steps,
    lines,
    get flashes() {
      return flashes;
    },
    stop: () => stopping.abort(),
    async step(to, told = {}) {
      checkpoint();
      lines.push(...(told.lines ?? []));
      moved(to, told.progress);
      onStep?.(to, run);
      checkpoint();
    },
    progress: (percent) => moved(steps.at(-1)?.phase ?? '', percent),
    log: (line) => void lines.push(line),
    async flash(told = []) {
      checkpoint();
      if (refusal) throw new ThingError(refusal, 'It must not be flashed');
      lines.push(...told);
      flashes++;
      moved('flashing', POINT_OF_NO_RETURN);
    },
  };
  return run;
}
