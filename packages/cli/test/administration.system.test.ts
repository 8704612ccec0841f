import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type Gateway, openGateway } from '@thingwright/gateway';
import { expect } from 'chai';
import { createSecretReader } from '../src/secret-input.js';
import { type Ending, run } from './kept-terminal.js';
import { temporaryFolder } from './temporary-folder.js';

const PASSWORD = 'correct horse battery';
const OTHER = 'another horse battery';

describe('The commands of administration', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await openGateway({ port: 0 });
  });
  afterEach(async () => gateway[Symbol.asyncDispose]());

  const as =
    (token: string) =>
    (args: string, ...secrets: readonly string[]): Promise<Ending> =>
      run(args.split(' '), { THINGWRIGHT_URL: gateway.url, THINGWRIGHT_TOKEN: token }, secrets);
  const command = (args: string, ...secrets: readonly string[]) => as(gateway.adminToken)(args, ...secrets);

  const basicStatus = async (user: string, password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return (await fetch(`${gateway.url}/things`, { headers: { authorization } })).status;
  };

  it('add a user with a password that is asked for, list it, and change the password', async () => {
    const added = await command('user add ada --title Ada --organization lab', PASSWORD);
    expect(added).to.include({ status: 0, output: 'principal user:ada' });
    expect(added.asked).to.deep.equal(['New password']);
    expect(await basicStatus('ada', PASSWORD)).to.equal(200);
    await done(command('grant add ada viewer --organization lab'));
    const list = await command('user list');
    expect(list.output).to.equal('user:ada  Ada  lab  viewer@lab');
    await done(command('user password ada', OTHER));
    expect([await basicStatus('ada', PASSWORD), await basicStatus('ada', OTHER)]).to.deep.equal([401, 200]);
  });

  it('take a password from a file, and never from the command line', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'password');
    await writeFile(file, `${PASSWORD}\n`);
    await done(command(`user add ada --password-file ${file}`));
    expect(await basicStatus('ada', PASSWORD)).to.equal(200);
    expect(await command('user add bob --password-file /nowhere')).to.include({ status: 2 });
    expect(await command('user add bob --password secret')).to.include({ status: 2 });
    expect(await command('user add')).to.include({ status: 2 });
  });

  it('shut a user out, let it in again, and remove it', async () => {
    const user = await tokenOf('ada');
    const status = async () => (await as(user)('token list')).status;
    for (const [name, expected] of [
      ['disable', 1],
      ['enable', 0],
      ['remove', 1],
    ] as const) {
      await done(command(`user ${name} ada`));
      expect(await status(), name).to.equal(expected);
    }
    expect((await command('user list --json')).output).to.equal('');
    expect(await command('user remove ada')).to.include({ status: 1 });
  });

  it('let a user care for itself: its password, and a token for which it shows the password', async () => {
    await done(command('user add ada', PASSWORD));
    const { secret = '' } = jsonOf(await command('token issue ada --json'));
    const mine = as(secret);
    expect(await mine('token issue --label laptop', 'wrong password')).to.include({ status: 1 });
    const { credential = '' } = jsonOf(await mine('token issue --label laptop --expires 60 --json', PASSWORD));
    expect((await mine('token list')).output)
      .to.include(credential)
      .and.include('laptop');
    const changed = await mine('user password', PASSWORD, OTHER);
    expect(changed.asked).to.deep.equal(['Current password', 'New password']);
    expect(await basicStatus('ada', OTHER)).to.equal(200);
    await done(mine(`token revoke ada ${credential}`));
    expect(await mine('user add bob --no-password')).to.include({ status: 1 });
  });

  it('add a service, rotate its secret and remove it', async () => {
    const { principal, secret = '' } = jsonOf(await command('service add reports --json'));
    expect(principal).to.equal('service:reports');
    expect(await basicStatus('reports', secret)).to.equal(200);
    const rotated = jsonOf(await command('service rotate reports --overlap 60 --json'));
    expect(await basicStatus('reports', secret), 'the old one, for the overlap').to.equal(200);
    expect(await basicStatus('reports', rotated.secret ?? '')).to.equal(200);
    expect((await command('service list')).output).to.match(/^service:reports {2}reports {2}default {2}-$/);
    await done(command('service remove reports'));
    expect(await basicStatus('reports', rotated.secret ?? '')).to.equal(401);
  });

  it('give roles, list them and take them back', async () => {
    await tokenOf('ada');
    await done(command('provision telemetry ems_001 --organization lab'));
    const { grant } = jsonOf(await command('grant add ada operator --thing ems_001 --json'));
    await done(command('grant add user:ada viewer'));
    expect((await command('grant list ada')).output.split('\n')).to.deep.include(
      `${grant}  operator  lab  ems_001  -  -`,
    );
    await done(command(`grant remove ada ${grant}`));
    expect((await command('grant list ada --json')).output.split('\n')).to.have.length(1);
    expect(await command('grant list nobody')).to.include({ status: 1 });
    expect(await command('grant add ada owner')).to.include({ status: 1 });
  });

  it('rotate and revoke tokens', async () => {
    await done(command('user add ada --no-password'));
    const first = jsonOf(await command('token issue ada --json'));
    const second = jsonOf(await command(`token rotate ada ${first.credential} --json`));
    expect((await as(first.secret ?? '')('token list')).status).to.equal(1);
    expect((await as(second.secret ?? '')('token list')).status).to.equal(0);
    await done(command(`token revoke user:ada ${second.credential}`));
    expect((await as(second.secret ?? '')('token list')).status).to.equal(1);
  });

  it('list devices and give them to organizations', async () => {
    await done(command('provision telemetry ems_001 --organization lab'));
    expect((await command('device list --organization lab')).output).to.match(/^ems_001 .* lab +away +urn:uuid:/);
    await done(command('device move ems_001 barn'));
    expect((await command('device list --organization lab')).output).to.equal('');
    expect(jsonOf(await command('device list --json'))).to.include({ name: 'ems_001', organization: 'barn' });
    expect(await command('device move nothing barn')).to.include({ status: 1 });
  });

  it('give devices other titles', async () => {
    await done(command('provision telemetry ems_001 --organization lab'));
    await done(command('device title ems_001 Cellar'));
    expect(jsonOf(await command('device list --json'))).to.include({ name: 'ems_001', title: 'Cellar' });
    expect(jsonOf(await command('device title ems_001 Attic --json'))).to.deep.equal({
      name: 'ems_001',
      title: 'Attic',
    });
    expect(await command('device title nothing Cellar')).to.include({ status: 1 });
  });

  it('keep an admin of one organization to it', async () => {
    const boss = as(await tokenOf('boss'));
    await done(command('grant add boss admin --organization lab'));
    await done(boss('user add ada --organization lab --no-password'));
    await done(boss('grant add ada operator --organization lab'));
    await done(boss('provision telemetry ems_001 --organization lab'));
    for (const refused of [
      'user add eve --no-password',
      'grant add ada viewer',
      'grant add ada superuser',
      'grant add boss admin',
      'provision telemetry ems_002',
      'device move ems_001 barn',
      'device title gateway Mine',
    ]) {
      expect(await boss(refused), refused).to.include({ status: 1 });
    }
    expect((await boss('device list')).output).to.include('ems_001');
  });

  async function tokenOf(name: string): Promise<string> {
    await done(command(`user add ${name} --no-password`));
    return jsonOf(await command(`token issue ${name} --json`)).secret ?? '';
  }
});

describe('createSecretReader', () => {
  it('reads a line of the input for each secret, and says so where none comes', async () => {
    const input = new PassThrough();
    const read = createSecretReader({ input, output: new PassThrough() });
    input.end('first\r\nsecond\n');
    expect([await read('One'), await read('Two')]).to.deep.equal(['first', 'second']);
    const error = await read('Three').catch((e: unknown) => e);
    expect(error).to.have.property('message').that.includes('Three');
  });

  it('shows a person the prompt, and nothing of what is typed', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough();
    const typed = createSecretReader({ input, output })('Password');
    input.write(`${PASSWORD}\r`);
    expect(await typed).to.equal(PASSWORD);
    expect(String(output.read())).to.equal('Password: \n');
  });

  it('ends at ^C', async () => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough();
    const typed = createSecretReader({ input, output })('Password').catch((e: unknown) => e);
    await once(output, 'readable');
    input.write('half\u0003');
    expect(await typed).to.include({ name: 'ThingError', code: 'aborted' });
  });
});

async function done(ending: Promise<Ending>): Promise<void> {
  const { status, errors } = await ending;
  expect(status, errors).to.equal(0);
}

const jsonOf = ({ status, output, errors }: Ending): Readonly<Record<string, string>> => {
  expect(status, errors).to.equal(0);
  return JSON.parse(output);
};
