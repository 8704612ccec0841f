import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { sql } from 'kysely';
import { createDevices } from '../src/devices.js';
import { createSeal } from '../src/seal.js';
import { type Backend, openLocalBackend } from '../src/thread/backend.js';

describe('createDevices', () => {
  const battery = { name: 'ems_001', kind: 'telemetry', title: 'Battery' };

  it('answers unavailable when the disk is full, and keeps nothing by halves', async () => {
    const { db } = await opened();
    const devices = createDevices(db, { pepper: 'pepper', seal: createSeal('pepper') });
    const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(db);
    await sql.raw(`PRAGMA max_page_count = ${rows[0]?.page_count}`).execute(db);
    const error = await devices.add({ ...battery, title: 'x'.repeat(100_000) }, 'token').catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
    expect(await devices.list()).to.deep.equal([]);
    expect(await db.selectFrom('ids').selectAll().execute()).to.deep.equal([]);
  });

  it('answers unavailable when the database is read-only, and still reads', async () => {
    const { db } = await opened();
    const devices = createDevices(db, { pepper: 'pepper', seal: createSeal('pepper') });
    await devices.add(battery, 'token');
    await sql`PRAGMA query_only = ON`.execute(db);
    const error = await devices.remove('ems_001').catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
    expect(await devices.findByToken('token')).to.have.nested.property('device.name', 'ems_001');
  });
});

async function opened(): Promise<Backend> {
  const backend = openLocalBackend({ kind: 'sqlite', location: ':memory:', readOnly: false });
  await backend.run('migrate', undefined);
  return backend;
}
