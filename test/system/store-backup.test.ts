import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createGzip, gunzipSync, gzipSync } from 'node:zlib';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect } from 'chai';
import { BACKUP_TABLES } from '../../packages/store/src/backup-tables.js';
import { openStore, restoreBackup, writeBackup } from '../../packages/store/src/index.js';
import { SCHEMA_VERSION } from '../../packages/store/src/schema.js';
import { backupSuite, type Home, measuredBy, SECRETS } from '../../packages/store/test/backup.suite.js';
import { pieces } from '../../packages/store/test/files.suite.js';
import { refusal } from '../../packages/store/test/refusal.js';
import { temporaryFolder } from '../../packages/store/test/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../../packages/store/test/restore-program.ts', import.meta.url));

/** A folder in a folder of its own. */
async function inFolder(): Promise<Home> {
  const folder = await temporaryFolder();
  return { data: join(folder.path, 'data'), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('A backup of a folder, restored to a folder', () => backupSuite({ from: inFolder, to: inFolder }));

/** A backup, and where to restore it to. */
async function backedUp(size = 100_000): Promise<Home & { readonly path: string; readonly target: string }> {
  const home = await inFolder();
  const store = await openStore(home);
  await store.devices.add({ name: 'ems_001', kind: 'telemetry', title: '' }, 'token');
  await store.files.write(pieces(randomBytes(size)), { name: 'x', mediaType: 'a/b', owner: 'urn:uuid:1' });
  await store[Symbol.asyncDispose]();
  const path = join(home.data, '..', 'backup');
  await writeBackup(path, { ...home, secrets: SECRETS, release: '1' });
  return { ...home, path, target: join(home.data, '..', 'restored') };
}

/** Writes a backup of these lines that has a right end. */
async function forge(path: string, lines: readonly object[], end: object): Promise<void> {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  await writeFile(path, gzipSync(`${text}${JSON.stringify({ end, sha256 })}\n`));
}

const HEADER = {
  thingwright: 'backup',
  header: { format: 1, schema: SCHEMA_VERSION, release: '1', engine: 'sqlite', time: '', gateway: 'urn:uuid:g' },
};

describe('writeBackup', () => {
  it('knows all tables of the schema, and how they are read', async () => {
    await using home = await inFolder();
    await (await openStore(home))[Symbol.asyncDispose]();
    const database = new DatabaseSync(join(home.data, 'thingwright.db'));
    const tables: { name: string }[] = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    database.close();
    expect(BACKUP_TABLES.map(({ name }) => name)).to.have.members(tables.map(({ name }) => name));
  });

  it('reads tables of more than a page, each row once', async () => {
    await using home = await inFolder();
    const store = await openStore(home);
    for (let i = 0; i < 350; i++) {
      store.audit.append({ micros: 1, principal: `${i}`, operation: 'x', affordances: [], result: 'x'.repeat(9000) });
    }
    await store[Symbol.asyncDispose]();
    const path = join(home.data, '..', 'backup');
    const { tables } = await writeBackup(path, { ...home, secrets: [], release: '1' });
    expect(tables.audit).to.equal(350);
    const target = join(home.data, '..', 'restored');
    await restoreBackup(path, { data: target, secrets: [] });
    await using after = await openStore({ data: target });
    const { items } = await after.audit.read({ limit: 1000 });
    expect(new Set(items.map(({ principal }) => principal)).size).to.equal(350);
  }).timeout(20_000);

  it('leaves secrets out that it is not told of', async () => {
    await using home = await inFolder();
    await (await openStore(home))[Symbol.asyncDispose]();
    const path = join(home.data, '..', 'backup');
    const { secrets } = await writeBackup(path, { ...home, secrets: [], release: '1' });
    expect(secrets).to.deep.equal([]);
    const secret = (await readFile(join(home.data, 'secret'), 'utf8')).trim();
    expect(gunzipSync(await readFile(path)).includes(secret)).to.equal(false);
  });

  it('refuses to replace a file, and a folder without a store', async () => {
    await using home = await backedUp();
    const again = await refusal(writeBackup(home.path, { ...home, secrets: [], release: '1' }));
    expect(again).to.include({ code: 'invalid' });
    const path = join(home.data, '..', 'other');
    const none = await refusal(writeBackup(path, { data: home.target, secrets: [], release: '1' }));
    expect(none).to.include({ code: 'notFound' });
    await mkdir(home.target);
    await writeFile(join(home.target, 'thingwright.db'), '');
    const empty = await refusal(writeBackup(path, { data: home.target, secrets: [], release: '1' }));
    expect(empty).to.include({ code: 'notFound' });
    expect(await readdir(join(home.data, '..'))).to.have.members(['backup', 'data', 'restored']);
  });

  it('leaves nothing when it is ended, or cannot be written', async () => {
    await using home = await inFolder();
    const store = await openStore(home);
    await store.files.write(pieces(randomBytes(5_000_000)), { name: 'x', mediaType: 'a/b', owner: 'urn:uuid:1' });
    const ending = new AbortController();
    const progress = (): void => ending.abort();
    const path = join(home.data, '..', 'backup');
    const options = { ...home, secrets: [], release: '1' };
    expect(await refusal(writeBackup(path, { ...options, progress, signal: ending.signal }))).to.include({
      code: 'aborted',
    });
    expect(await refusal(writeBackup('/dev/null/backup', options))).to.include({ code: 'unavailable' });
    expect(await readdir(join(home.data, '..'))).to.deep.equal(['data']);
    await store[Symbol.asyncDispose]();
  });

  it('leaves out a file whose bytes are lost or damaged, with its result, and says which', async () => {
    await using home = await inFolder();
    const store = await openStore(home);
    await store.devices.add({ name: 'mri', kind: 'scanner', title: '', id: 'urn:uuid:2' }, 'token');
    const whole = await store.results.write(pieces(Buffer.from('good')), measuredBy('urn:uuid:2'));
    await store.results.write(pieces(Buffer.from('soon damaged')), measuredBy('urn:uuid:2'));
    const wish = { name: 'x', mediaType: 'a/b', owner: 'urn:uuid:1' };
    const good = await store.files.write(pieces(Buffer.from('good')), wish);
    const damaged = await store.files.write(pieces(Buffer.from('soon damaged')), wish);
    await store[Symbol.asyncDispose]();
    await writeFile(join(home.data, 'files', damaged.sha256.slice(0, 2), damaged.sha256.slice(2)), 'now damaged!');
    const path = join(home.data, '..', 'backup');
    const { left, files } = await writeBackup(path, { ...home, secrets: [], release: '1' });
    expect([left, files]).to.deep.equal([[damaged.sha256], 1]);
    const target = join(home.data, '..', 'restored');
    await restoreBackup(path, { data: target, secrets: [] });
    await using after = await openStore({ data: target });
    expect((await after.files.list('urn:uuid:1')).items).to.deep.equal([good]);
    expect(await after.results.list('urn:uuid:2', { limit: 10 })).to.deep.equal([whole]);
  });
});

describe('restoreBackup', () => {
  it('makes everything for the owner alone', async () => {
    await using home = await backedUp();
    await restoreBackup(home.path, { data: home.target, secrets: SECRETS });
    expect((await stat(home.target)).mode & 0o777).to.equal(0o700);
    for (const name of await readdir(home.target)) {
      expect((await stat(join(home.target, name))).mode & 0o077, name).to.equal(0);
    }
    expect(await readdir(home.target)).to.have.members(['files', 'lock.db', 'secret', 'thingwright.db']);
  });

  it('refuses what is cut short anywhere, or changed anywhere, and touches nothing', async () => {
    await using home = await backedUp(2000);
    const whole = await readFile(home.path);
    const odd = join(home.data, '..', 'odd');
    const attempts: Buffer[] = [Buffer.of(), Buffer.from('not a backup at all'), gzipSync('{}\n'), gzipSync('')];
    for (let i = 1; i <= 12; i++) attempts.push(whole.subarray(0, Math.floor((whole.length * i) / 13)));
    for (let i = 1; i <= 12; i++) {
      const changed = Buffer.from(whole);
      const place = Math.floor((whole.length * i) / 13);
      changed[place] = (changed[place] ?? 0) ^ 0x10;
      attempts.push(changed);
    }
    const text = gunzipSync(whole).toString();
    attempts.push(gzipSync(text.replace('"ems_001"', '"ems_002"')));
    attempts.push(gzipSync(`${text}{"secret":"secret","value":"x"}\n`));
    attempts.push(gzipSync(text.split('\n').slice(0, -2).join('\n')));
    for (const [i, bytes] of attempts.entries()) {
      await writeFile(odd, bytes);
      const error = await refusal(restoreBackup(odd, { data: home.target, secrets: SECRETS }));
      expect(error.code, `${i}: ${error.detail}`).to.equal('invalid');
      expect(error.detail, `${i}`)
        .to.match(/damaged or cut short|is no backup/)
        .and.not.include('\n');
    }
    expect(await readdir(join(home.data, '..'))).to.have.members(['backup', 'data', 'odd']);
  }).timeout(20_000);

  it('refuses what would reach beyond its folder, and what does not fit together', async () => {
    await using home = await backedUp();
    const path = join(home.data, '..', 'forged');
    const none = { tables: {}, files: 0, secrets: [] };
    const bytes = Buffer.from('content');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const content = [{ file: sha256, size: bytes.length }, { bytes: bytes.toString('base64') }, { close: true }];
    const columns = ['place', 'id', 'sha256', 'name', 'media_type', 'owner', 'organization', 'size', 'created'];
    const fileRow = (digest: string): readonly unknown[] => [1, 'a', digest, 'x', 'a/b', 'o', 'default', 7, ''];
    const forged: readonly (readonly [readonly object[], object])[] = [
      [[{ secret: '../../escaped', value: 'x' }], { ...none, secrets: ['../../escaped'] }],
      [[{ secret: 'thingwright.db', value: 'x' }], { ...none, secrets: ['thingwright.db'] }],
      [[{ file: '../../../escaped', size: 1 }, { close: true }], { ...none, files: 1 }],
      [[{ file: sha256.replace(/./g, '0'), size: 7 }, ...content.slice(1)], { ...none, files: 1 }],
      [
        [...content, { table: 'files', columns }, { rows: [fileRow('../../escaped')] }],
        { ...none, files: 1, tables: { files: 1 } },
      ],
      [[{ table: 'sqlite_master', columns: ['name'] }, { rows: [['x']] }], { ...none, tables: { sqlite_master: 1 } }],
      [[{ table: 'ids', columns: ['id) --'] }, { rows: [['x']] }], { ...none, tables: { ids: 1 } }],
      [[{ table: 'ids', columns: ['id', 'since'] }, { rows: [['x']] }], { ...none, tables: { ids: 1 } }],
      [[{ table: 'ids', columns: ['id', 'since'] }, { rows: [['x', { evil: 1 }]] }], { ...none, tables: { ids: 1 } }],
      [[{ table: 'ids', columns: ['id', 'since'] }, { rows: [['x', '']] }], { ...none, tables: { ids: 2 } }],
      [[{ rows: [['x', '']] }], none],
      [[{ table: 'ids', columns: ['id', 'other'] }, { rows: [['x', '']] }], { ...none, tables: { ids: 1 } }],
      [[{ table: 'gateway', columns: ['one', 'id'] }, { rows: [[2, 'x']] }], { ...none, tables: { gateway: 1 } }],
      [[{ header: 1 }], none],
    ];
    for (const [i, [lines, end]] of forged.entries()) {
      await forge(path, [HEADER, ...lines], end);
      const error = await refusal(restoreBackup(path, { data: home.target, secrets: SECRETS }));
      expect(error.code, `${i}: ${error.detail}`).to.equal('invalid');
    }
    const left: readonly string[] = await readdir(home.target).catch(() => []);
    expect(left.filter((name) => name !== 'lock.db')).to.deep.equal([]);
    expect(await readdir(join(home.data, '..'))).not.to.include('escaped');
  });

  it('refuses a line without an end before it fills the memory', async () => {
    await using home = await backedUp();
    const path = join(home.data, '..', 'bomb');
    const gzip = createGzip();
    const bomb: Buffer[] = [];
    gzip.on('data', (chunk: Buffer) => bomb.push(chunk));
    const zeros = Buffer.alloc(1 << 20, '0');
    for (let i = 0; i < 400; i++) if (!gzip.write(zeros)) await once(gzip, 'drain');
    gzip.end();
    await once(gzip, 'end');
    await writeFile(path, Buffer.concat(bomb));
    const before = process.memoryUsage().rss;
    const error = await refusal(restoreBackup(path, { data: home.target, secrets: SECRETS }));
    expect(error.detail).to.include('a line without an end');
    expect(process.memoryUsage().rss - before).to.be.below(600 << 20);
  }).timeout(30_000);

  it('refuses a backup of a newer release, and brings an older one up to date', async () => {
    await using home = await inFolder();
    const path = join(home.data, '..', 'forged');
    const target = join(home.data, '..', 'restored');
    const header = (schema: number): object => ({ ...HEADER, header: { ...HEADER.header, schema } });
    const lines = [
      { table: 'ids', columns: ['id', 'since'] },
      { rows: [['urn:uuid:g', '']] },
      { table: 'gateway', columns: ['one', 'id'] },
      { rows: [[1, 'urn:uuid:g']] },
    ];
    const end = { tables: { ids: 1, gateway: 1 }, files: 0, secrets: [] };
    await forge(path, [header(SCHEMA_VERSION + 1), ...lines], end);
    const error = await refusal(restoreBackup(path, { data: target, secrets: [] }));
    expect(error).to.include({ code: 'invalid' });
    expect(error.detail).to.include('newer release');
    await forge(path, [header(1), ...lines], end);
    await restoreBackup(path, { data: target, secrets: [] });
    await using store = await openStore({ data: target });
    expect(store.gatewayID).to.equal('urn:uuid:g');
    expect((await store.files.list('x')).items).to.deep.equal([]);
  });

  it('takes a folder that is there and empty, and no other', async () => {
    await using home = await backedUp();
    await mkdir(home.target);
    await chmod(home.target, 0o755);
    await writeFile(join(home.target, 'notes.txt'), 'mine');
    const options = { data: home.target, secrets: SECRETS };
    expect((await refusal(restoreBackup(home.path, options))).detail).to.include("'notes.txt'");
    expect(await readFile(join(home.target, 'notes.txt'), 'utf8')).to.equal('mine');
    const other = join(home.data, '..', 'other');
    await mkdir(other);
    await symlink(other, join(home.data, '..', 'link'));
    await restoreBackup(home.path, { data: join(home.data, '..', 'link'), secrets: SECRETS });
    await using _store = await openStore({ data: other });
  });

  it('leaves nothing when it is ended', async () => {
    await using home = await backedUp(3_000_000);
    const ending = new AbortController();
    const progress = (fraction: number): void => void (fraction > 0.6 && ending.abort());
    const options = { data: home.target, secrets: SECRETS, progress, signal: ending.signal };
    expect(await refusal(restoreBackup(home.path, options))).to.include({ code: 'aborted' });
    expect(await readdir(home.target)).to.deep.equal(['lock.db']);
    await restoreBackup(home.path, { data: home.target, secrets: SECRETS });
    await using store = await openStore({ data: home.target });
    expect(await store.devices.list()).to.have.length(1);
  });

  it('that is killed leaves nothing, all, or what says what to do and can be repeated', async () => {
    await using home = await backedUp(4_000_000);
    const states = new Set<string>();
    for (let round = 0; round < 4; round++) {
      const target = join(home.data, '..', `killed_${round}`);
      const child = spawn(process.execPath, [...process.execArgv, PROGRAM, home.path, target], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      await lines.next();
      await pause(round * 15);
      child.kill('SIGKILL');
      await exited;
      const names: readonly string[] = await readdir(target).catch(() => []);
      if (names.includes('restoring')) {
        states.add('unfinished');
        const error = await refusal(openStore({ data: target }));
        expect(error).to.include({ code: 'invalid' });
        expect(error.detail).to.include('run it again');
        await restoreBackup(home.path, { data: target, secrets: SECRETS });
      } else if (!names.includes('files')) {
        states.add('nothing');
        await restoreBackup(home.path, { data: target, secrets: SECRETS });
      } else states.add('all');
      await using store = await openStore({ data: target });
      expect((await store.devices.findByToken('token'))?.device.name).to.equal('ems_001');
      expect((await store.files.list('urn:uuid:1')).items).to.have.length(1);
    }
    expect(states).to.include('unfinished');
  }).timeout(90_000);
});
