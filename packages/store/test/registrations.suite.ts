import { expect } from 'chai';
import type { DirectoryChange, RegistrationRecord, Store } from '../src/index.js';
import type { Premises } from './fixture/premises.js';
import { refusal } from './refusal.js';

const PUMP: RegistrationRecord = {
  id: 'urn:example:pump',
  td: { title: 'Pump\0', properties: { größe: { const: null } } },
  organization: 'acme',
  created: '2026-03-04T06:00:00.000Z',
  modified: '2026-03-04T06:00:01.000Z',
  expires: '2026-03-04T06:01:01.000Z',
  ttl: 60.5,
};

const created = (registration: RegistrationRecord): DirectoryChange => {
  const { id, organization, td } = registration;
  return { put: registration, event: { type: 'thing_created', id, organization, diff: td } };
};

/** What every store promises of registrations. */
export function registrationsSuite(open: (options: { readonly now: () => number }) => Promise<Store>): void {
  const opened = () => open({ now: Date.now });

  it('gives back registrations and events as they were kept', async () => {
    await using store = await opened();
    const { registrations } = store;
    expect(await registrations.load()).to.deep.equal({ registrations: [], events: [] });
    const lamp = { id: 'urn:A:lamp', td: {}, organization: 'default', created: PUMP.created, modified: PUMP.created };
    const first = await registrations.keep(created(PUMP));
    const second = await registrations.keep(created(lamp));
    expect(second).to.be.greaterThan(first);
    const { registrations: kept, events } = await registrations.load();
    expect(kept).to.have.deep.members([lamp, PUMP]);
    expect(events).to.deep.equal([
      { place: first, ...created(PUMP).event },
      { place: second, ...created(lamp).event },
    ]);
  });

  it('replaces, removes and forgets', async () => {
    await using store = await opened();
    const { registrations } = store;
    const first = await registrations.keep(created(PUMP));
    const { expires: _, ttl: __, ...lasting } = { ...PUMP, td: { title: 'Bilge' }, organization: 'umbrella' };
    const event = { type: 'thing_updated', id: PUMP.id } as const;
    const second = await registrations.keep({ put: lasting, event });
    expect((await registrations.load()).registrations).to.deep.equal([lasting]);
    const gone = { type: 'thing_deleted', id: PUMP.id } as const;
    const third = await registrations.keep({ remove: PUMP.id, event: gone, forget: first });
    expect(await registrations.load()).to.deep.equal({
      registrations: [],
      events: [
        { place: second, ...event },
        { place: third, ...gone },
      ],
    });
    expect(await registrations.keep({ event: gone, forget: third })).to.be.greaterThan(third);
  });

  it('refuses the id of a Thing of its own, of one that was as well, and keeps nothing of that step', async () => {
    await using store = await opened();
    const { id } = await store.devices.add({ name: 'lamp', kind: 'lamp', title: 'Lamp' }, 'token');
    for (const taken of [store.gatewayID, id, id]) {
      const error = await refusal(store.registrations.keep(created({ ...PUMP, id: taken })));
      expect(error.code).to.equal('conflict');
      await store.devices.remove('lamp');
    }
    expect(await store.registrations.load()).to.deep.equal({ registrations: [], events: [] });
  });
}

/** What every lasting store promises of them over its end. */
export function registrationsRestartSuite(prepare: () => Promise<Premises>): void {
  it('has registrations and their events again, and goes on counting', async () => {
    await using premises = await prepare();
    let place: number;
    {
      await using before = await premises.open();
      place = await before.store.registrations.keep(created(PUMP));
    }
    await using again = await premises.open();
    const { registrations } = again.store;
    expect(await registrations.load()).to.deep.equal({
      registrations: [PUMP],
      events: [{ place, ...created(PUMP).event }],
    });
    const event = { type: 'thing_deleted', id: PUMP.id } as const;
    expect(await registrations.keep({ remove: PUMP.id, event, forget: place })).to.be.greaterThan(place);
  });
}
