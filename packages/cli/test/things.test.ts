import { expect } from 'chai';
import { type GatewayProcess, run, start, startGateway, temporaryFolder } from './command.js';

describe('thingwright things, td, read, write, observe, invoke and events', function () {
  this.timeout(30_000);
  const stack: AsyncDisposable[] = [];
  let gateway: GatewayProcess;

  before(async () => {
    const folder = await temporaryFolder();
    gateway = await startGateway(folder.path);
    stack.push(gateway, folder);
  });
  after(async () => {
    for (const opened of stack) await opened[Symbol.asyncDispose]();
  });

  it('list the Things with name, title and id', async () => {
    const { status, output } = await gateway.run('things', '--json');
    expect(status).to.equal(0);
    expect(JSON.parse(output)).to.include({ name: 'gateway', title: 'Thingwright gateway' });
  });

  it('find a Thing by the URL of its TD as well as by its name', async () => {
    const [byName, byUrl] = await Promise.all([
      gateway.run('td', 'gateway', '--json'),
      gateway.run('td', `${gateway.url}/.well-known/wot`, '--json'),
    ]);
    expect(JSON.parse(byName.output).id).to.equal(JSON.parse(byUrl.output).id);
  });

  it('print one property bare, several by name, and with --json one object a line', async () => {
    const [one, all, json] = await Promise.all([
      gateway.run('read', 'gateway', 'version'),
      gateway.run('read', 'gateway'),
      gateway.run('read', 'gateway', 'version', 'devices', '--json'),
    ]);
    expect(one.output).to.match(/^\d+\.\d+\.\d+\n$/);
    expect(all.output).to.match(/^version: .*\nstartedAt: .*\ndevices: \[\]\n$/);
    const lines = json.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ name }) => name)).to.deep.equal(['version', 'devices']);
  });

  it('say in one line what was refused, and end with 1', async () => {
    const all = await Promise.all([
      gateway.run('read', 'gateway', 'colour'),
      gateway.run('read', 'nobody'),
      gateway.run('write', 'gateway', 'version', '2'),
      gateway.run('invoke', 'gateway', 'explode'),
      gateway.run('invoke', 'gateway', 'rotateToken', '{"name": "nobody"}'),
      gateway.run('provision', 'toaster'),
      run(['read', 'gateway'], { ...gateway.environment, THINGWRIGHT_TOKEN: 'wrong' }),
      run(['read', 'gateway', '--url', 'http://127.0.0.1:1']),
    ]);
    for (const { status, output, errors } of all) {
      expect([status, output], errors).to.deep.equal([1, '']);
      expect(errors.trim()).to.match(/^thingwright: .+$/);
    }
  });

  it('end with 2 for wrong usage', async () => {
    const all = await Promise.all([
      run([]),
      run(['explode']),
      run(['read']),
      run(['observe', 'gateway', '--count', '0']),
      run(['rotate', 'x', '--overlap', '-1']),
      run(['read', 'gateway', '--url', 'nonsense']),
    ]);
    expect(all.map(({ status }) => status)).to.deep.equal(all.map(() => 2));
  });

  it('print the present value, then each change, as one JSON object a line', async () => {
    await using observing = start(['observe', 'gateway', 'devices', '--json', '--count', '2'], gateway.environment);
    const present = JSON.parse((await observing.lines.next()).value);
    expect(present).to.have.all.keys('id', 'thing', 'name', 'value', 'time');
    expect(present).to.deep.include({ id: null, name: 'devices', value: [] });
    await gateway.run('provision', 'telemetry', 'ems_001');
    const change = JSON.parse((await observing.lines.next()).value);
    expect(change.id).to.match(/^[0-9a-f-]{36}$/);
    expect(change.value[0]).to.include({ name: 'ems_001', connected: false });
    expect((await observing.ended).status).to.equal(0);
  });

  it('print events until they are interrupted', async () => {
    await using following = start(['events', 'gateway', 'deviceAdded', 'deviceRemoved', '--json'], gateway.environment);
    const told = following.lines.next();
    const asked = repeat(() => gateway.run('provision', 'telemetry'), told);
    expect(JSON.parse((await told).value)).to.include({ name: 'deviceAdded' });
    await asked;
    following.child.kill('SIGINT');
    expect((await following.ended).status).to.equal(0);
  });

  it('invoke an action and print its output', async () => {
    const input = JSON.stringify({ kind: 'telemetry', name: 'ems_009' });
    const { status, output } = await gateway.run('invoke', 'gateway', 'provisionDevice', input, '--json');
    expect(status).to.equal(0);
    expect(JSON.parse(output).output).to.include({ name: 'ems_009' });
  });

  it('show their help with examples, and end with 0', async () => {
    const all = await Promise.all([run(['--help']), run(['observe', '--help']), run(['provision', '--help'])]);
    for (const { status, errors } of all) expect([status, errors]).to.deep.equal([0, '']);
    expect(all[1]?.output).to.include('$ thingwright observe ems_001 batterySoc');
  });
});

/** Does something again and again until `done`: the moment at which another process listens is not ours to know. */
async function repeat(work: () => Promise<unknown>, done: Promise<unknown>): Promise<void> {
  let isDone = false;
  void done.then(() => {
    isDone = true;
  });
  while (!isDone) await work();
}
