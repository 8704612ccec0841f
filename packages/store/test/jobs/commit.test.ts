import { expect } from 'chai';
import { createEngine, type Engine } from '../../src/engine/engine.js';
import { StoreError } from '../../src/engine/store-error.js';
import { type ChangeColumns, type Group, NO_CHANGES, toColumns } from '../../src/group.js';
import { commit } from '../../src/jobs/commit.js';
import { readRecent } from '../../src/jobs/read-recent.js';
import { settle } from '../../src/jobs/settle.js';
import { migrate } from '../../src/schema.js';

const THING = 1;

const groupOf = (number: number, changes: ChangeColumns): Group => ({
  ...{ run: 'run', number, changes },
  things: number === 1 ? [{ key: THING, id: 'urn:uuid:1' }] : [],
  names: number === 1 ? [{ key: 1, kind: 'property', name: 'level' }] : [],
  ...{ invocations: [], forgottenInvocations: [], forgottenThings: [], holes: [], audit: [] },
});
const change = (micros: number): ChangeColumns =>
  toColumns([{ thing: THING, name: 1, micros, number: micros, text: '', invoker: undefined }]);

async function opened(): Promise<Engine> {
  const engine = createEngine({ kind: 'sqlite', location: ':memory:', readOnly: false });
  await migrate(engine);
  return engine;
}

async function moments(engine: Engine): Promise<readonly number[]> {
  const wanted = { thing: THING, from: 0, to: 1000, most: 1000, newest: false };
  return [...(await readRecent(engine, wanted)).micros];
}

describe('commit', () => {
  it('adds a row to the log for all that changed, and none for nothing', async () => {
    const engine = await opened();
    await commit(engine, groupOf(1, change(5)));
    await commit(engine, groupOf(2, NO_CHANGES));
    expect(await engine.db.selectFrom('log').select('id').execute()).to.have.length(1);
    expect(await moments(engine)).to.deep.equal([5]);
    await engine.close();
  });

  it('has a group once that is committed and nobody heard of it', async () => {
    const engine = await opened();
    await commit(engine, groupOf(1, change(5)));
    engine.unsettled.drop(engine.unsettled.ids);
    engine.unsettled.doubt();
    await commit(engine, groupOf(1, change(5)));
    expect(await moments(engine)).to.deep.equal([5]);
    await commit(engine, groupOf(2, change(6)));
    expect(await moments(engine)).to.deep.equal([5, 6]);
    expect(await engine.db.selectFrom('log').select('id').execute()).to.have.length(2);
    await engine.close();
  });

  it('gives no key of the log twice, so that no group is taken for one that was settled', async () => {
    const engine = await opened();
    await commit(engine, groupOf(1, change(5)));
    await settle(engine, {});
    await commit(engine, groupOf(2, change(6)));
    expect(engine.unsettled.ids).to.deep.equal([2]);
    expect(await moments(engine)).to.deep.equal([6]);
    await engine.close();
  });

  it('waits until something is settled when far too much is not', async () => {
    const engine = await opened();
    await commit(engine, groupOf(1, change(5)));
    const [id = 0] = engine.unsettled.ids;
    engine.unsettled.add(id + 1, { ...NO_CHANGES, texts: { utf8: new Uint8Array(2 ** 29), ends: Uint32Array.of(0) } });
    const refusal = await commit(engine, groupOf(2, change(6))).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(StoreError).with.property('code', 'unavailable');
    engine.unsettled.drop([id + 1]);
    await commit(engine, groupOf(2, change(6)));
    expect(await moments(engine)).to.deep.equal([5, 6]);
    await engine.close();
  });
});
