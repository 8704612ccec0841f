import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { Store } from '../src/index.js';

/** What every store promises of adopted Things. `open` gives an empty store. */
export function adoptedThingsSuite(open: (options: { readonly now: () => number }) => Promise<Store>): void {
  const present = Date.parse('2026-03-04T06:17:31Z');
  const opened = () => open({ now: () => present });
  const pump = { name: 'pump', td: { title: 'Pump', properties: { level: {} } }, settings: { pollInterval: 1000 } };

  it('gives back a Thing as it was added, with a new id and the time, and without its credentials', async () => {
    await using store = await opened();
    const added = await store.adoptedThings.add({ ...pump, credentials: { token: 'secret' } });
    expect(added).to.deep.equal({
      ...pump,
      id: added.id,
      organization: 'default',
      created: '2026-03-04T06:17:31.000Z',
    });
    expect(added.id).to.match(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await store.adoptedThings.list()).to.deep.equal([added]);
    expect(await store.adoptedThings.credentials('pump')).to.deep.equal({ token: 'secret' });
  });

  it('has no credentials where none were given, nor of nobody', async () => {
    await using store = await opened();
    await store.adoptedThings.add(pump);
    expect(await store.adoptedThings.credentials('pump')).to.equal(undefined);
    expect(await store.adoptedThings.credentials('nobody')).to.equal(undefined);
  });

  it('refuses a second Thing of the same name and keeps the first', async () => {
    await using store = await opened();
    const first = await store.adoptedThings.add(pump);
    const error = await store.adoptedThings.add({ ...pump, settings: {} }).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ThingError).with.property('code', 'conflict');
    expect(await store.adoptedThings.list()).to.deep.equal([first]);
  });

  it('gives a Thing to another organization', async () => {
    await using store = await opened();
    const added = await store.adoptedThings.add({ ...pump, organization: 'acme' });
    expect(added.organization).to.equal('acme');
    const moved = { ...added, organization: 'umbrella' };
    expect(await store.adoptedThings.move('pump', 'umbrella')).to.deep.equal(moved);
    expect(await store.adoptedThings.list()).to.deep.equal([moved]);
    const nobody = await store.adoptedThings.move('nobody', 'acme').catch((e: unknown) => e);
    expect(nobody).to.be.instanceOf(ThingError).with.property('code', 'notFound');
  });

  it('gives a Thing another title, in its description', async () => {
    await using store = await opened();
    const credentials = { token: 'secret' };
    const added = await store.adoptedThings.add({ ...pump, credentials });
    const titled = { ...added, td: { ...added.td, title: 'Bilge' } };
    expect(await store.adoptedThings.setTitle('pump', 'Bilge')).to.deep.equal(titled);
    expect(await store.adoptedThings.list()).to.deep.equal([titled]);
    expect(await store.adoptedThings.credentials('pump')).to.deep.equal(credentials);
    const nobody = await store.adoptedThings.setTitle('nobody', 'X').catch((e: unknown) => e);
    expect(nobody).to.be.instanceOf(ThingError).with.property('code', 'notFound');
  });

  it('removes a Thing with its credentials; the name is free again, the id is not', async () => {
    await using store = await opened();
    const first = await store.adoptedThings.add({ ...pump, credentials: 'secret' });
    expect(await store.adoptedThings.remove('pump')).to.deep.equal(first);
    expect(await store.adoptedThings.remove('pump')).to.equal(undefined);
    expect(await store.adoptedThings.credentials('pump')).to.equal(undefined);
    expect((await store.adoptedThings.add(pump)).id).not.to.equal(first.id);
    const again = store.devices.add({ name: 'again', kind: 'lamp', title: 'Lamp', id: first.id }, 'token');
    expect(await again.catch((e: unknown) => e)).to.have.property('code', 'conflict');
  });
}
