import { fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Static, TSchema } from 'typebox';
import { Parse } from 'typebox/value';

/** A program of the run in a process of its own. Disposing kills it, if it is still there. */
export interface Program extends AsyncDisposable {
  /** Has the program do something; `result` is what it answers with. Rejects with what it threw, or if it ends. */
  call<T extends TSchema>(command: string, result: T, input?: unknown): Promise<Static<T>>;
  /** Lets go of it; resolves to whether it ended by itself, which it does if it has left nothing open. */
  end(): Promise<boolean>;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Milliseconds that a program has to leave by itself. Sockets of `fetch` are kept for 4 s after their last use. */
const PATIENCE = 15_000;

const isReply = (message: unknown): message is Reply =>
  typeof message === 'object' && message !== null && 'id' in message && typeof message.id === 'number';

/** Starts the program in that file. */
export function startProgram(url: URL): Program {
  const file = fileURLToPath(url);
  const name = basename(file, '.program.ts');
  const child = fork(file, { execArgv: [...process.execArgv, '--expose-gc'] });
  const exited = once(child, 'exit');
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let ids = 0;
  const fail = (why: string): void => {
    for (const { reject } of waiting.values()) reject(new Error(`${name}: ${why}`));
    waiting.clear();
  };
  child.on('message', (message: unknown) => {
    if (!isReply(message)) return;
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) call?.resolve(message.result);
    else call?.reject(new Error(`${name}: ${String(message.error)}`));
  });
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => fail(`ended with ${code ?? signal}`));

  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await exited;
  };
  return {
    async call(command, result, input) {
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(++ids, { resolve, reject }));
      child.send({ id: ids, command, input }, (error) => {
        if (error) fail(error.message);
      });
      return Parse(result, await answer);
    },
    async end() {
      if (child.connected) child.disconnect();
      const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      await exited;
      clearTimeout(late);
      return child.exitCode === 0;
    },
    [Symbol.asyncDispose]: kill,
  };
}
