import { setTimeout as pause } from 'node:timers/promises';
import { ThingError } from '@thingwright/core';
import { openStore } from '@thingwright/store';
import { expect } from 'chai';
import { inPostgres, runIn } from '../../packages/store/test/fixture/in-postgres.js';
import { inFolder } from '../../packages/store/test/fixture/premises.js';
import { storeSuite } from '../../packages/store/test/store.suite.js';
import { type PostgresServer, startPostgres } from './fixture/postgres-server.js';
import { upgraderInStoreSuite } from './fixture/upgrader-in-store.js';

describe('The store in a folder', () => storeSuite(inFolder));

describe('An upgrader in a store in a folder', () => upgraderInStoreSuite(inFolder));

describe('The store in a PostgreSQL', () => {
  const pepper = 'pepper';
  let server: PostgresServer;
  let database: string;

  before(async () => {
    server = await startPostgres();
    database = await server.createDatabase();
  });

  after(() => server[Symbol.asyncDispose]());

  storeSuite(() => inPostgres(database));

  describe('with an upgrader in it', () => upgraderInStoreSuite(() => inPostgres(database)));

  it('is for one gateway alone, for as long as that lasts', async () => {
    const alone = await server.createDatabase();
    const first = await openStore({ database: alone, pepper });
    const error = await refusal(openStore({ database: alone, pepper }));
    expect(error.code).to.equal('conflict');
    expect(error.detail).to.include('in use by another gateway');
    await first[Symbol.asyncDispose]();
    await using _second = await openStore({ database: alone, pepper });
  });

  it('refuses data of a newer release, and says so', async () => {
    const place = await server.createDatabase();
    await (await openStore({ database: place, pepper }))[Symbol.asyncDispose]();
    await runIn(place, 'UPDATE thingwright.schema_version SET version = 999');
    const error = await refusal(openStore({ database: place, pepper }));
    expect(error.code).to.equal('invalid');
    expect(error.detail).to.include('newer release').and.include('999');
  });

  it('wants a secret that outlives the process', async () => {
    expect((await refusal(openStore({ database: await server.createDatabase() }))).code).to.equal('invalid');
  });

  it('answers unavailable at once when nobody is there to connect to', async () => {
    expect((await refusal(openStore({ database: 'postgres://127.0.0.1:1/none', pepper }))).code).to.equal(
      'unavailable',
    );
  });

  it('answers unavailable while the server is gone, keeps what comes, and goes on when it is back', async () => {
    const place = await server.createDatabase();
    await using store = await openStore({ database: place, pepper });
    const thing = store.memory.of('urn:uuid:1');
    let moment = Date.now() * 1000;
    const first = moment;
    const append = (): void => thing.append({ kind: 'property', name: 'level' }, moment, ++moment);
    append();
    await store.memory.kept();
    await server.kill();
    append();
    const all = [
      () => store.memory.kept(),
      () => store.devices.list(),
      () => store.check(),
      () => thing.since(first, moment),
    ];
    for (const ask of all) {
      expect((await refusal(Promise.resolve(ask()))).code).to.equal('unavailable');
    }
    append();
    await server.start();
    await until(async () => {
      await store.check();
      await store.memory.kept();
    });
    expect((await thing.since(first + 1, moment + 1))?.map(({ micros }) => micros)).to.deep.equal([
      first + 2,
      first + 3,
    ]);
    expect(await store.devices.list()).to.deep.equal([]);
  }).timeout(60_000);
});

async function refusal(work: Promise<unknown>): Promise<ThingError> {
  const thrown = await work.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (thrown instanceof ThingError) return thrown;
  throw thrown;
}

/** Another process tells nobody that it is back, so it is asked. */
async function until(works: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await works();
      return;
    } catch {
      await pause(50);
    }
  }
}
