import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { defineThing, expose, state } from '@thingwright/core';
import { openGateway } from '@thingwright/gateway';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import * as t from 'typebox';
import { run } from './kept-terminal.js';
import { temporaryFolder } from './temporary-folder.js';

const Pump = defineThing({ title: 'Pump', properties: { speed: { schema: t.Integer() } } });

async function setUp() {
  const pump = expose(Pump, () => ({ properties: { speed: state(1) } }));
  const foreign = await serve({ things: { pump }, bindings: [http(), websocket()], listen: { port: 0 } });
  const gateway = await openGateway({ port: 0, allowPrivateAddresses: ['127.0.0.0/8'] });
  const folder = await temporaryFolder();
  const environment = { THINGWRIGHT_URL: gateway.url, THINGWRIGHT_TOKEN: gateway.adminToken };
  return {
    gateway,
    foreign: `${foreign.url}/things/pump`,
    command: (...args: readonly string[]) => run(args, environment),
    async file(name: string, content: string) {
      await writeFile(join(folder.path, name), content);
      return join(folder.path, name);
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await foreign[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('thingwright adopt and release', () => {
  it('adopt a Thing by the URL of its TD, and let it go', async () => {
    await using s = await setUp();
    const { status, output } = await s.command('adopt', s.foreign, '--name', 'pump');
    expect(status).to.equal(0);
    expect(output).to.match(/^id {3}urn:uuid:\S+\nname pump\ntd {3}http\S+\/things\/pump$/);
    expect((await s.command('things')).output).to.match(/^pump {5}Pump/m);
    expect(await s.command('release', 'pump', '--json')).to.include({
      status: 0,
      output: '{"name":"pump","released":true}',
    });
    expect((await s.command('td', 'pump')).status).to.equal(1);
  });

  it('adopt a Thing out of a file, with a title, as JSON', async () => {
    await using s = await setUp();
    const file = await s.file('pump.td.json', await (await fetch(s.foreign)).text());
    const { status, output } = await s.command('adopt', file, '--title', 'My pump', '--poll', '5', '--json');
    expect(status).to.equal(0);
    expect(JSON.parse(output)).to.include({ name: 'my-pump' }).and.have.all.keys('id', 'name', 'td');
  });

  it('end with 1 for what the gateway refuses, and with 2 for wrong usage', async () => {
    await using s = await setUp();
    for (const args of [
      ['adopt', 'http://10.0.0.1/td'],
      ['adopt', `${s.foreign}/nothing`],
      ['adopt', await s.file('empty.json', '{}')],
      ['release', 'nobody'],
    ]) {
      const { status, output, errors } = await s.command(...args);
      expect([status, output], args.join(' ')).to.deep.equal([1, '']);
      expect(errors).to.match(/^thingwright: [^\n]+$/);
    }
    for (const args of [
      ['adopt'],
      ['release'],
      ['adopt', '/nowhere/pump.td.json'],
      ['adopt', await s.file('broken.json', '{')],
      ['adopt', s.foreign, '--credentials', '/nowhere'],
      ['adopt', s.foreign, '--poll', '0'],
    ]) {
      expect((await s.command(...args)).status, args.join(' ')).to.equal(2);
    }
  });

  it('show their help with examples', async () => {
    expect((await run(['adopt', '--help'])).output).to.include('$ thingwright adopt oven.td.json');
    expect((await run(['serve', '--help'])).output).to.include('--adopt node-wot');
  });
});

describe('thingwright things, of Things that are registered', () => {
  it('gives them no name, whatever address they claim to have', async () => {
    await using s = await setUp();
    const td = {
      '@context': 'https://www.w3.org/2022/wot/td/v1.1',
      id: 'urn:example:liar',
      title: 'Liar',
      base: 'http://192.0.2.1/things/gateway/',
      security: 'nosec_sc',
      securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
    };
    const { status } = await fetch(`${s.gateway.url}/things/${td.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/td+json', authorization: `Bearer ${s.gateway.adminToken}` },
      body: JSON.stringify(td),
    });
    expect(status).to.equal(201);
    const { output } = await s.command('things', '--json');
    const rows = output.split('\n').map((line): unknown => JSON.parse(line));
    expect(rows).to.deep.include({ name: '', title: 'Liar', id: td.id });
    expect(rows).to.deep.include({ name: 'gateway', title: 'Thingwright gateway', id: s.gateway.id });
  });
});
