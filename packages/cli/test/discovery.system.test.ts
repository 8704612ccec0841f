import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { defineThing, expose, state } from '@thingwright/core';
import { type Gateway, openGateway } from '@thingwright/gateway';
import { serve } from '@thingwright/listener';
import { simulatePrinter } from '@thingwright/printer/simulator';
import { expect } from 'chai';
import * as t from 'typebox';
import { main } from '../src/index.js';
import { keptTerminal, run } from './kept-terminal.js';
import { temporaryFolder } from './temporary-folder.js';

const Pump = defineThing({ title: 'Pump', properties: { speed: { schema: t.Integer() } } });

const environmentOf = (gateway: Gateway) => ({
  THINGWRIGHT_URL: gateway.url,
  THINGWRIGHT_TOKEN: gateway.adminToken,
});

describe('thingwright discover', function () {
  this.timeout(30_000);

  it('shows what a server has, and what there is now', async () => {
    const pump = expose(Pump, () => ({ properties: { speed: state(1) } }));
    await using foreign = await serve({ things: { pump }, bindings: [http(), websocket()], listen: { port: 0 } });
    await using gateway = await openGateway({ port: 0, allowPrivateAddresses: ['127.0.0.0/8'] });
    const environment = environmentOf(gateway);
    const url = `${foreign.url}/things/pump`;
    const none = await run(['discover', '--once'], environment);
    expect(none).to.include({ status: 0, output: '' });
    const { status, output } = await run(['discover', url], environment);
    expect([status, output]).to.deep.equal([0, `found  thing  Pump  -  direct  ${url}`]);
    expect((await run(['adopt', url, '--name', 'pump'], environment)).status).to.equal(0);
    const listed = await run(['discover', '--once', '--json'], environment);
    expect(JSON.parse(listed.output)).to.include({ key: url, state: 'adopted', name: 'pump' });
    expect((await run(['discover', 'coap://127.0.0.1'], environment)).status).to.equal(1);
  });

  it('tells what comes, changes and goes, a line each, until it is interrupted', async () => {
    const pump = expose(Pump, () => ({ properties: { speed: state(1) } }));
    await using foreign = await serve({ things: { pump }, bindings: [http(), websocket()], listen: { port: 0 } });
    await using gateway = await openGateway({ port: 0, allowPrivateAddresses: ['127.0.0.0/8'] });
    const environment = environmentOf(gateway);
    for (const json of [true, false]) {
      const terminal = keptTerminal(environment);
      const ended = main(['discover', ...(json ? ['--json'] : [])], terminal);
      const url = `${foreign.url}/things/pump?${json}`;
      expect((await run(['discover', url], environment)).status).to.equal(0);
      const first = await terminal.line(json ? 0 : 1);
      if (json) expect(JSON.parse(first)).to.include({ event: 'appeared', state: 'found', title: 'Pump', key: url });
      else expect(first).to.equal(`appeared  found  thing  Pump  ${url}`);
      expect((await run(['adopt', url], environment)).status).to.equal(0);
      expect(await terminal.line(json ? 1 : 2)).to.include('changed');
      terminal.interrupt();
      expect(await ended).to.equal(0);
    }
  });
});

describe('thingwright printer', function () {
  this.timeout(30_000);

  /** A printer that was adopted as `bob`. */
  async function setUp() {
    const folder = await temporaryFolder();
    const ports = { discoveryPort: 0, managerPort: 0, robotPort: 0 };
    const printer = await simulatePrinter({
      folder: folder.path,
      ...ports,
      announces: false,
      keyBits: 1024,
      stepTime: 10,
    });
    const { discoveryPort: port, managerPort: manager, robotPort: robot } = printer;
    const gateway = await openGateway({
      port: 0,
      discovery: ['printers'],
      printerAddresses: ['127.0.0.1'],
      printerPlaces: { listen: false, port, ports: { manager, robot } },
    });
    const environment = environmentOf(gateway);
    const watching = keptTerminal(environment);
    const ended = main(['discover', '--json'], watching);
    await watching.line(0);
    watching.interrupt();
    await ended;
    await run(['adopt', `printer:${printer.uuid}`, '--name', 'bob'], environment);
    return {
      printer,
      gateway,
      environment,
      command: (...args: readonly string[]) => run(args, environment),
      async file(name: string, content: string | Buffer) {
        await writeFile(join(folder.path, name), content);
        return join(folder.path, name);
      },
      async [Symbol.asyncDispose]() {
        await gateway[Symbol.asyncDispose]();
        await printer[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  }

  it('lets the gateway in by a password, sends files of any size and prints them', async () => {
    await using lab = await setUp();
    const part = await lab.file('part.fc', Buffer.alloc(2_000_000, 'F'));
    const refused = await lab.command('printer', 'upload', 'bob', part);
    expect(refused.status).to.equal(1);
    const password = await lab.file('password', 'flux\n');
    const let_in = await lab.command('printer', 'authorize', 'bob', '--password-file', password, '--json');
    expect(let_in).to.include({ status: 0, output: '{"authorized":true}' });
    const sent = await lab.command('printer', 'upload', 'bob', part, '/SD/my part.fc');
    expect(sent).to.include({ status: 0, output: 'path /SD/my part.fc' });
    expect((await lab.command('invoke', 'bob', 'listFiles', '{}', '--json')).output).to.include('my part.fc');
    const printed = await lab.command('printer', 'print', 'bob', part, '--json');
    expect(printed.status).to.equal(0);
    expect(JSON.parse(printed.output)).to.include({ path: '/SD/part.fc' }).and.have.property('jobId');
    expect((await lab.command('printer', 'print', 'bob', '/SD/part.fc')).status, 'one at a time').to.equal(1);
    expect((await lab.command('invoke', 'bob', 'abort')).status).to.equal(0);
  });

  it('ends with 2 for wrong usage', async () => {
    await using lab = await setUp();
    expect((await lab.command('printer', 'upload', 'bob', '/no/such/file')).status).to.equal(2);
    const part = await lab.file('part.fc', 'F');
    expect((await lab.command('printer', 'upload', 'bob', part, 'part.fc')).status).to.equal(2);
    expect((await lab.command('printer', 'authorize', 'bob', '--password-file', '/no/such/file')).status).to.equal(2);
  });
});

describe('thingwright simulate printer', function () {
  this.timeout(30_000);

  it('says who and where it is, and ends when it is interrupted', async () => {
    const terminal = keptTerminal();
    const ports = ['--discovery-port', '0', '--manager-port', '0', '--robot-port', '0'];
    const ended = main(['simulate', 'printer', '--no-announce', '--name', 'Bob', ...ports], terminal);
    const ready = JSON.parse(await terminal.line(0));
    expect(ready)
      .to.include({ event: 'ready', address: '127.0.0.1' })
      .and.include.keys('uuid', 'serial', 'managerPort');
    terminal.interrupt();
    expect(await ended).to.equal(0);
  });

  it('refuses a fault that there is not', async () => {
    expect((await run(['simulate', 'printer', '--fault', 'none'], {})).status).to.equal(2);
  });
});
