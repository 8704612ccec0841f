import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openAt } from '../../packages/store/test/fixture/premises.js';
import { temporaryFolder } from '../../packages/store/test/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../../packages/store/test/upgrades-program.ts', import.meta.url));

interface Said {
  /** The last `seq` of upgrades that is kept. */
  readonly kept: Map<string, number>;
  readonly campaigns: Set<string>;
  /** What may be removed by now. */
  readonly going: Set<string>;
}

/** Runs the program and kills it once it has said so many lines. */
async function crash(folder: string, lines: number, { kept, campaigns, going }: Said): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let said = 0;
  for await (const line of createInterface(child.stdout)) {
    const [word, id = '', seq] = line.split(' ');
    if (word === 'kept') kept.set(id, Number(seq));
    else if (word === 'campaign') campaigns.add(id);
    else going.add(id);
    if (++said === lines) child.kill('SIGKILL');
  }
  await exited;
}

describe('The upgrades of a store in a folder', () => {
  it('are all there that were said to be kept, whole, each device held once, after a kill at any moment', async () => {
    await using folder = await temporaryFolder();
    const said: Said = { kept: new Map(), campaigns: new Set(), going: new Set() };
    for (const lines of [1, 30, 200, 700]) {
      await crash(folder.path, lines, said);
      await using opened = await openAt({ data: folder.path });
      const { db } = opened.backends.writer;
      const rows = await db.selectFrom('upgrades').selectAll().execute();
      const seqs = new Map(rows.map(({ id, seq }) => [id, seq]));
      for (const [id, seq] of said.kept) {
        if (!said.going.has(id)) expect(seqs.get(id), id).to.be.at.least(seq);
      }
      const entries = await db
        .selectFrom('upgrade_lines')
        .select((e) => ['upgrade', e.fn.countAll<number>().as('count'), e.fn.max('number').as('last')])
        .groupBy('upgrade')
        .execute();
      expect(new Map(entries.map(({ upgrade, count }) => [upgrade, count]))).to.deep.equal(
        new Map(rows.map(({ id, lines: count }) => [id, count])),
      );
      for (const { count, last } of entries) expect(last).to.equal(count - 1);
      for (const { seq, lines: count, campaign } of rows) expect(count).to.equal(campaign === null ? seq : 1);
      const holders = rows.filter((row) => row.holds_device === 1).map(({ device }) => device);
      expect(new Set(holders).size).to.equal(holders.length);
      const positions = rows.map(({ position }) => position);
      expect(new Set(positions).size).to.equal(rows.length);
      expect(await opened.store.upgrades.position()).to.be.at.least(Math.max(...positions));

      const campaigns = new Set((await db.selectFrom('campaigns').select('id').execute()).map(({ id }) => id));
      for (const id of said.campaigns) if (!said.going.has(id)) expect(campaigns.has(id), id).to.equal(true);
      const counts = new Map<string, number>();
      for (const { campaign } of rows) if (campaign !== null) counts.set(campaign, (counts.get(campaign) ?? 0) + 1);
      expect(counts).to.deep.equal(new Map([...campaigns].map((id) => [id, 300])));
    }
  }).timeout(120_000);
});
