import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { openGateway } from '../../src/index.js';
import { PRINTER_KEY_FILE } from '../../src/printers/printer-key.js';
import {
  ADMIN_TOKEN,
  consumed,
  openNear,
  PASSWORD,
  reached,
  run,
  startPrinter,
  temporaryFolder,
} from './printer-lab.js';

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'taken',
    (error: unknown) => (error instanceof ThingError ? error.code : error),
  );

const put = (url: string, body: Buffer | string | undefined, token = ADMIN_TOKEN): Promise<Response> =>
  fetch(url, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });

/** The status of an action that is asked for by HTTP. */
const post = async (url: string, input: object, token: string): Promise<number> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) })).status;
};

describe('printers of a gateway', function () {
  this.timeout(30_000);

  it('are listed when they are found, and become Things when somebody adopts them', async () => {
    await using folder = await temporaryFolder();
    await using printer = await startPrinter(folder.path, { name: 'Bob' });
    await using gateway = await openNear(printer);
    await using thing = await consumed(gateway, 'gateway');
    const list = await reached(thing, 'discovered', (json) => json.includes('"state":"found"'));
    const [bob] = Array.isArray(list) ? list : [];
    expect(bob).to.include({
      key: `printer:${printer.uuid}`,
      kind: 'printer',
      title: 'Bob',
      source: 'printers',
      address: '127.0.0.1',
      identityVerified: false,
    });
    expect(await refusal(run(thing, 'adoptThing', { discovered: bob.key, credentials: { password: 'x' } }))).to.equal(
      'invalid',
    );
    expect(await run(thing, 'adoptThing', { discovered: bob.key, name: 'bob' })).to.include({ name: 'bob' });
    expect(await refusal(run(thing, 'adoptThing', { discovered: bob.key }))).to.equal('conflict');
    await reached(thing, 'discovered', (json) => json.includes('"state":"adopted"') && json.includes('"name":"bob"'));
    await using served = await consumed(gateway, 'bob');
    expect(served.td.title).to.equal('Bob');
    expect(await reached(served, 'reachable', (json) => json === 'true')).to.equal(true);
    expect(await served.properties.uuid?.read()).to.equal(printer.uuid);
  });

  it('are adopted at once where the policy says so, trusted and pinned over a restart, and forgotten when they are removed', async () => {
    await using data = await temporaryFolder();
    await using folder = await temporaryFolder();
    await using printer = await startPrinter(folder.path);
    {
      await using gateway = await openNear(printer, { data: data.path, discoveryAdopt: true });
      await using thing = await consumed(gateway, 'gateway');
      await reached(thing, 'discovered', (json) => json.includes('"name":"printer_001"'));
      await using bob = await consumed(gateway, 'printer_001');
      expect(await refusal(run(bob, 'refresh'))).to.equal('forbidden');
      await run(bob, 'authorizeWithPassword', { password: PASSWORD });
      expect(await run(bob, 'refresh')).to.include({ group: 'idle' });
    }
    expect((await stat(join(data.path, PRINTER_KEY_FILE))).mode & 0o777).to.equal(0o600);
    {
      // Adopted ones are there, though no strangers are looked for.
      await using gateway = await openNear(printer, { data: data.path, discovery: [] });
      await using bob = await consumed(gateway, 'printer_001');
      await reached(bob, 'reachable', (json) => json === 'true');
      expect(await run(bob, 'refresh')).to.include({ group: 'idle' });
      await using thing = await consumed(gateway, 'gateway');
      expect(await thing.properties.discovered?.read()).to.deep.equal([]);
    }
    await using impostors = await temporaryFolder();
    await printer[Symbol.asyncDispose]();
    const { uuid, discoveryPort, managerPort, robotPort } = printer;
    const ports = { discoveryPort, managerPort, robotPort };
    await using impostor = await startPrinter(impostors.path, { ...ports, uuid });
    await using gateway = await openNear(impostor, { data: data.path });
    await using bob = await consumed(gateway, 'printer_001');
    await reached(bob, 'contested', (json) => json === 'true').catch(() => undefined);
    expect(await bob.properties.reachable?.read()).to.equal(false);
    expect(await refusal(run(bob, 'refresh'))).to.equal('unavailable');
    await using thing = await consumed(gateway, 'gateway');
    await run(thing, 'removeDevice', { name: 'printer_001' });
    await reached(thing, 'discovered', (json) => json.includes('"state":"found"'));
    expect(await run(thing, 'adoptThing', { discovered: `printer:${uuid}` })).to.include({ name: 'printer_001' });
  });

  it('stay away from the policy once somebody has removed them, over restarts, until somebody adopts them', async () => {
    await using data = await temporaryFolder();
    await using folder = await temporaryFolder();
    await using printer = await startPrinter(folder.path);
    const openAgain = () => openNear(printer, { data: data.path, discoveryAdopt: true });
    {
      await using gateway = await openAgain();
      await using thing = await consumed(gateway, 'gateway');
      await reached(thing, 'discovered', (json) => json.includes('"state":"adopted"'));
    }
    {
      await using gateway = await openAgain();
      await using thing = await consumed(gateway, 'gateway');
      await reached(thing, 'discovered', (json) => json.includes('"state":"adopted"'));
      await run(thing, 'removeDevice', { name: 'printer_001' });
      await reached(thing, 'discovered', (json) => json.includes('"state":"found"'));
      expect(gateway.fleet.list()).to.deep.equal([]);
    }
    await using gateway = await openAgain();
    await using thing = await consumed(gateway, 'gateway');
    await reached(thing, 'discovered', (json) => json.includes('"state":"found"'));
    expect(gateway.fleet.list()).to.deep.equal([]);
    expect(await run(thing, 'adoptThing', { discovered: `printer:${printer.uuid}` })).to.include({
      name: 'printer_001',
    });
  });

  it('are shown as a conflict where two have one UUID, and neither is adopted', async () => {
    await using folders = await temporaryFolder();
    await using printer = await startPrinter(join(folders.path, 'a'));
    const { uuid, discoveryPort } = printer;
    await using _twin = await startPrinter(join(folders.path, 'b'), { uuid, discoveryPort, address: '127.0.0.2' });
    await using gateway = await openNear(printer, { printerAddresses: ['127.0.0.1', '127.0.0.2'] });
    await using thing = await consumed(gateway, 'gateway');
    const list = await reached(thing, 'discovered', (json) => json.includes('"state":"conflict"'));
    expect(list).to.have.length(1);
    expect(await refusal(run(thing, 'adoptThing', { discovered: `printer:${uuid}` }))).to.equal('conflict');
  });

  it('take files of any size by HTTP from those who may send them', async () => {
    await using folder = await temporaryFolder();
    await using printer = await startPrinter(folder.path);
    await using gateway = await openNear(printer);
    await using thing = await consumed(gateway, 'gateway');
    await reached(thing, 'discovered', (json) => json.includes('"state":"found"'));
    await run(thing, 'adoptThing', { discovered: `printer:${printer.uuid}`, name: 'bob' });
    await using bob = await consumed(gateway, 'bob');
    await reached(bob, 'reachable', (json) => json === 'true');
    const files = `${gateway.url}/things/bob/files`;
    expect((await put(`${files}/SD/big.fc`, 'x')).status).to.equal(403);
    await run(bob, 'authorizeWithPassword', { password: PASSWORD });
    expect((await put(`${files}/SD/a%20part.fc`, Buffer.alloc(3_000_000, 'F'))).status).to.equal(204);
    expect(await run(bob, 'listFiles', {})).to.deep.include({ files: ['sample.fc', 'a part.fc'] });
    expect((await put(`${files}/SD/b.fc`, 'x', 'wrong')).status).to.equal(401);
    expect((await put(`${files}/SD/b.fc`, undefined)).status).to.equal(400);
    expect((await put(`${files}/USB/b.fc`, 'x')).status).to.equal(403);
    expect((await put(`${gateway.url}/things/gateway/files/SD/b.fc`, 'x')).status).to.equal(404);
    expect((await put(`${gateway.url}/things/nobody/files/SD/b.fc`, 'x')).status).to.equal(404);
    expect(await run(bob, 'listFiles', {})).to.deep.include({ files: ['sample.fc', 'a part.fc'] });
  });

  it('are looked at by viewers, run by operators, and opened to others by admins alone', async () => {
    await using folder = await temporaryFolder();
    await using printer = await startPrinter(folder.path);
    await using gateway = await openNear(printer);
    await using own = await consumed(gateway, 'gateway');
    await reached(own, 'discovered', (json) => json.includes('"state":"found"'));
    await run(own, 'adoptThing', { discovered: `printer:${printer.uuid}`, name: 'bob' });
    await using admin = await consumed(gateway, 'bob');
    await reached(admin, 'reachable', (json) => json === 'true');
    await run(admin, 'authorizeWithPassword', { password: PASSWORD });
    const outcomes: Record<string, readonly unknown[]> = {};
    for (const role of ['viewer', 'operator']) {
      const { id } = await gateway.people.addUser({ name: `the-${role}` });
      await gateway.people.grant(id, { role, organization: 'default' });
      const { secret } = await gateway.people.issueToken(id);
      await using bob = await consumed(gateway, 'bob', secret);
      outcomes[role] = [
        await refusal(run(bob, 'listFiles', {})),
        (await put(`${gateway.url}/things/bob/files/SD/${role}.fc`, 'x', secret)).status,
        Object.keys(bob.actions).filter((name) => /password|trust/i.test(name)),
        await post(`${gateway.url}/things/bob/actions/resetPassword`, { newPassword: 'x' }, secret),
        await post(`${gateway.url}/things/bob/actions/authorizeWithPassword`, { password: PASSWORD }, secret),
      ];
    }
    expect(outcomes).to.deep.equal({
      viewer: ['taken', 403, ['listTrust'], 403, 403],
      operator: ['taken', 204, ['listTrust'], 403, 403],
    });
  });

  it('are none where none are looked for', async () => {
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN });
    await using thing = await consumed(gateway, 'gateway');
    const uuid = '0b4c3fcb-3a9e-4a3b-9d77-2f5d2d4f4d10';
    expect(await refusal(run(thing, 'provisionDevice', { kind: 'printer', uuid }))).to.equal('unavailable');
  });
});
