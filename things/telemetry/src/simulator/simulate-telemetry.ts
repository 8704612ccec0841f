import { type BackOffOptions, type Log, silent } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import { type Dial, type DialEnd, type DialState, deviceSettings, dialIn } from '@thingwright/device-link/device';
import type { Observable } from 'rxjs';
import type { Dialect } from '../wire/dialect.js';
import { obey } from './obey.js';
import { payloadIn } from './payload.js';
import { createPlant, type PlantMode } from './plant.js';
import { createRandom } from './random.js';

/** What goes wrong in place of, or with, a frame. */
export type Fault = 'invalidFrame' | 'suspectValue' | 'overheat' | 'skip';

/** The device to simulate. */
export interface TelemetrySimulation {
  /** The gateway (`http://127.0.0.1:8080`), or the full address of a door. */
  readonly url: string;
  readonly name: string;
  readonly token: string;
  /** Default `ci-2026-01`. */
  readonly dialect?: Dialect;
  /** Frames a second. Default 1. */
  readonly rateHz?: number;
  readonly signal?: AbortSignal;
  readonly log?: Log;
  /** Where it keeps its mode over a restart; default: nowhere. */
  readonly settingsFile?: string;
  /** Same seed, same behaviour. Default 1. */
  readonly seed?: number;
  /** Asked before each frame, with its number from 0. */
  readonly fault?: (frame: number) => Fault | undefined;
  /** How long it waits before it dials again. */
  readonly backOff?: BackOffOptions;
  readonly timer?: Timer;
}

/** A simulated device at work. Disposing stops it. */
export interface SimulatedTelemetry extends AsyncDisposable {
  readonly connection: Observable<DialState>;
  /** Resolves when it has stopped, or was refused for good; never rejects. */
  readonly ended: Promise<DialEnd>;
}

const DEFAULT_MODE: PlantMode = { target: 'AUTO', power: 0 };

/**
 * Runs a device that speaks the real wire: a battery with a roof and a house that reports, obeys SET_MODE and RESET_ERROR,
 * and says so. Rejects if its settings cannot be read.
 */
export async function simulateTelemetry(options: TelemetrySimulation): Promise<SimulatedTelemetry> {
  const {
    name,
    token,
    dialect = 'ci-2026-01',
    rateHz = 1,
    seed = 1,
    fault = () => undefined,
    timer = systemTimer,
  } = options;
  const { log = silent, settingsFile } = options;
  if (!(rateHz > 0)) throw new RangeError(`rateHz has to be above 0, not ${rateHz}`);
  const settings =
    settingsFile === undefined ? undefined : await deviceSettings(settingsFile, { ...DEFAULT_MODE }, { log });
  const plant = createPlant(createRandom(seed), settings?.all() ?? DEFAULT_MODE);

  const onCommand = (text: string): void => {
    const answer = obey(plant, text);
    if (!answer) return;
    log.info({ device: name, ...answer }, 'a command arrived');
    dial.send(answer);
    settings
      ?.set({ ...plant.mode })
      .catch((error: unknown) => log.warn({ device: name, error }, 'the mode was not kept'));
  };

  const dial: Dial = dialIn({
    url: doorOf(options.url, name),
    name,
    token,
    onCommand,
    log,
    timer,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.backOff ? { backOff: options.backOff } : {}),
  });

  let frame = 0;
  let last = timer.now();
  const report = (): void => {
    const now = timer.now();
    const wrong = fault(frame);
    if (wrong === 'overheat') plant.fail('OVERHEAT');
    const measured = plant.measure(now, (now - last) / 1000);
    last = now;
    const measurement =
      wrong === 'suspectValue' ? { ...measured, battery: { ...measured.battery, voltage: 2000 } } : measured;
    const payload = payloadIn(dialect, measurement, { name, now, seq: frame++ });
    if (wrong === 'invalidFrame') dial.send('{"device_id": NaN');
    else if (wrong !== 'skip') dial.send(payload);
  };
  const stopReporting = timer.every(1000 / rateHz, report);
  const connected = dial.state.subscribe(({ state }) => {
    // The first frame goes out with the connection: nobody likes to wait for a value.
    if (state === 'OPEN') report();
  });
  const ended = dial.ended.then((end) => {
    stopReporting();
    connected.unsubscribe();
    return end;
  });

  return {
    connection: dial.state,
    ended,
    async [Symbol.asyncDispose]() {
      await dial[Symbol.asyncDispose]();
      await ended;
    },
  };
}

/** The device door of a gateway; an address with a path is a door already. */
function doorOf(address: string, name: string): string {
  const url = new URL(address);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  if (url.pathname === '/') url.pathname = `/ws/device/${encodeURIComponent(name)}`;
  return url.href;
}
