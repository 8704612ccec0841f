import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConsumedThing, consume } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { filter, firstValueFrom, NEVER } from 'rxjs';
import { type GatewayProcess, run, start, startGateway } from './fixture/command.js';
import { type Program, startProgram } from './fixture/program.js';

const LOOPBACK = ['--allow-private-addresses', '127.0.0.0/8'];
const ADOPTING = ['--adopt', 'node-wot', ...LOOPBACK];

/** A port of this machine that nobody has: a foreign Thing that is killed comes back to its own. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' && address ? address.port : 0);
}

async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'thingwright-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Runs a command against a gateway, as its administrator. */
async function commandOf({ url }: GatewayProcess, data: string, ...args: readonly string[]) {
  return run(args, { THINGWRIGHT_URL: url, THINGWRIGHT_DATA: data });
}

/** Has a gateway adopt the Thing of a program that says its TD; gives its name there. */
async function adopt(gateway: GatewayProcess, data: string, { line }: Program): Promise<string> {
  const file = join(data, 'td.json');
  await writeFile(file, line);
  const adopted = await commandOf(gateway, data, 'adopt', file, '--poll', '0.02', '--json');
  expect(adopted.status, adopted.errors).to.equal(0);
  return JSON.parse(adopted.output).name;
}

/** The Thing as it is served by the gateway, over its WebSocket. */
async function consumed({ url }: GatewayProcess, data: string, name: string): Promise<ConsumedThing> {
  const token = (await readFile(join(data, 'admin-token'), 'utf8')).trim();
  return consume(`${url}/things/${name}`, { token, transport: 'websocket' });
}

const AWAY: ReadonlySet<string> = new Set(['unavailable', 'timeout']);

/** Asks again as long as the foreign Thing is away. */
async function eventually(ask: () => Promise<unknown> | undefined): Promise<unknown> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ThingError && AWAY.has(error.code))) throw error;
    }
  }
}

/** The code that a request is refused with, once it is. */
async function refusal(ask: () => Promise<unknown> | undefined): Promise<string> {
  for (;;) {
    try {
      await ask();
    } catch (error) {
      if (error instanceof ThingError) return error.code;
      throw error;
    }
  }
}

/** A foreign Thing: the property that is written, the one that follows it, and what an action gives. */
const FOREIGN = [
  {
    program: 'foreign-pump.ts',
    over: "node-wot's HTTP",
    written: 'speed',
    follows: 'level',
    by: (n: number) => 10 * n,
  },
  { program: 'foreign-tank.ts', over: 'CoAP', written: 'level', follows: 'pressure', by: (n: number) => 1000 + n },
  { program: 'foreign-oven.ts', over: 'Modbus', written: 'target', follows: 'temperature', by: (n: number) => n + 10 },
];
const ACTIONS: Readonly<Record<string, readonly [name: string, output: string]>> = {
  'foreign-pump.ts': ['prime', 'primed 3 times'],
  'foreign-tank.ts': ['reset', 'reset from 5 by 3'],
};

describe('A gateway process that adopts foreign Things', () => {
  for (const { program, over, written, follows, by } of FOREIGN) {
    it(`reads, writes, observes and invokes over ${over}, and survives that the Thing is killed and returns`, async () => {
      await using folder = await temporaryFolder();
      const port = await freePort();
      await using foreign = await startProgram(program, port);
      await using gateway = await startGateway(folder.path, ...ADOPTING);
      const name = await adopt(gateway, folder.path, foreign);
      await using thing = await consumed(gateway, folder.path, name);
      const { [written]: writable, [follows]: following } = thing.properties;
      if (!writable || !following) throw new Error('it lacks something');

      const followed = (n: number) => firstValueFrom(following.pipe(filter((value) => value === by(n))));
      const first = followed(5);
      await eventually(() => writable.write(5));
      expect(await writable.read()).to.equal(5);
      expect(await first).to.equal(by(5));
      const [action, output] = ACTIONS[program] ?? [];
      if (action) expect(await thing.actions[action]?.(3).output).to.equal(output);
      if (thing.events.dry) {
        const dry = firstValueFrom(thing.events.dry);
        const writing = eventually(async () => {
          for (let isTold = false; !isTold; ) {
            await writable.write(7);
            isTold = await Promise.race([dry.then(() => true), writable.read().then(() => false)]);
          }
        });
        expect(await dry).to.equal('at 7');
        await writing;
      }

      foreign.process.kill('SIGKILL');
      expect(AWAY).to.include(await refusal(() => writable.read()));
      await using _returned = await startProgram(program, port);
      await eventually(() => writable.read());
      const again = followed(6);
      await eventually(() => writable.write(6));
      expect(await again).to.equal(by(6));
      expect(gateway.child.exitCode).to.equal(null);
    });
  }

  it('keeps what it has adopted when it is killed; a Thing that is away answers 503, and returns', async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    const foreign = await startProgram('foreign-oven.ts', port);
    const before = await startGateway(folder.path, ...ADOPTING);
    const name = await adopt(before, folder.path, foreign);
    const { id } = JSON.parse((await commandOf(before, folder.path, 'td', name, '--json')).output);
    await before[Symbol.asyncDispose]();
    await foreign[Symbol.asyncDispose]();

    await using gateway = await startGateway(folder.path, ...ADOPTING);
    await using oven = await consumed(gateway, folder.path, name);
    expect(oven.id).to.equal(id);
    const token = (await readFile(join(folder.path, 'admin-token'), 'utf8')).trim();
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${gateway.url}/things/${name}/properties/target`, { headers })).status).to.equal(503);
    await using _returned = await startProgram('foreign-oven.ts', port);
    expect(await eventually(() => oven.properties.target?.read())).to.equal(180);

    expect((await commandOf(gateway, folder.path, 'release', name)).status).to.equal(0);
    expect((await commandOf(gateway, folder.path, 'td', name)).status).to.equal(1);
  });

  it('adopts the Thing of another gateway, with credentials and without node-wot, by its URL', async () => {
    await using folders = await temporaryFolder();
    const [near, far] = [join(folders.path, 'near'), join(folders.path, 'far')];
    await using foreign = await startGateway(far);
    const token = (await readFile(join(far, 'admin-token'), 'utf8')).trim();
    await using gateway = await startGateway(near, ...LOOPBACK);
    const credentials = join(near, 'credentials.json');
    await writeFile(credentials, JSON.stringify({ token }));
    const args = [`${foreign.url}/things/gateway`, '--name', 'far', '--credentials', credentials, '--json'];
    const adopted = await commandOf(gateway, near, 'adopt', ...args);
    expect(adopted.status, adopted.errors).to.equal(0);
    await using thing = await consumed(gateway, near, 'far');
    const { devices } = thing.properties;
    if (!devices) throw new Error('a gateway has devices');
    await eventually(() => devices.read());
    const seen = firstValueFrom(devices.pipe(filter((list) => Array.isArray(list) && list.length === 1)));
    const output = await thing.actions.provisionDevice?.({ kind: 'telemetry', name: 'ems_009' }).output;
    expect(output).to.include({ name: 'ems_009' });
    expect(await seen).to.have.nested.property('[0].name', 'ems_009');
    const told = firstValueFrom(thing.events.deviceRemoved ?? NEVER);
    await thing.actions.removeDevice?.({ name: 'ems_009' }).output;
    expect(await told).to.include({ name: 'ems_009' });
  });

  it('reaches nothing private and speaks no further protocol unless it is told to', async () => {
    await using folder = await temporaryFolder();
    await using foreign = await startProgram('foreign-tank.ts');
    const file = join(folder.path, 'td.json');
    await writeFile(file, foreign.line);
    const refused = async (...options: readonly string[]): Promise<string> => {
      await using gateway = await startGateway(folder.path, ...options);
      const { status, errors } = await commandOf(gateway, folder.path, 'adopt', file);
      expect(status).to.equal(1);
      return errors;
    };
    expect(await refused('--adopt', 'node-wot')).to.include('127.0.0.1 is not public');
    expect(await refused(...LOOPBACK))
      .to.include('coap')
      .and.include('none of the adopters');
  });

  it('loads nothing of node-wot unless it is asked to', async () => {
    await using folder = await temporaryFolder();
    const loaded = async (...options: readonly string[]): Promise<string> => {
      const coverage = join(folder.path, String(options.length));
      const data = join(folder.path, 'data');
      const serving = start(['serve', '--port', '0', '--data', data, ...options], { NODE_V8_COVERAGE: coverage });
      await serving.lines.next();
      serving.child.kill('SIGTERM');
      expect((await serving.ended).status).to.equal(0);
      const files = await readdir(coverage);
      return (await Promise.all(files.map((name) => readFile(join(coverage, name), 'utf8')))).join('\n');
    };
    const without = await loaded();
    expect(without).to.include('/gateway/').and.not.include('/@node-wot/');
    expect(await loaded('--adopt', 'node-wot'))
      .to.include('/@node-wot/core/')
      .and.include('/@node-wot/binding-modbus/');
  });
});
