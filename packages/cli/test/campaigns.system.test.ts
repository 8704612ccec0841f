import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, openGateway } from '@thingwright/gateway';
import { type SimulatedUpgradable, simulateUpgradable } from '@thingwright/upgrader/simulator';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { main } from '../src/index.js';
import { keptTerminal, run } from './kept-terminal.js';

const TOKEN = 'the-admin-token';

describe('thingwright campaign', () => {
  let gateway: Gateway;
  let folder: string;
  let devices: SimulatedUpgradable[];
  let category: string;
  let build: string;
  let environment: { readonly THINGWRIGHT_URL: string; readonly THINGWRIGHT_TOKEN: string };

  /** Gives the id of what was made; of a campaign the one that it calls `batch`. */
  const ask = async (path: string, body: object): Promise<string> => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${gateway.url}/api/v1/firmware-upgrader/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, ...(isForm ? {} : { 'content-type': 'application/json' }) },
      body: isForm ? body : JSON.stringify(body),
    });
    const { id, batch = id } = await response.json();
    return batch;
  };

  /** Files an image of that version; gives its build. */
  const fileBuild = async (version: string): Promise<string> => {
    const id = await ask('build/', { category, version });
    const form = new FormData();
    form.set('type', 'model-x.bin');
    form.set('file', new Blob([`firmware ${version} `.repeat(1000)]), 'a-model-x.bin');
    await ask(`build/${id}/image/`, form);
    return id;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thingwright-campaign-'));
    const hardware = [{ key: 'model-x.bin', label: 'Model X', boards: ['Model X'] }];
    gateway = await openGateway({ port: 0, adminToken: TOKEN, hardware });
    environment = { THINGWRIGHT_URL: gateway.url, THINGWRIGHT_TOKEN: TOKEN };
    devices = [];
    for (const name of ['one', 'two']) {
      const settings = { group: `floor ${name}` };
      const named = { kind: 'upgradable', name, title: `router ${name}` };
      const { token } = await gateway.fleet.provision({ ...named, ...settings });
      const options = { url: gateway.url, name, token, folder: join(folder, name), model: 'Model X' };
      const device = await simulateUpgradable({ ...options, installTime: 1, bootTime: 1 });
      devices.push(device);
      await firstValueFrom(device.connection.pipe(filter((state) => state === 'OPEN')));
    }
    category = await ask('category/', { name: 'Routers', organization: 'default' });
    build = await fileBuild('2.0');
  });

  afterEach(async () => {
    await Promise.all(devices.map((device) => device[Symbol.asyncDispose]()));
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const made = async (...options: readonly string[]): Promise<string> => {
    const { output } = await run(
      ['campaign', 'start', build, '--firmwareless', '--no-start', '--json', ...options],
      environment,
    );
    return JSON.parse(output).name;
  };

  const anotherAdmin = async (): Promise<string> => {
    const { people } = gateway;
    await people.addUser({ name: 'ada' });
    await people.grant('user:ada', { role: 'admin' });
    return (await people.issueToken('user:ada')).secret;
  };

  /** A device whose first upgrade fails. */
  const failing = async () => {
    const { id, token } = await gateway.fleet.provision({ kind: 'upgradable', name: 'three', title: 'router three' });
    const options = { url: gateway.url, name: 'three', token, folder: join(folder, 'three'), model: 'Model X' };
    let installs = 0;
    const fault = () => (installs++ === 0 ? 'install' : undefined);
    const device = await simulateUpgradable({ ...options, fault, installTime: 1, bootTime: 1 });
    await firstValueFrom(device.connection.pipe(filter((state) => state === 'OPEN')));
    return { id: id.replace('urn:uuid:', ''), [Symbol.asyncDispose]: () => device[Symbol.asyncDispose]() };
  };

  it('plans, and changes nothing', async () => {
    const { status, output } = await run(['campaign', 'plan', build, '--firmwareless', '--stages', '50'], environment);
    expect(status).to.equal(0);
    expect(output).to.include('2 to upgrade, stage 1: 1, the rest: 1');
    expect(output).to.match(/router one +[\da-f-]{36} /);
    const json = await run(['campaign', 'plan', build, '--firmwareless', '--json'], environment);
    expect(JSON.parse(json.output)).to.include({ total: 2, skippedTotal: 0 });
    expect((await run(['campaign', 'list', '--json'], environment)).output).to.equal('');
  });

  it('takes groups by their names, and refuses one that nobody is in', async () => {
    const plan = (...words: string[]) => run(['campaign', 'plan', build, '--firmwareless', ...words], environment);
    const { output } = await plan('--group', 'floor two');
    expect(output)
      .to.include('1 to upgrade')
      .and.to.match(/router two +[\da-f-]{36} /);
    const read = await run(['read', 'campaigns', 'places'], environment);
    const [one] = JSON.parse(read.output).groups;
    expect(one).to.include({ name: 'floor one', organization: 'default', devices: 1 });
    expect((await plan('--group', one.id)).output).to.match(/router one +[\da-f-]{36} /);
    const unknown = await plan('--location', 'cellar');
    expect([unknown.status, unknown.errors]).to.deep.equal([
      2,
      "error: --location: no device is in a location 'cellar'",
    ]);
  });

  it('starts one, shows how far it is, and ends with it', async () => {
    const { status, output, errors } = await run(['campaign', 'start', build, '--firmwareless'], environment);
    expect([status, output.split('\n').at(-1)]).to.deep.equal([0, 'success']);
    expect(errors).to.include('2/2');
    expect(devices.map(({ version }) => version)).to.deep.equal(['2.0', '2.0']);
    const listed = await run(['campaign', 'list', '--json', '--build', build], environment);
    expect(JSON.parse(listed.output)).to.include({ status: 'success', total: 2, version: '2.0' });
  });

  it('says why there is nothing to do, with counts, when it plans and when it starts', async () => {
    const nothing = async (why: string, of: object, ...words: readonly string[]) => {
      const planned = await run(['campaign', 'plan', build, ...words], environment);
      expect([planned.status, planned.output.split('\n')[0]]).to.deep.equal([0, why]);
      const asked = await run(['campaign', 'plan', build, '--json', ...words], environment);
      expect(JSON.parse(asked.output)).to.deep.include({ total: 0, why, ...of });
      const started = await run(['campaign', 'start', build, ...words], environment);
      expect([started.status, started.output, started.errors]).to.deep.equal([1, '', why]);
      const json = await run(['campaign', 'start', build, '--json', ...words], environment);
      expect([json.status, json.errors]).to.deep.equal([1, '']);
      expect(JSON.parse(json.output)).to.deep.equal({ total: 0, why, ...of });
    };
    const hint = '; --firmwareless takes those too of which nothing is known, if their model fits';
    await nothing(`nothing to upgrade: no device matches${hint}`, { skippedTotal: 0, skippedByReason: [] });

    const name = await made();
    const held = { skippedTotal: 2, skippedByReason: [{ reason: 'busy', count: 2 }] };
    await nothing('nothing to upgrade: all 2 are held by another campaign or upgrade', held, '--firmwareless');
    const alone = { skippedTotal: 1, skippedByReason: [{ reason: 'busy', count: 1 }] };
    const words = ['--firmwareless', '--group', 'floor one'];
    await nothing('nothing to upgrade: the only one is held by another campaign or upgrade', alone, ...words);

    expect((await run(['campaign', 'start', name], environment)).status).to.equal(0);
    const current = { skippedTotal: 2, skippedByReason: [{ reason: 'up-to-date', count: 2 }] };
    await nothing('nothing to upgrade: all 2 are up to date', current);

    build = await fileBuild('3.0');
    await made('--group', 'floor one');
    const two =
      gateway.fleet
        .list()
        .find((device) => device.name === 'two')
        ?.id.replace('urn:uuid:', '') ?? '';
    const mixed = [
      { reason: 'excluded', count: 1 },
      { reason: 'busy', count: 1 },
    ];
    const told = 'nothing to upgrade: 1 excluded, 1 held by another campaign or upgrade';
    await nothing(told, { skippedTotal: 2, skippedByReason: mixed }, '--exclude', two);
  });

  it('says that somebody may not start a campaign, also where there is nothing to do', async () => {
    await gateway.people.addUser({ name: 'bob' });
    await gateway.people.grant('user:bob', { role: 'viewer' });
    const { secret } = await gateway.people.issueToken('user:bob');
    const { status, output, errors } = await run(
      ['campaign', 'start', build, '--json', '--token', secret],
      environment,
    );
    expect([status, output]).to.deep.equal([1, '']);
    expect(errors).not.to.contain('nothing to upgrade');
  });

  it('comes to the same as REST and the Thing do', async () => {
    const [second, third] = [await fileBuild('3.0'), await fileBuild('4.0')];
    await run(['campaign', 'start', build, '--firmwareless'], environment);
    const batch = await ask(`build/${second}/upgrade/`, { upgrade_all: true });
    await run(['campaign', 'watch', batch], environment);
    const request = JSON.stringify({ build: third, firmwareless: true });
    const created = await run(['invoke', 'campaigns', 'createCampaign', request, '--json'], environment);
    const { name } = JSON.parse(created.output).output;
    await run(['invoke', name, 'start'], environment);
    await run(['campaign', 'watch', name], environment);
    expect(devices.map(({ version }) => version)).to.deep.equal(['4.0', '4.0']);
    const { output } = await run(['campaign', 'list', '--json'], environment);
    const all = output.split('\n').map((line) => JSON.parse(line));
    expect(all.map(({ version }) => version)).to.have.members(['2.0', '3.0', '4.0']);
    for (const one of all) expect(one).to.include({ status: 'success', phase: 'ended', total: 2 });
  });

  it('pauses, resumes and cancels; watching a cancelled one fails', async () => {
    await devices[1]?.[Symbol.asyncDispose]();
    const name = await made();
    expect((await run(['campaign', 'start', name, '--no-watch'], environment)).status).to.equal(0);
    expect((await run(['campaign', 'pause', name], environment)).output).to.equal('paused');
    expect((await run(['campaign', 'resume', name, '--json'], environment)).output).to.equal('{"phase":"running"}');
    const terminal = keptTerminal(environment);
    const watching = main(['campaign', 'watch', name.replace('campaign-', ''), '--json'], terminal);
    await terminal.line(0);
    const cancelled = await run(['campaign', 'cancel', name, '--json'], environment);
    expect(JSON.parse(cancelled.output)).to.have.keys(['cancelled', 'tooLate']);
    expect(await watching).to.equal(1);
    expect(JSON.parse(terminal.printed.at(-1) ?? '')).to.deep.equal({ status: 'cancelled' });
  });

  it('says why one that is watched does not go on', async () => {
    await using broken = await failing();
    const stages = ['--stages', '30', '--max-errors', '0'];
    const planned = await run(['campaign', 'plan', build, '--firmwareless', ...stages], environment);
    expect(planned.output).to.match(new RegExp(`${broken.id} +stage 1`));
    const name = await made(...stages);
    const terminal = keptTerminal(environment);
    const watching = main(['campaign', 'start', name], terminal);
    expect(await terminal.hint('paused')).to.equal("paused: 1 of 1 upgrades of the group 'stage 1' went wrong");
    await run(['campaign', 'resume', name], environment);
    expect(await watching).to.equal(1);
  });

  it('is approved or denied by somebody else than its author', async () => {
    const secret = await anotherAdmin();
    const decide = (...words: string[]) => run(['campaign', ...words, '--token', secret], environment);
    const first = await made('--approval');
    expect((await run(['campaign', 'approve', first], environment)).errors).to.include('somebody else than its author');
    expect((await decide('approve', first, '--remark', 'tried')).output).to.equal('ready');
    expect((await run(['read', first, 'details'], environment)).output).to.include('"remark":"tried"');
    await run(['campaign', 'cancel', first], environment);
    const second = await made('--approval');
    expect((await decide('deny', second, '--json')).output).to.equal('{"phase":"approval-denied"}');
  });

  it('tries those again that failed', async () => {
    await using broken = await failing();
    const name = await made('--device', broken.id);
    expect((await run(['campaign', 'start', name], environment)).status).to.equal(1);
    const { status, output, errors } = await run(['campaign', 'retry', name], environment);
    expect([status, output.split('\n').at(-1)], errors).to.deep.equal([0, 'success']);
    const late = await run(['campaign', 'retry', output.split('\n')[0] ?? ''], environment);
    expect([late.status, late.errors]).to.deep.equal([1, 'thingwright: None of its upgrades has failed']);
  });

  it('does not wait for a campaign that has to be approved as the one before it had', async () => {
    const secret = await anotherAdmin();
    await using broken = await failing();
    const name = await made('--device', broken.id, '--approval');
    await run(['campaign', 'approve', name, '--token', secret], environment);
    expect((await run(['campaign', 'start', name], environment)).status).to.equal(1);
    const { status, errors } = await run(['campaign', 'retry', name], environment);
    expect([status, errors]).to.deep.equal([0, 'it has to be approved first, as the one before it']);
  });

  it('leaves a campaign running at ^C', async () => {
    await devices[1]?.[Symbol.asyncDispose]();
    const name = await made();
    await run(['campaign', 'start', name, '--no-watch'], environment);
    const terminal = keptTerminal(environment);
    const watching = main(['campaign', 'watch', name, '--json'], terminal);
    await terminal.line(0);
    terminal.interrupt();
    expect(await watching).to.equal(0);
    expect(terminal.told.join('\n')).to.include('it goes on');
  });

  it('takes all else from a file, and says what will not do', async () => {
    const file = join(folder, 'request.json');
    await writeFile(file, JSON.stringify({ name: 'winter', groups: [{ name: 'first', count: 1 }] }));
    const name = await made('--request', file);
    expect((await run(['campaign', 'list', '--json'], environment)).output).to.include('"name":"winter"');
    expect((await run(['campaign', 'cancel', name], environment)).output).to.equal('2 upgrades cancelled');
    await writeFile(file, '[]');
    const odd = await run(['campaign', 'plan', build, '--request', file], environment);
    expect([odd.status, odd.errors]).to.deep.equal([2, `error: --request: ${file}: a JSON object is needed`]);
    expect((await run(['campaign', 'plan', build, '--stages', '101'], environment)).status).to.equal(2);
    const empty = await run(['campaign', 'plan', build, '--stages', '50', '0'], environment);
    expect([empty.status, empty.errors]).to.deep.equal([
      2,
      "error: option '--stages <percent...>' argument '0' is invalid. a stage needs more than 0 percent",
    ]);
    await writeFile(file, '{"needApproval": true}');
    const misspelt = await run(['campaign', 'start', build, '--firmwareless', '--request', file], environment);
    expect(misspelt.status).to.equal(1);
    expect(misspelt.errors).to.match(/cannot take that input: \/needApproval is not known$/);
    expect((await run(['campaign', 'watch', 'campaign-nothing'], environment)).status).to.equal(1);
  });

  it('has help with examples', async () => {
    for (const command of ['plan', 'start', 'watch', 'pause', 'resume', 'cancel', 'approve', 'deny', 'retry', 'list']) {
      const { status, output } = await run(['campaign', command, '--help'], environment);
      expect([status, output.includes(`$ thingwright campaign ${command}`)], command).to.deep.equal([0, true]);
    }
  });
});
