import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { type Database, openDatabase } from '../../src/sqlite/database.js';
import { sqliteDevices } from '../../src/sqlite/devices.js';
import { migrate } from '../../src/sqlite/schema.js';

describe('sqliteDevices', () => {
  const battery = { name: 'ems_001', kind: 'telemetry', title: 'Battery' };

  it('answers unavailable when the disk is full, and keeps nothing by halves', async () => {
    using database = opened();
    const devices = sqliteDevices(database, { pepper: 'pepper' });
    const { page_count }: { page_count: number } = database.prepare('PRAGMA page_count').get();
    database.exec(`PRAGMA max_page_count = ${page_count}`);
    const error = await devices.add({ ...battery, title: 'x'.repeat(100_000) }, 'token').catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
    expect(await devices.list()).to.deep.equal([]);
    const { ids }: { ids: number } = database.prepare('SELECT count(*) AS ids FROM ids').get();
    expect(ids).to.equal(0);
  });

  it('answers unavailable when the database is read-only, and still reads', async () => {
    using database = opened();
    const devices = sqliteDevices(database, { pepper: 'pepper' });
    await devices.add(battery, 'token');
    database.exec('PRAGMA query_only = ON');
    const error = await devices.remove('ems_001').catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
    expect(await devices.findByToken('token')).to.have.nested.property('device.name', 'ems_001');
  });
});

function opened(): Database {
  const database = openDatabase(':memory:');
  migrate(database);
  return database;
}
