import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConsumedThing, consume } from '@thingwright/client';
import { isMembers, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.js';
import { run, startGateway } from './fixture/command.js';

const PRINTER = 'printer_001';

/** What an action came to: its output, or why it was refused. */
interface Outcome {
  readonly output?: unknown;
  readonly refused?: string;
}

/** One way to invoke the actions of the printer. */
type Invoke = (action: string, input?: unknown) => Promise<Outcome>;

/** By the command `thingwright invoke`, in a process of its own. */
const byCommand =
  (url: string, token: string): Invoke =>
  async (action, input) => {
    const given = input === undefined ? [] : [JSON.stringify(input)];
    const environment = { THINGWRIGHT_URL: url, THINGWRIGHT_TOKEN: token };
    const { status, output, errors } = await run(['invoke', PRINTER, action, ...given, '--json'], environment);
    if (status !== 0) return { refused: errors.trim().replace(/^thingwright: /, '') };
    return JSON.parse(output.trim().split('\n').at(-1) ?? '{}');
  };

/** By HTTP; an action that takes its time is asked for until it has ended. */
const byHttp =
  (url: string, token: string): Invoke =>
  async (action, input) => {
    const authorization = `Bearer ${token}`;
    const started = await fetch(`${url}/things/${PRINTER}/actions/${action}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
    });
    const text = await started.text();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    if (started.status >= 400) return { refused: detailOf(answer) };
    if (started.status !== 201) return answer === undefined ? {} : { output: answer };
    const at = new URL(started.headers.get('location') ?? '', url);
    for (;;) {
      const answered: unknown = await (await fetch(at, { headers: { authorization } })).json();
      const { status: state, output, error } = isMembers(answered) ? answered : {};
      if (state === 'completed') return { output };
      if (state === 'failed') return { refused: detailOf(error) };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

/** By the Web Thing Protocol over WebSocket. */
const bySocket =
  (printer: ConsumedThing): Invoke =>
  async (action, input) => {
    try {
      const output = await printer.actions[action]?.(input).output;
      return output === undefined ? {} : { output };
    } catch (error) {
      if (error instanceof ThingError) return { refused: error.detail };
      throw error;
    }
  };

const detailOf = (problem: unknown): string => (isMembers(problem) ? String(problem.detail) : '');

/** Waits until the printer says that it is so. */
async function reach(printer: ConsumedThing, group: string): Promise<void> {
  const isThere = (value: unknown): boolean => isMembers(value) && value.group === group;
  const status = printer.properties.status;
  if (!status) throw new Error('a printer has a status');
  await firstValueFrom(status.pipe(filter(isThere)));
}

describe('a printer that was found and adopted', function () {
  this.timeout(180_000);

  it('does the same by command, HTTP and WebSocket', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    await using gateway = await startGateway(data, '--demo', '--log-level', 'warn');
    const { url } = gateway;
    const token = (await readFile(join(data, 'admin-token'), 'utf8')).trim();
    await using own = await consume(`${url}/things/gateway`, { token });
    const list = own.properties.discovered;
    if (!list) throw new Error('a gateway lists what it finds');
    await firstValueFrom(list.pipe(filter((found) => JSON.stringify(found).includes(`"name":"${PRINTER}"`))));
    const password = join(folder.path, 'password');
    await writeFile(password, 'flux\n');
    const environment = { THINGWRIGHT_URL: url, THINGWRIGHT_TOKEN: token };
    const admitted = await run(['printer', 'authorize', PRINTER, '--password-file', password], environment);
    expect(admitted.status, admitted.errors).to.equal(0);

    await using printer = await consume(`${url}/things/${PRINTER}`, { token });
    const outcomes: Record<string, readonly Outcome[]> = {};
    for (const [name, invoke] of Object.entries({
      command: byCommand(url, token),
      http: byHttp(url, token),
      socket: bySocket(printer),
    })) {
      outcomes[name] = await drive(invoke, printer);
    }
    expect(outcomes.http).to.deep.equal(outcomes.command);
    expect(outcomes.socket).to.deep.equal(outcomes.command);
    expect(outcomes.command?.map(({ refused }) => refused !== undefined)).to.deep.equal([
      ...[false, true, false, false, true, false, false, false, true],
    ]);
  });
});

/** A print from its start to its end, with what is refused on the way. */
async function drive(invoke: Invoke, printer: ConsumedThing): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const step = async (action: string, input?: unknown): Promise<void> => {
    outcomes.push(withoutIds(await invoke(action, input)));
  };
  await step('listFiles', {});
  await step('pause');
  await step('startPrint', { path: '/SD/sample.fc' });
  await reach(printer, 'running');
  await step('pause');
  await reach(printer, 'paused');
  await step('pause');
  await step('resume');
  await reach(printer, 'running');
  await step('abort');
  await reach(printer, 'aborted');
  await step('clearJob');
  await reach(printer, 'idle');
  await step('clearJob');
  return outcomes;
}

/** Each print has an id of its own. */
const withoutIds = (outcome: Outcome): Outcome =>
  isMembers(outcome.output) && 'jobId' in outcome.output
    ? { output: { ...outcome.output, jobId: typeof outcome.output.jobId } }
    : outcome;
