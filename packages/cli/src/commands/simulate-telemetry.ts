import { DIALECTS } from '@thingwright/telemetry';
import { simulateTelemetry } from '@thingwright/telemetry/simulator';
import type { ExitStatus } from '../exit-status.js';
import { deviceToken, runUntilEnd, type SimulatorOptions } from '../simulation.js';
import { gatewayUrl } from '../target.js';
import type { Terminal } from '../terminal.js';
import { terminalLog } from '../terminal-log.js';
import { usageError } from '../usage-error.js';

/** Options of `simulate telemetry`. */
export interface SimulateTelemetryOptions extends SimulatorOptions {
  readonly name: string;
  /** Seconds. */
  readonly period: number;
  readonly dialect?: string;
}

/** Runs a simulated telemetry device until it is interrupted, or refused for good. */
export async function simulate(options: SimulateTelemetryOptions, terminal: Terminal): Promise<ExitStatus> {
  const token = deviceToken(terminal);
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
  return await runUntilEnd(device.ended, { stop, options });
}
