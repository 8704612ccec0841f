import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Figures, isFigures } from './figures.js';

/** A program of the bench in a process of its own. */
export interface Program extends AsyncDisposable {
  /** Has the program do something. Rejects with what it threw, or if it ends. */
  call(command: string, figures?: Figures): Promise<Figures>;
}

/** How a program is started. */
export interface ProgramOptions {
  /** The processor that it is pinned to, where the machine lets us. */
  readonly core: number | undefined;
  /** Where to leave a CPU profile. */
  readonly profile?: string | undefined;
  /** Of Node. */
  readonly flags?: readonly string[];
}

interface Reply {
  readonly id: number;
  readonly figures?: unknown;
  readonly error?: unknown;
}

const isReply = (message: unknown): message is Reply =>
  typeof message === 'object' && message !== null && 'id' in message && typeof message.id === 'number';

/** Starts a bundled program. */
export function startProgram(file: string, { core, profile, flags: own = [] }: ProgramOptions): Program {
  const flags = ['--expose-gc', ...own, ...(profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile])];
  const command = [process.execPath, ...flags, file];
  const [executable = process.execPath, ...rest] =
    core === undefined ? command : ['taskset', '-c', String(core), ...command];
  const child = spawn(executable, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(figures: Figures): void; reject(error: Error): void }>();
  let ids = 0;

  child.on('message', (message: unknown) => {
    if (!isReply(message)) return;
    const { id, figures, error } = message;
    const call = waiting.get(id);
    waiting.delete(id);
    if (isFigures(figures)) call?.resolve(figures);
    else call?.reject(new Error(typeof error === 'string' ? error : 'The program gave no figures'));
  });
  const fail = (why: string): void => {
    for (const { reject } of waiting.values()) reject(new Error(`${file}: ${why}`));
    waiting.clear();
  };
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => fail(`ended with ${code ?? signal}`));

  return {
    call: (command, figures = {}) =>
      new Promise((resolve, reject) => {
        const id = ++ids;
        waiting.set(id, { resolve, reject });
        child.send({ id, command, figures }, (error) => {
          if (error) fail(error.message);
        });
      }),
    [Symbol.asyncDispose]: () => end(child),
  };
}

/** Milliseconds that a program has to leave by itself. */
const PATIENCE = 10_000;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  await exited;
  clearTimeout(late);
}
