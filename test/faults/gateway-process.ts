import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/thingwright.js', import.meta.url));
/** Milliseconds after which a start has failed. */
const PATIENCE = 30_000;

/** How long a start took, in milliseconds: by the clock, and of a processor. */
export interface StartTime {
  readonly wall: number;
  readonly cpu: number;
}

/** What a gateway is started with, each time. */
export interface GatewaySettings {
  readonly data: string;
  /** Where its standard error goes, all that it says after each other. */
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Further options of `serve`. */
  readonly args?: readonly string[];
  /** A module that is loaded first. */
  readonly preload?: string;
}

/** `thingwright serve` as it was built, always on the same port; killed and started as often as wanted. */
export class GatewayProcess implements AsyncDisposable {
  readonly url: string;
  readonly starts: StartTime[] = [];
  readonly #settings: GatewaySettings;
  readonly #port: number;
  #child: ChildProcess | undefined;

  /** Starts one on a free port. */
  static async open(settings: GatewaySettings): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(settings, await freePort());
    await gateway.start();
    return gateway;
  }

  private constructor(settings: GatewaySettings, port: number) {
    this.#settings = settings;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts it and waits for its ready line. Rejects if it ends, or does not get ready. */
  async start(): Promise<StartTime> {
    const { data, logFile, environment, args = [], preload } = this.#settings;
    const log = openSync(logFile, 'a');
    const begun = performance.now();
    const child = spawn(
      process.execPath,
      [
        ...(preload === undefined ? [] : ['--import', preload]),
        ...[LAUNCHER, 'serve', '--port', String(this.#port), '--data', data, '--log-level', 'trace', ...args],
      ],
      { stdio: ['ignore', 'pipe', log], env: { PATH: process.env.PATH, ...environment } },
    );
    closeSync(log);
    this.#child = child;
    const failed = once(child, 'exit').then(async ([code, signal]) => {
      const said = (await readFile(logFile, 'utf8')).slice(-2000);
      throw new Error(`the gateway ended with ${code ?? signal}: ${said}`);
    });
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    try {
      await Promise.race([once(createInterface({ input: child.stdout ?? process.stdin }), 'line'), failed]);
    } finally {
      clearTimeout(late);
      failed.catch(() => undefined);
    }
    const time = { wall: performance.now() - begun, cpu: await this.#processorTime() };
    this.starts.push(time);
    return time;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** The memory that it has, and the most that it had since its start, in bytes. */
  async memory(): Promise<{ readonly now: number; readonly most: number }> {
    const status = await readFile(`/proc/${this.#child?.pid}/status`, 'utf8');
    const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    return { now: kilobytes('VmRSS') * 1024, most: kilobytes('VmHWM') * 1024 };
  }

  /** Milliseconds; Linux counts them in hundredths of a second. */
  async #processorTime(): Promise<number> {
    const stat = await readFile(`/proc/${this.#child?.pid}/stat`, 'utf8');
    const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
    return (user + system) * 10;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port');
  return address.port;
}
