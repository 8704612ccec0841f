import { expect } from 'chai';
import { CompiledQuery } from 'kysely';
import type { Session } from '../../src/engine/session.js';
import { singleDriver } from '../../src/engine/single-driver.js';

/** A session that remembers what it was asked. */
function fakeSession() {
  const asked: string[] = [];
  const session = {
    usable: true,
    async executeQuery({ sql }: CompiledQuery) {
      asked.push(sql);
      return { rows: [] };
    },
    streamQuery(): never {
      throw new Error('not here');
    },
    async rollback() {
      asked.push('rollback');
    },
    async close() {
      session.usable = false;
      asked.push('close');
    },
  };
  return { session, asked };
}

describe('singleDriver', () => {
  it('lets one after the other have its session', async () => {
    const { session, asked } = fakeSession();
    const driver = singleDriver({ open: async () => session, begin: 'begin' });
    const work = async (name: string): Promise<void> => {
      const connection = await driver.acquireConnection();
      await driver.beginTransaction(connection, {});
      await connection.executeQuery(CompiledQuery.raw(name));
      await driver.commitTransaction(connection);
      await driver.releaseConnection(connection);
    };
    await Promise.all([work('a'), work('b')]);
    expect(asked).to.deep.equal(['begin', 'a', 'commit', 'begin', 'b', 'commit']);
  });

  it('opens another session when the one is of no more use', async () => {
    const all = [fakeSession(), fakeSession()];
    const sessions = all.map(({ session }) => session);
    const driver = singleDriver({ open: async (): Promise<Session> => sessions.shift() ?? fail(), begin: 'begin' });
    const first = await driver.acquireConnection();
    await driver.releaseConnection(first);
    if (all[0]) all[0].session.usable = false;
    expect(await driver.acquireConnection()).to.equal(all[1]?.session);
    expect(all[0]?.asked).to.deep.equal(['close']);
  });

  it('tries to open for one, and refuses all who wait with it', async () => {
    let tries = 0;
    const open = async (): Promise<Session> => {
      tries++;
      throw new Error('nobody there');
    };
    const driver = singleDriver({ open, begin: 'begin' });
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => driver.acquireConnection()));
    expect(answers.map(({ status }) => status)).not.to.include('fulfilled');
    expect(tries).to.equal(1);
  });

  it('refuses all who ask once it is closed', async () => {
    const { session, asked } = fakeSession();
    const driver = singleDriver({ open: async () => session, begin: 'begin' });
    await driver.releaseConnection(await driver.acquireConnection());
    await driver.destroy();
    const error = await driver.acquireConnection().catch((e: unknown) => e);
    expect(error).to.have.property('code', 'unavailable');
    expect(asked).to.deep.equal(['close']);
  });
});

function fail(): never {
  throw new Error('no more sessions');
}
