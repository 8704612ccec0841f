import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.js';
import { backupSuite, type Home } from '../../packages/store/test/backup.suite.js';
import { type Ending, run, start, startGateway } from './fixture/command.js';
import { type PostgresServer, startPostgres } from './fixture/postgres-server.js';

/** The members of what a command printed. */
const jsonOf = ({ status, output, errors }: Ending): Readonly<Record<string, unknown>> => {
  expect(status, errors).to.equal(0);
  return JSON.parse(output);
};

describe('thingwright backup and restore', function () {
  this.timeout(90_000);

  it('carry a gateway that runs to another folder, with its tokens, devices and admin token', async () => {
    await using folder = await temporaryFolder();
    const [data, target, file] = ['data', 'target', 'backup'].map((name) => join(folder.path, name));
    const before = await startGateway(data ?? '');
    const token = await tokenOf(data ?? '');
    const of = (url: string): Readonly<Record<string, string>> => ({ THINGWRIGHT_URL: url, THINGWRIGHT_TOKEN: token });
    const device = jsonOf(await run(['provision', 'telemetry', 'ems_007', '--json'], of(before.url)));
    const written = jsonOf(await run(['backup', file ?? '', '--data', data ?? '', '--json']));
    expect(written.secrets).to.deep.equal(['secret', 'admin-token']);
    expect((await stat(file ?? '')).mode & 0o777).to.equal(0o600);
    const busy = await run(['restore', file ?? '', '--data', data ?? '']);
    expect([busy.status, busy.output]).to.deep.equal([3, '']);
    expect(busy.errors.trim()).to.match(/^thingwright: .* in use by another gateway$/);
    before.child.kill('SIGTERM');
    await before.ended;

    jsonOf(await run(['restore', file ?? '', '--data', target ?? '', '--json']));
    await using after = await startGateway(target ?? '');
    expect(await tokenOf(target ?? '')).to.equal(token);
    expect(jsonOf(await run(['td', 'ems_007', '--json'], of(after.url))).id).to.equal(device.id);
    const full = await run(['restore', file ?? '', '--data', data ?? '']);
    expect(full.status).to.equal(1);
    expect(full.errors)
      .to.include('data already')
      .and.match(/^[^\n]*\n$/);
  });

  it('leave secrets out if asked to, and say so', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    const gateway = await startGateway(data);
    gateway.child.kill('SIGTERM');
    await gateway.ended;
    const file = join(folder.path, 'backup');
    const { status, errors } = await run(['backup', file, '--data', data, '--without-secret']);
    expect(status).to.equal(0);
    expect(errors).to.include('THINGWRIGHT_SECRET');
    await run(['restore', file, '--data', join(folder.path, 'target')]);
    expect(await readdir(join(folder.path, 'target'))).to.have.members(['lock.db', 'thingwright.db']);
  });

  it('refuse with one line what is no backup, no store, or a wrong setting', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'backup');
    await writeFile(file, 'something else');
    const data = join(folder.path, 'data');
    const all = await Promise.all([
      run(['restore', file, '--data', data]),
      run(['backup', join(folder.path, 'new'), '--data', data]),
      run(['backup', join(folder.path, 'new')], { THINGWRIGHT_DATABASE_URL: 'x' }),
    ]);
    expect(all.map(({ status }) => status)).to.deep.equal([1, 1, 2]);
    for (const { errors } of all) expect(errors.trim()).not.to.include('\n');
    expect(await readdir(folder.path)).to.deep.equal(['backup']);
  });

  it('leave no half file at ^C', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    const gateway = await startGateway(data);
    await using backup = start(['backup', join(folder.path, 'new'), '--data', data]);
    await once(backup.child, 'spawn');
    backup.child.kill('SIGINT');
    await backup.ended;
    gateway.child.kill('SIGTERM');
    await gateway.ended;
    for (const name of await readdir(folder.path)) expect(name).not.to.include('.part');
  });
});

describe('A backup across engines', () => {
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server[Symbol.asyncDispose]());

  const inFolder = async (): Promise<Home> => {
    const folder = await temporaryFolder();
    return { data: join(folder.path, 'data'), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  };
  const inPostgres = async (): Promise<Home> => {
    const { data, ...folder } = await inFolder();
    return { data, database: await server.createDatabase(), [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
  };

  describe('from SQLite to PostgreSQL', () => backupSuite({ from: inFolder, to: inPostgres }));
  describe('from PostgreSQL to SQLite', () => backupSuite({ from: inPostgres, to: inFolder }));
  describe('from PostgreSQL to PostgreSQL', () => backupSuite({ from: inPostgres, to: inPostgres }));
});

const tokenOf = async (data: string): Promise<string> => (await readFile(join(data, 'admin-token'), 'utf8')).trim();
