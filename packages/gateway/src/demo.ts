import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Log } from '@thingwright/core';
import { filter, merge, take } from 'rxjs';
import type { LogLevel } from './configuration.js';
import type { DemoPrinter } from './demo-printer.js';
import type { Gateway } from './gateway.js';
import { fileDemoFirmware } from './upgrader/demo-firmware.js';

/** How the simulators of a demonstration are started. */
export interface DemoOptions {
  /** A program and the arguments that go before the kind: `[node, 'thingwright.js', 'simulate']`. */
  readonly command: readonly [string, ...string[]];
  readonly log: Log;
  /** How much the simulators log. */
  readonly logLevel: LogLevel;
  /** The printer that the gateway will find; absent: none. */
  readonly printer?: DemoPrinter;
  /** Milliseconds until a simulator that has died is started again. Default 1000. */
  readonly restartAfter?: number;
}

/** What a device of a demonstration is, and what its simulator is told about itself. */
interface DemoDevice {
  readonly kind: string;
  readonly title: string;
  argumentsOf(device: { readonly name: string; readonly id: string }): readonly string[];
}

/** The devices of a demonstration by name. */
const DEMO_DEVICES: Readonly<Record<string, DemoDevice>> = {
  ems_001: { kind: 'telemetry', title: 'Demo battery', argumentsOf: ({ name }) => ['--name', name] },
  // A scanner that has lost its connection may never hear a word again: its program is started anew.
  mri_001: {
    kind: 'scanner',
    title: 'Demo scanner',
    argumentsOf: ({ id }) => ['--id', id, '--end-when-lost', '--obey-cancel'],
  },
  router_001: { kind: 'upgradable', title: 'Demo router', argumentsOf: ({ name }) => ['--name', name] },
};

/**
 * Starts one simulated device of each kind, each a process of its own that dials in over its real wire, but for the printer, which is found. Its token goes by its
 * environment, its life hangs on its standard input: when this process goes, however, that closes, and the simulator ends.
 */
export async function startDemo(gateway: Gateway, options: DemoOptions): Promise<AsyncDisposable> {
  const { url, fleet } = gateway;
  const ends: (() => Promise<void>)[] = [];
  for (const [name, { kind, title, argumentsOf }] of Object.entries(DEMO_DEVICES)) {
    const { id, token } = await provisioned(fleet, { name, kind, title });
    const args = [kind, '--url', url, ...argumentsOf({ name, id }), '--until-input-closes'];
    const end = keepRunning(args, token, options);
    // Whoever takes its name or its token away wants to be this device himself.
    const taken = merge(fleet.removed, fleet.rotated).pipe(filter((device) => device.name === name));
    const watching = taken.pipe(take(1)).subscribe(() => {
      options.log.info({ device: name }, 'the demonstration leaves this device to somebody else');
      void end();
    });
    ends.push(async () => {
      watching.unsubscribe();
      await end();
    });
  }
  if (options.printer) ends.push(keepRunning([...options.printer.arguments, '--until-input-closes'], '', options));
  await fileDemoFirmware(gateway).catch((error: unknown) => {
    options.log.warn({ error }, 'the demonstration has no firmware to upgrade to');
  });
  return { [Symbol.asyncDispose]: async () => void (await Promise.all(ends.map((end) => end()))) };
}

/** Provisions a device once; later starts give it a new token, since of the old one only a hash is kept. */
async function provisioned(
  fleet: Gateway['fleet'],
  device: { readonly name: string; readonly kind: string; readonly title: string },
): Promise<{ readonly id: string; readonly token: string }> {
  const known = fleet.get(device.name);
  return known ? { id: known.id, ...(await fleet.rotate(device.name, 0)) } : await fleet.provision(device);
}

/** Gives back what ends it. */
function keepRunning(
  args: readonly string[],
  token: string,
  { command: [program, ...first], log, logLevel, restartAfter = 1000 }: DemoOptions,
): () => Promise<void> {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ending = false;

  const start = (): void => {
    const {
      THINGWRIGHT_ADMIN_TOKEN: _admin,
      THINGWRIGHT_SECRET: _secret,
      THINGWRIGHT_DATABASE_URL: _database,
      ...environment
    } = process.env;
    const started = spawn(program, [...first, ...args], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: { ...environment, THINGWRIGHT_DEVICE_TOKEN: token, THINGWRIGHT_LOG_LEVEL: logLevel },
    });
    child = started;
    started.once('error', (error) => again({ error }));
    started.once('exit', (code, signal) => again({ code, signal }));
  };

  const again = (details: object): void => {
    child = undefined;
    if (ending) return;
    log.warn({ simulator: args[0], ...details }, 'a simulator ended; it is started again');
    timer = setTimeout(start, restartAfter);
  };

  start();
  return async () => {
    ending = true;
    clearTimeout(timer);
    if (!child?.pid) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const tooLong = setTimeout(() => child?.kill('SIGKILL'), 3000);
    await exited;
    clearTimeout(tooLong);
  };
}
