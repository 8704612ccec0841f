import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../bin/thingwright.js', import.meta.url));

/** What a command did. */
export interface Ending {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A command that runs. Disposing it kills it, if it still does. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Its lines of output, as they come. */
  readonly lines: AsyncIterableIterator<string>;
  readonly ended: Promise<Ending>;
}

/** Starts the command from its sources, with nothing in its environment that we have not put there. */
export function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [...process.execArgv, LAUNCHER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...environment },
  });
  const kept = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    kept.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    kept.errors += text;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, 'close').then(([status]) => ({ status, ...kept }));
  return {
    child,
    lines,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs the command to its end. */
export const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ending> =>
  start(args, environment).ended;

/** A gateway in a process of its own. */
export interface GatewayProcess extends Running {
  readonly url: string;
  /** What its ready line says. */
  readonly ready: Readonly<Record<string, unknown>>;
}

/** Starts a gateway on a free port and waits until it is ready. */
export async function startGateway(data: string, ...args: readonly string[]): Promise<GatewayProcess> {
  const gateway = start(['serve', '--port', '0', '--data', data, ...args]);
  const { value: line } = await gateway.lines.next();
  if (line === undefined) throw new Error(`the gateway ended: ${(await gateway.ended).errors}`);
  const ready: Record<string, unknown> = JSON.parse(line);
  return { ...gateway, ready, url: String(ready.url) };
}

/** Makes an empty folder that goes with its content when disposed. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'thingwright-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
