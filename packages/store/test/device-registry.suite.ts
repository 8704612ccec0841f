import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { Store } from '../src/index.js';

/** What every device registry promises. `open` gives an empty store whose clock is `now`. */
export function deviceRegistrySuite(open: (options: { readonly now: () => number }) => Promise<Store>): void {
  let present = Date.parse('2026-03-04T06:17:31Z');
  const now = () => present;
  const opened = () => open({ now });
  const battery = { name: 'ems_001', kind: 'telemetry', title: 'Battery', settings: { dialect: 'ci-2026-01' } };

  it('gives back a device as it was added, with a new id and the time', async () => {
    await using store = await opened();
    const added = await store.devices.add(battery, 'a-token');
    expect(added).to.deep.include(battery);
    expect(added.id).to.match(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(added.created).to.equal('2026-03-04T06:17:31.000Z');
    expect(await store.devices.get('ems_001')).to.deep.equal(added);
  });

  it('lists the devices in the order of their provisioning', async () => {
    await using store = await opened();
    for (const name of ['b', 'a', 'c']) await store.devices.add({ ...battery, name }, `token of ${name}`);
    expect((await store.devices.list()).map(({ name }) => name)).to.deep.equal(['b', 'a', 'c']);
  });

  it('refuses a second device of the same name and keeps the first', async () => {
    await using store = await opened();
    const first = await store.devices.add(battery, 'first');
    expect(await codeOf(store.devices.add(battery, 'second'))).to.equal('conflict');
    expect(await store.devices.findByToken('second')).to.equal(undefined);
    expect(await store.devices.list()).to.deep.equal([first]);
  });

  it('gives a device to another organization, with its tokens', async () => {
    await using store = await opened();
    expect((await store.devices.add(battery, 'a-token')).organization).to.equal('default');
    expect((await store.devices.move('ems_001', 'acme')).organization).to.equal('acme');
    expect((await store.devices.findByToken('a-token'))?.device.organization).to.equal('acme');
    await store.devices.add({ ...battery, name: 'other', organization: 'umbrella' }, 'of the other');
    expect((await store.devices.list()).map(({ organization }) => organization)).to.deep.equal(['acme', 'umbrella']);
    expect(await codeOf(store.devices.move('nobody', 'acme'))).to.equal('notFound');
  });

  it('gives a device another title', async () => {
    await using store = await opened();
    await store.devices.add(battery, 'a-token');
    await store.devices.add({ ...battery, name: 'other' }, 'of the other');
    expect((await store.devices.setTitle('ems_001', 'Bätterie')).title).to.equal('Bätterie');
    expect((await store.devices.list()).map(({ title }) => title)).to.deep.equal(['Bätterie', battery.title]);
    expect((await store.devices.findByToken('a-token'))?.device.title).to.equal('Bätterie');
    expect(await codeOf(store.devices.setTitle('nobody', 'X'))).to.equal('notFound');
  });

  it('gives a device other settings, and other credentials where there are some', async () => {
    await using store = await opened();
    const { id } = await store.devices.add({ ...battery, credentials: { password: 'old' } }, 'a-token');
    await store.devices.remember(id, 'key', 'kept');
    present += 1000;
    const changed = await store.devices.configure('ems_001', { settings: { host: 'b' } });
    expect(changed).to.deep.include({ id, settings: { host: 'b' }, memory: { key: 'kept' } });
    expect(changed.modified).to.equal(new Date(present).toISOString());
    expect(await store.devices.get('ems_001')).to.deep.equal(changed);
    expect(await store.devices.credentials(id)).to.deep.equal({ password: 'old' });
    await store.devices.configure('ems_001', { settings: {}, credentials: { password: 'new' } });
    expect(await store.devices.credentials(id)).to.deep.equal({ password: 'new' });
    expect((await store.devices.findByToken('a-token'))?.device.settings).to.deep.equal({});
    expect(await codeOf(store.devices.configure('nobody', { settings: {} }))).to.equal('notFound');
  });

  it('finds a device by its token and by no other', async () => {
    await using store = await opened();
    await store.devices.add(battery, 'right');
    await store.devices.add({ ...battery, name: 'other' }, 'of the other');
    expect((await store.devices.findByToken('right'))?.device.name).to.equal('ems_001');
    for (const wrong of ['', 'Right', 'right ', 'righ', '\u0000right']) {
      expect(await store.devices.findByToken(wrong), JSON.stringify(wrong)).to.equal(undefined);
    }
  });

  it('ends the old token at once when it is replaced without overlap', async () => {
    await using store = await opened();
    await store.devices.add(battery, 'old');
    await store.devices.replaceToken('ems_001', 'new');
    expect(await store.devices.findByToken('old')).to.equal(undefined);
    expect(await store.devices.findByToken('new')).to.have.nested.property('device.name', 'ems_001');
  });

  it('lets the old token go on for the overlap, and says until when', async () => {
    await using store = await opened();
    await store.devices.add(battery, 'old');
    await store.devices.replaceToken('ems_001', 'new', { overlap: 60_000 });
    expect(await store.devices.findByToken('old')).to.have.property('until', present + 60_000);
    expect(await store.devices.findByToken('new')).not.to.have.property('until');
    present += 60_000;
    expect(await store.devices.findByToken('old')).to.equal(undefined);
    expect(await store.devices.findByToken('new')).to.have.nested.property('device.name', 'ems_001');
  });

  it('ends an older token when a token is replaced twice', async () => {
    await using store = await opened();
    await store.devices.add(battery, 'first');
    await store.devices.replaceToken('ems_001', 'second', { overlap: 60_000 });
    await store.devices.replaceToken('ems_001', 'third', { overlap: 60_000 });
    expect(await store.devices.findByToken('first')).to.equal(undefined);
    expect(await store.devices.findByToken('second')).to.have.property('until');
  });

  it('says when a device was modified', async () => {
    await using store = await opened();
    const { created } = await store.devices.add(battery, 'old');
    present += 1000;
    const { modified } = await store.devices.replaceToken('ems_001', 'new');
    expect(Date.parse(modified) - Date.parse(created)).to.equal(1000);
  });

  it('keeps credentials encrypted, gives them to who asks for them alone, and loses them with the device', async () => {
    await using store = await opened();
    const credentials = { username: 'root', password: 'secret' };
    const { id, ...shown } = await store.devices.add({ ...battery, credentials }, 'token');
    expect(shown).not.to.have.property('credentials');
    expect(JSON.stringify(await store.devices.list())).not.to.include('secret');
    await store.devices.move('ems_001', 'lab');
    expect(await store.devices.credentials(id)).to.deep.equal(credentials);
    await store.devices.remove('ems_001');
    expect(await store.devices.credentials(id)).to.equal(undefined);
    const { id: without } = await store.devices.add(battery, 'token');
    expect(await store.devices.credentials(without)).to.equal(undefined);
  });

  it('remembers what a device asks it to, by name', async () => {
    await using store = await opened();
    const { id, memory } = await store.devices.add(battery, 'token');
    expect(memory).to.deep.equal({});
    await store.devices.remember(id, 'threshold', 15);
    await store.devices.remember(id, 'mode', { target: 'AUTO' });
    await store.devices.remember(id, 'threshold', 20);
    expect((await store.devices.get('ems_001'))?.memory).to.deep.equal({ threshold: 20, mode: { target: 'AUTO' } });
    expect(await codeOf(store.devices.remember('urn:uuid:none', 'threshold', 1))).to.equal('notFound');
  });

  it('knows no device to replace the token of, to remove or to get', async () => {
    await using store = await opened();
    expect(await codeOf(store.devices.replaceToken('nobody', 'token'))).to.equal('notFound');
    expect(await store.devices.remove('nobody')).to.equal(undefined);
    expect(await store.devices.get('nobody')).to.equal(undefined);
  });

  it('removes a device with its tokens; its name is free then, its id never', async () => {
    await using store = await opened();
    const first = await store.devices.add(battery, 'first');
    await store.devices.replaceToken('ems_001', 'second', { overlap: 60_000 });
    expect(await store.devices.remove('ems_001')).to.have.property('id', first.id);
    expect(await store.devices.findByToken('first')).to.equal(undefined);
    expect(await store.devices.findByToken('second')).to.equal(undefined);
    expect(await codeOf(store.devices.add({ ...battery, id: first.id }, 'third'))).to.equal('conflict');
    const second = await store.devices.add(battery, 'fourth');
    expect(second.id).not.to.equal(first.id);
  });

  it('does not give its own id to a device', async () => {
    await using store = await opened();
    expect(await codeOf(store.devices.add({ ...battery, id: store.gatewayID }, 'token'))).to.equal('conflict');
  });

  it('keeps names and titles of any script, quotes included', async () => {
    await using store = await opened();
    const title = `Bärbel's "battery" 電池 '); DROP TABLE devices; --`;
    await store.devices.add({ ...battery, title }, 'token');
    expect(await store.devices.get('ems_001')).to.have.property('title', title);
  });

  it('can be disposed twice, and then answers unavailable', async () => {
    const store = await opened();
    await store.check();
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    expect(await codeOf(store.devices.list())).to.equal('unavailable');
    expect(await codeOf(store.check())).to.equal('unavailable');
  });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
}
