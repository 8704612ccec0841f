import { expect } from 'chai';
import { sql } from 'kysely';
import { createEngine, type Engine } from '../../src/engine/engine.js';
import { lightTransaction } from '../../src/engine/light-transaction.js';

const [NORMAL, FULL] = [1, 2];

async function synchronous({ db }: Pick<Engine, 'db'>): Promise<number | undefined> {
  const { rows } = await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(db);
  return rows[0]?.synchronous;
}

describe('lightTransaction', () => {
  it('is not waited for by SQLite, and all others are, whatever becomes of it and whoever comes meanwhile', async () => {
    const engine = createEngine({ kind: 'sqlite', location: ':memory:', readOnly: false });
    await sql`CREATE TABLE numbers (number INTEGER)`.execute(engine.db);
    const count = async (db: Engine['db']): Promise<number> =>
      (await sql`SELECT number FROM numbers`.execute(db)).rows.length;
    expect(await synchronous(engine)).to.equal(FULL);
    let other: Promise<number | undefined> | undefined;
    await lightTransaction(engine, async (db) => {
      other = engine.db.transaction().execute((transaction) => synchronous({ db: transaction }));
      await sql`INSERT INTO numbers VALUES (1)`.execute(db);
      expect(await synchronous({ db })).to.equal(NORMAL);
    });
    expect(await other).to.equal(FULL);
    const failing = lightTransaction(engine, async (db) => {
      await sql`INSERT INTO numbers VALUES (2)`.execute(db);
      throw new Error('not today');
    });
    expect(await failing.catch((error: unknown) => String(error))).to.include('not today');
    expect(await synchronous(engine)).to.equal(FULL);
    expect(await count(engine.db)).to.equal(1);
    await engine.close();
  });
});
