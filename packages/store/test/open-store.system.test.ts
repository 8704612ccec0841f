import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { sql } from 'kysely';
import { openStore } from '../src/index.js';
import { openAt } from './fixture/premises.js';
import { temporaryFolder } from './temporary-folder.js';

describe('The SQLite store in a folder', () => {
  const battery = { name: 'ems_001', kind: 'telemetry', title: 'Battery' };

  it('keeps devices, tokens, its own id and used ids over a restart', async () => {
    await using folder = await temporaryFolder();
    const before = await openStore({ data: folder.path });
    const kept = await before.devices.add(battery, 'kept');
    const gone = await before.devices.add({ ...battery, name: 'gone' }, 'gone');
    await before.devices.remove('gone');
    const { gatewayID } = before;
    await before[Symbol.asyncDispose]();

    await using after = await openStore({ data: folder.path });
    expect(after.gatewayID).to.equal(gatewayID);
    expect(await after.devices.list()).to.deep.equal([kept]);
    expect((await after.devices.findByToken('kept'))?.device).to.deep.equal(kept);
    const again = await refusal(after.devices.add({ ...battery, name: 'again', id: gone.id }, 'again'));
    expect(again.code).to.equal('conflict');
  });

  it('holds no token in clear, in any of its files', async () => {
    await using folder = await temporaryFolder();
    const token = 'a-token-that-nobody-must-find';
    await using store = await openStore({ data: folder.path });
    await store.devices.add(battery, token);
    for (const file of await readdir(folder.path)) {
      expect((await readFile(join(folder.path, file))).includes(token), file).to.equal(false);
    }
  });

  it('keeps adopted Things over a restart, their credentials in clear in none of its files', async () => {
    await using folder = await temporaryFolder();
    const token = 'a-token-that-nobody-must-find';
    const before = await openStore({ data: folder.path });
    const thing = { name: 'pump', td: { title: 'Pump' }, settings: {}, credentials: { token } };
    const added = await before.adoptedThings.add(thing);
    for (const file of await readdir(folder.path)) {
      expect((await readFile(join(folder.path, file))).includes(token), file).to.equal(false);
    }
    await before[Symbol.asyncDispose]();
    await using after = await openStore({ data: folder.path });
    expect(await after.adoptedThings.list()).to.deep.equal([added]);
    expect(await after.adoptedThings.credentials('pump')).to.deep.equal({ token });
  });

  it('keeps users, their grants and tokens over a restart, no token in clear in any of its files', async () => {
    await using folder = await temporaryFolder();
    const secret = 'a-token-that-nobody-must-find';
    const before = await openStore({ data: folder.path });
    await before.principals.add({ kind: 'user', name: 'ada', title: 'Ada', organization: 'default' }, 'a hash');
    await before.principals.grant('user:ada', { role: 'viewer', organization: 'lab' });
    await before.principals.addCredential({ principal: 'user:ada', kind: 'token', label: '' }, secret);
    const kept = await before.principals.get('user:ada');
    for (const file of await readdir(folder.path)) {
      expect((await readFile(join(folder.path, file))).includes(secret), file).to.equal(false);
    }
    await before[Symbol.asyncDispose]();
    await using after = await openStore({ data: folder.path });
    expect((await after.principals.findBySecret(secret))?.principal).to.deep.equal(kept);
    expect((await after.principals.findPassword('user:ada'))?.hash).to.equal('a hash');
  });

  it('has no way to credentials under another pepper', async () => {
    await using folder = await temporaryFolder();
    const before = await openStore({ data: folder.path, pepper: 'salt' });
    await before.adoptedThings.add({ name: 'pump', td: {}, settings: {}, credentials: 'secret' });
    await before[Symbol.asyncDispose]();
    await using after = await openStore({ data: folder.path, pepper: 'sugar' });
    expect((await refusal(after.adoptedThings.credentials('pump'))).code).to.equal('failed');
    expect(await after.adoptedThings.list()).to.have.length(1);
  });

  it('knows no token under another pepper', async () => {
    await using folder = await temporaryFolder();
    const before = await openStore({ data: folder.path, pepper: 'salt' });
    await before.devices.add(battery, 'token');
    await before[Symbol.asyncDispose]();
    await using after = await openStore({ data: folder.path, pepper: 'sugar' });
    expect(await after.devices.findByToken('token')).to.equal(undefined);
  });

  it('makes its folder and its pepper for the owner alone', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'new', 'data');
    await using _store = await openStore({ data });
    expect((await stat(data)).mode & 0o777).to.equal(0o700);
    expect((await stat(join(data, 'secret'))).mode & 0o777).to.equal(0o600);
  });

  it('makes files for the owner alone in a folder that others may read', async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o755);
    await using _store = await openStore({ data: folder.path });
    for (const name of await readdir(folder.path)) {
      expect((await stat(join(folder.path, name))).mode & 0o077, name).to.equal(0);
    }
  });

  it('refuses a folder that is in use, in the same process too, and opens it afterwards', async () => {
    await using folder = await temporaryFolder();
    const first = await openStore({ data: folder.path });
    const error = await refusal(openStore({ data: folder.path }));
    expect(error.code).to.equal('conflict');
    expect(error.detail).to.include('in use by another gateway').and.include(folder.path);
    await first[Symbol.asyncDispose]();
    await using _second = await openStore({ data: folder.path });
  });

  it('opens a folder whose gateway was killed, with all that was acknowledged', async () => {
    await using folder = await temporaryFolder();
    const program = fileURLToPath(new URL('./hold-store.ts', import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, program, folder.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    const whileAlive = await refusal(openStore({ data: folder.path }));
    child.kill('SIGKILL');
    await exited;
    expect(whileAlive.code).to.equal('conflict');
    await using store = await openStore({ data: folder.path });
    expect((await store.devices.findByToken('acknowledged'))?.device.name).to.equal('ems_001');
  }).timeout(20_000);

  it('refuses data of a newer release, says so, and lets go of the folder', async () => {
    await using folder = await temporaryFolder();
    await (await openStore({ data: folder.path }))[Symbol.asyncDispose]();
    const setVersion = (version: number): number => {
      const database = new DatabaseSync(join(folder.path, 'thingwright.db'));
      const before: { user_version: number } = database.prepare('PRAGMA user_version').get();
      database.exec(`PRAGMA user_version = ${version}`);
      database.close();
      return before.user_version;
    };
    const present = setVersion(999);
    const error = await refusal(openStore({ data: folder.path }));
    expect(error.code).to.equal('invalid');
    expect(error.detail).to.include('newer release').and.include('999');
    setVersion(present);
    await using _store = await openStore({ data: folder.path });
  });

  it('brings the data of the first release up to date', async () => {
    await using folder = await temporaryFolder();
    const database = new DatabaseSync(join(folder.path, 'thingwright.db'));
    database.exec(FIRST_RELEASE);
    database.close();
    await using store = await openStore({ data: folder.path, pepper: 'pepper' });
    expect(store.gatewayID).to.equal('urn:uuid:gateway');
    const found = await store.devices.findByToken('token');
    expect(found?.device).to.deep.include({ id: 'urn:uuid:1', name: 'ems_001', memory: { threshold: 20 } });
    const taken = await refusal(store.devices.add({ ...battery, name: 'other', id: 'urn:uuid:gone' }, 'other'));
    expect(taken.code).to.equal('conflict');
    store.memory.of('urn:uuid:1').append({ kind: 'property', name: 'level' }, 1, 1);
    await store.memory.kept();
  });

  it('gives the room of what was dropped back to the disk', async () => {
    await using folder = await temporaryFolder();
    await using opened = await openAt({ data: folder.path });
    const { store, backends } = opened;
    const thing = store.memory.of('urn:uuid:1');
    thing.append({ kind: 'property', name: 'text' }, 'x'.repeat(3_000_000), 1);
    await store.memory.kept();
    await backends.writer.run('settle', {});
    const size = async (): Promise<number> => {
      const { rows } = await sql<{ bytes: number }>`
        SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size`.execute(backends.writer.db);
      return rows[0]?.bytes ?? 0;
    };
    const before = await size();
    store.memory.forgetThing('urn:uuid:1');
    await store.memory.kept();
    await backends.writer.run('sweep', { now: Date.now(), journal: 1, raw: 1, means: 1, audit: 1 });
    expect(before - (await size())).to.be.at.least(2_800_000);
  });

  it('says what is wrong with a folder that cannot be made', async () => {
    const error = await refusal(openStore({ data: '/dev/null/data' }));
    expect(error.code).to.equal('unavailable');
    expect(error.detail).to.include('/dev/null/data');
  });

  it('answers failed for a file that is no database', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'thingwright.db'), 'not a database, but long enough to be looked at'.repeat(100));
    expect((await refusal(openStore({ data: folder.path }))).code).to.equal('failed');
  });
});

/** A database as the first release wrote it, with a device whose token is `token`, hashed under `pepper`. */
const FIRST_RELEASE = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE gateway (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
  CREATE TABLE ids (id TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE devices (
    place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, id TEXT NOT NULL UNIQUE REFERENCES ids (id), kind TEXT NOT NULL,
    title TEXT NOT NULL, settings TEXT NOT NULL, memory TEXT NOT NULL DEFAULT '{}', token BLOB NOT NULL UNIQUE,
    previous_token BLOB UNIQUE, previous_until INTEGER, created TEXT NOT NULL, modified TEXT NOT NULL
  ) STRICT;
  PRAGMA user_version = 1;
  INSERT INTO ids VALUES ('urn:uuid:gateway', ''), ('urn:uuid:1', ''), ('urn:uuid:gone', '');
  INSERT INTO gateway VALUES (1, 'urn:uuid:gateway');
  INSERT INTO devices (name, id, kind, title, settings, memory, token, created, modified) VALUES
    ('ems_001', 'urn:uuid:1', 'telemetry', 'Battery', '{}', '{"threshold":20}',
     x'${createHmac('sha256', 'pepper').update('token').digest('hex')}', '', '');
`;

async function refusal(work: Promise<unknown>): Promise<ThingError> {
  const thrown = await work.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (thrown instanceof ThingError) return thrown;
  throw thrown;
}
