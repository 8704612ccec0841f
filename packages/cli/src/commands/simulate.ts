import { DIALECTS } from '@thingwright/telemetry';
import { simulateTelemetry } from '@thingwright/telemetry/simulator';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { gatewayUrl } from '../target.js';
import type { Terminal } from '../terminal.js';
import { terminalLog } from '../terminal-log.js';
import { usageError } from '../usage-error.js';

/** Options of `simulate`. */
export interface SimulateOptions {
  readonly name: string;
  readonly url?: string;
  /** Seconds. */
  readonly period: number;
  readonly dialect?: string;
  readonly untilInputCloses?: boolean;
}

/** Runs a simulated device until it is interrupted, or refused for good. */
export async function simulate(kind: string, options: SimulateOptions, terminal: Terminal): Promise<ExitStatus> {
  if (kind !== 'telemetry') throw usageError(`There is no simulator of '${kind}', only of telemetry`);
  const token = terminal.environment.THINGWRIGHT_DEVICE_TOKEN;
  if (!token) throw usageError('The token is missing: set THINGWRIGHT_DEVICE_TOKEN');
  const dialect = DIALECTS.find((known) => known === options.dialect);
  if (options.dialect !== undefined && !dialect) {
    throw usageError(`--dialect: '${options.dialect}' is not one of ${DIALECTS.join(', ')}`);
  }
  using stop = terminal.interruption();
  await using device = await simulateTelemetry({
    url: gatewayUrl(options, terminal.environment),
    name: options.name,
    token,
    rateHz: 1 / options.period,
    log: terminalLog(terminal, terminal.environment.THINGWRIGHT_LOG_LEVEL),
    ...(dialect ? { dialect } : {}),
  });
  const ends = [stop.happened, device.ended, ...(options.untilInputCloses ? [inputClosed()] : [])];
  const end = await Promise.race(ends);
  return typeof end === 'object' && end.cause === 'refused' ? EXIT.failed : EXIT.done;
}

/** Resolves when standard input closes: whoever started us is gone, in whatever way. */
const inputClosed = (): Promise<'closed'> =>
  new Promise((resolve) => {
    process.stdin
      .once('close', () => resolve('closed'))
      .once('error', () => resolve('closed'))
      .resume();
  });
