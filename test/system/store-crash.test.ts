import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { sql } from 'kysely';
import { inFolder, openAt } from '../../packages/store/test/fixture/premises.js';
import { temporaryFolder } from '../../packages/store/test/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../../packages/store/test/crash-program.ts', import.meta.url));

interface Acknowledged {
  readonly moment: number;
  /** Whose invocation it was. */
  readonly thing: number;
}

/** Runs the program and kills it once it has said that so many rounds are kept; gives all that it said. */
async function crash(folder: string, rounds: number): Promise<readonly Acknowledged[]> {
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const said: Acknowledged[] = [];
  for await (const line of createInterface(child.stdout)) {
    const [moment = Number.NaN, thing = Number.NaN] = line.split(' ').map(Number);
    said.push({ moment, thing });
    if (said.length === rounds) child.kill('SIGKILL');
  }
  await exited;
  return said;
}

describe('A store whose process is killed', () => {
  it('has all that it said was kept, each once, in order, whatever it was doing', async () => {
    await using folder = await temporaryFolder();
    const said: Acknowledged[] = [];
    for (const rounds of [3, 40]) {
      said.push(...(await crash(folder.path, rounds)));
      await using opened = await openAt({ data: folder.path }, { journal: { count: 1_000_000 } });
      const { memory, history } = opened.store;
      const moments: number[] = [];
      for await (const points of history.export('urn:uuid:3', 'p0'))
        moments.push(...points.map(({ micros }) => micros));
      expect([...new Set(moments)].sort()).to.deep.equal(moments);
      expect(moments).to.include.members(said.map(({ moment }) => moment));
      const first = said[0]?.moment ?? 0;
      const changes = await memory.of('urn:uuid:3').since(first, Number.MAX_SAFE_INTEGER);
      expect(changes).to.have.length((moments.length - moments.indexOf(first)) * 12 - 1);
      for (const { moment, thing } of said) {
        const kept = memory.of(`urn:uuid:${thing}`).invocations.map(({ status }) => status.actionID);
        expect(kept).to.include(String(moment));
      }
      expect(memory.of('urn:uuid:3').last).to.equal((moments.at(-1) ?? 0) + 11);
    }
  }).timeout(60_000);
});

describe('A store whose disk is full', () => {
  it('answers unavailable, still reads, loses nothing, and goes on when there is room again', async () => {
    await using premises = await inFolder();
    await using opened = await premises.open();
    const { store, backends } = opened;
    const thing = store.memory.of('urn:uuid:1');
    let moment = Date.now() * 1000;
    const first = moment;
    const append = (length: number): void =>
      thing.append({ kind: 'property', name: 'text' }, 'x'.repeat(length), moment++);
    append(1);
    await store.memory.kept();
    const { db } = backends.writer;
    const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(db);
    await sql.raw(`PRAGMA max_page_count = ${(rows[0]?.page_count ?? 0) + 2}`).execute(db);
    append(100_000);
    expect(await codeOf(store.memory.kept())).to.equal('unavailable');
    expect(await codeOf(store.check())).to.equal('unavailable');
    expect(await store.devices.list()).to.deep.equal([]);
    append(2);
    await sql`PRAGMA max_page_count = 1000000`.execute(db);
    while ((await codeOf(store.check())) === 'unavailable') await pause(20);
    await store.memory.kept();
    const changes = await thing.since(first, moment);
    expect(changes?.map(({ value }) => String(value).length)).to.deep.equal([100_000, 2]);
    expect(store.stats()).to.include({ dropped: 0, waiting: 0 });
  }).timeout(20_000);
});

async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
}
