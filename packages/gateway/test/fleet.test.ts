import { EventEmitter, once } from 'node:events';
import { createSite, defineThing, expose, silent, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { openStore, type Store } from '@thingwright/store';
import { expect } from 'chai';
import { createFleet } from '../src/fleet.js';
import { createDeviceTokens } from '../src/identity/device-tokens.js';
import { fakeKind } from './fake-kind.js';

describe('createFleet', () => {
  it('makes a Thing of a device, with its id, and a token that is known from then on', async () => {
    await using gate = await open();
    const provisioned = await gate.fleet.provision({ kind: 'lamp', name: 'hall', title: 'In the hall' });
    expect(provisioned.td).to.equal('http://gate.example/things/hall');
    expect(gate.site.things.get('hall')?.id).to.equal(provisioned.id);
    expect(Buffer.from(provisioned.token, 'base64url')).to.have.length(32);
    expect((await gate.tokens.find(provisioned.token))?.device).to.include({ name: 'hall', title: 'In the hall' });
  });

  it('finds a free name and a title where none is given, however many ask at once', async () => {
    await using gate = await open();
    const all = await Promise.all([1, 2, 3].map(() => gate.fleet.provision({ kind: 'lamp' })));
    expect(all.map(({ name }) => name)).to.deep.equal(['lamp_001', 'lamp_002', 'lamp_003']);
    expect((await gate.store.devices.get('lamp_002'))?.title).to.equal('Lamp lamp_002');
  });

  it('keeps the settings of a kind, and refuses others and wrong ones by name', async () => {
    await using gate = await open();
    const asked = (settings: object) => gate.fleet.provision({ kind: 'lamp', ...settings });
    await asked({ name: 'hall', colour: 'red' });
    expect((await gate.store.devices.get('hall'))?.settings).to.deep.equal({ colour: 'red' });
    expect((await refusal(asked({ colour: 'blue' }))).detail).to.include('colour');
    expect((await refusal(asked({ dialect: 'x' }))).detail).to.include("no setting 'dialect'");
    const inherited = await refusal(asked({ toString: 'x' }));
    expect(inherited.detail).to.include("no setting 'toString'");
    expect(await gate.store.devices.list()).to.have.length(1);
  });

  it('changes settings, takes them away, and opens the Thing of a kind anew that does not take them', async () => {
    await using gate = await open();
    const red = { kind: 'lamp', name: 'hall', colour: 'red' };
    const { id } = await gate.fleet.provision(red);
    const before = gate.site.things.get('hall');
    const change = (settings: object) => gate.fleet.configure({ name: 'hall', ...settings });
    const kept = async () => (await gate.store.devices.get('hall'))?.settings;
    expect((await refusal(change({ colour: 'blue' }))).detail).to.include('colour');
    expect((await refusal(change({ dialect: 'x' }))).detail).to.include("no setting 'dialect'");
    expect((await refusal(change({ credentials: {} }))).detail).to.include('no credentials');
    expect((await refusal(gate.fleet.configure({ name: 'nobody' }))).code).to.equal('notFound');
    expect(await kept()).to.deep.equal({ colour: 'red' });
    expect(gate.site.things.get('hall')).to.equal(before);
    await change({ colour: '' });
    expect(await kept()).to.deep.equal({});
    expect(gate.site.things.get('hall')?.id).to.equal(id);
    expect(gate.site.things.get('hall')).not.to.equal(before);
  });

  it('takes the UUID of a device that has one, unless a Thing has it or ever had', async () => {
    await using gate = await open();
    const own = '8A1F4C1E-6D2A-4F0E-9A59-2F6C2F7B1D33';
    const taken = (id: string, name?: string) => gate.fleet.provision({ kind: 'lamp', id, ...(name ? { name } : {}) });
    expect((await taken(own, 'hall')).id).to.equal(`urn:uuid:${own.toLowerCase()}`);
    expect((await refusal(taken(own))).code).to.equal('conflict');
    await gate.fleet.remove('hall');
    expect((await refusal(taken(own.toLowerCase(), 'hall'))).code).to.equal('conflict');
    const elsewhere = 'urn:uuid:1b4e28ba-2fa1-41d2-883f-0016d3cca427';
    gate.site.add(
      'other',
      expose(defineThing({ title: 'Other' }), () => ({})),
      { id: elsewhere },
    );
    expect((await refusal(taken(elsewhere))).code).to.equal('conflict');
    for (const odd of ['x', '1b4e28ba-2fa1-51d2-883f-0016d3cca427']) {
      expect((await refusal(taken(odd))).code, odd).to.equal('invalid');
    }
    expect(await gate.store.devices.list()).to.deep.equal([]);
  });

  it('refuses an unknown kind, and says which there are', async () => {
    await using gate = await open();
    const { code, detail } = await refusal(gate.fleet.provision({ kind: 'toaster' }));
    expect(code).to.equal('invalid');
    expect(detail).to.include('toaster').and.include('lamp');
  });

  it('refuses the name of any other Thing', async () => {
    await using gate = await open();
    await gate.fleet.provision({ kind: 'lamp', name: 'hall' });
    expect((await refusal(gate.fleet.provision({ kind: 'lamp', name: 'hall' }))).code).to.equal('conflict');
  });

  it('forgets a device of which no Thing can be made', async () => {
    await using gate = await open();
    const { code } = await refusal(gate.fleet.provision({ kind: 'lamp', name: '../hall' }));
    expect(code).to.equal('invalid');
    expect(await gate.store.devices.list()).to.deep.equal([]);
  });

  it('gives a device a new token; the old one ends', async () => {
    await using gate = await open();
    const { token: old } = await gate.fleet.provision({ kind: 'lamp', name: 'hall' });
    const ended = (await gate.tokens.find(old))?.authentication.ended;
    const { token } = await gate.fleet.rotate('hall', 0);
    expect(ended?.aborted).to.equal(true);
    expect(await gate.tokens.find(old)).to.equal(undefined);
    expect(await gate.tokens.verify('hall', token)).not.to.equal(undefined);
  });

  it('gives a device to another organization; its Thing is opened anew, and its token stays', async () => {
    await using gate = await open();
    const { token, id } = await gate.fleet.provision({ kind: 'lamp', name: 'hall' });
    expect(gate.fleet.get('hall')?.organization).to.equal('default');
    const before = gate.site.things.get('hall');
    await gate.fleet.move('hall', 'acme');
    const now = gate.site.things.get('hall');
    expect(now).to.include({ id }).and.not.equal(before);
    expect(gate.organizations.get(id)).to.equal('acme');
    expect(gate.fleet.list()).to.have.length(1).and.have.nested.property('0.organization', 'acme');
    expect((await gate.tokens.find(token))?.device.name).to.equal('hall');
    expect((await refusal(gate.fleet.move('nobody', 'acme'))).code).to.equal('notFound');
    await gate.fleet.remove('hall');
    expect(gate.organizations.has(id)).to.equal(false);
  });

  it('gives a device another title, for good, and leaves its Thing open', async () => {
    await using gate = await open();
    await gate.fleet.provision({ kind: 'lamp', name: 'hall' });
    const thing = gate.site.things.get('hall');
    const told: string[] = [];
    gate.site.changes.subscribe(({ type }) => told.push(type));
    await gate.fleet.setTitle('hall', 'The lamp in the hall');
    expect(gate.site.things.get('hall'))
      .to.equal(thing)
      .and.to.have.nested.property('model.title', 'The lamp in the hall');
    expect(gate.fleet.list()).to.have.nested.property('0.title', 'The lamp in the hall');
    expect((await gate.store.devices.get('hall'))?.title).to.equal('The lamp in the hall');
    expect(told).to.deep.equal(['changed']);
    expect((await refusal(gate.fleet.setTitle('nobody', 'X'))).code).to.equal('notFound');
  });

  it('removes a device with its Thing and its tokens; the name is free again', async () => {
    await using gate = await open();
    const first = await gate.fleet.provision({ kind: 'lamp', name: 'hall' });
    await gate.fleet.remove('hall');
    expect(gate.site.things.has('hall')).to.equal(false);
    expect(await gate.tokens.find(first.token)).to.equal(undefined);
    const second = await gate.fleet.provision({ kind: 'lamp', name: 'hall' });
    expect(second.id).not.to.equal(first.id);
  });

  it('knows no device to rotate or to remove', async () => {
    await using gate = await open();
    expect((await refusal(gate.fleet.rotate('nobody', 0))).code).to.equal('notFound');
    expect((await refusal(gate.fleet.remove('nobody'))).code).to.equal('notFound');
  });

  it('lists the devices, and tells of each that comes, dials in or goes', async () => {
    await using gate = await open();
    const lists: unknown[] = [];
    const told: string[] = [];
    const shown = new EventEmitter();
    gate.fleet.devices.subscribe((list) => {
      lists.push(list.map(({ name, connected }) => [name, connected]));
      shown.emit('list');
    });
    gate.fleet.added.subscribe(({ name }) => told.push(`added ${name}`));
    gate.fleet.rotated.subscribe(({ name }) => told.push(`rotated ${name}`));
    gate.fleet.removed.subscribe(({ name }) => told.push(`removed ${name}`));
    await gate.fleet.provision({ kind: 'lamp', name: 'hall' });
    gate.kind.connect('hall');
    await once(shown, 'list');
    await gate.fleet.rotate('hall', 0);
    await gate.fleet.remove('hall');
    expect(gate.fleet.list()).to.deep.equal([]);
    await once(shown, 'list');
    // Of what comes at once only the end is shown.
    expect(lists).to.deep.equal([[], [['hall', true]], []]);
    expect(told).to.deep.equal(['added hall', 'rotated hall', 'removed hall']);
  });

  it('opens the Things of all devices at a start, but for those of an unknown kind', async () => {
    await using gate = await open();
    const { id } = await gate.store.devices.add({ name: 'hall', kind: 'lamp', title: 'Hall' }, 'token');
    await gate.store.devices.add({ name: 'old', kind: 'toaster', title: 'Old' }, 'another');
    await gate.fleet.restore();
    expect([...gate.site.things.keys()]).to.deep.equal(['hall']);
    expect(gate.site.things.get('hall')?.id).to.equal(id);
    expect(gate.fleet.has('hall')).to.equal(true);
  });
});

async function open() {
  const store: Store = await openStore();
  const site = createSite({ compileCheck });
  const tokens = createDeviceTokens(store.devices);
  const kind = fakeKind();
  const kinds = new Map([['lamp', kind]]);
  const baseUrl = () => 'http://gate.example';
  const organizations = new Map<string, string>();
  const fleet = createFleet({
    site,
    organizations,
    registry: store.devices,
    tokens,
    kinds,
    baseUrl,
    log: silent,
  });
  return {
    store,
    site,
    tokens,
    kind,
    organizations,
    fleet,
    async [Symbol.asyncDispose]() {
      tokens[Symbol.dispose]();
      await site[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

async function refusal(work: Promise<unknown>): Promise<ThingError> {
  const thrown = await work.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (thrown instanceof ThingError) return thrown;
  throw thrown;
}
