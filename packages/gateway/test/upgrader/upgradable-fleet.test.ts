import { silent } from '@thingwright/core';
import type { UpgradableState } from '@thingwright/device-link';
import type { DeviceRecord } from '@thingwright/store';
import { expect } from 'chai';
import { Subject } from 'rxjs';
import { createReachableAddresses } from '../../src/adoption/reachable-addresses.js';
import { createOpenWrtDevices } from '../../src/upgrader/openwrt-devices.js';
import { createUpgradableFleet } from '../../src/upgrader/upgradable-fleet.js';
import { upgraderRights } from '../../src/upgrader/upgrader-rights.js';

const UUID = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
const STATE: UpgradableState = {
  type: 'state',
  version: '1.0',
  bootID: 'boot',
  model: 'Model X',
  os: null,
  sha256: null,
  installing: null,
  last: null,
};
const recordOf = (more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  id: `urn:uuid:${UUID}`,
  name: 'router',
  kind: 'upgradable',
  title: 'Router',
  organization: 'lab',
  settings: { group: 'first floor' },
  memory: {},
  created: '2026-07-01T08:00:00.000Z',
  modified: '2026-07-01T08:00:00.000Z',
  ...more,
});

function openFleet() {
  const changes = new Subject<string>();
  const states = new Map<string, UpgradableState>();
  const kept: unknown[] = [];
  const openWrt = createOpenWrtDevices({
    credentials: async () => undefined,
    remember: async () => undefined,
    addresses: createReachableAddresses(),
    log: silent,
  });
  const fleet = createUpgradableFleet({
    devices: { driver: { name: 'dial-in' }, links: { changes, state: (id) => states.get(id) } },
    openWrt,
    remember: async (...words) => void kept.push(words),
    titleOf: (name) => (name === 'router' ? 'Router in the hall' : undefined),
    log: silent,
  });
  const say = (state: UpgradableState | undefined): void => {
    if (state) states.set(UUID, state);
    else states.delete(UUID);
    changes.next(UUID);
  };
  return { fleet, openWrt, kept, say };
}

describe('The upgradable devices of a gateway', () => {
  it('are what they say, and what they said when they are away, also after a restart', () => {
    const { fleet, kept, say } = openFleet();
    fleet.put(recordOf());
    expect(fleet.get(UUID)).to.include({
      title: 'Router in the hall',
      model: null,
      isOnline: false,
      driver: 'dial-in',
    });
    say(STATE);
    expect(fleet.get(UUID)).to.include({ model: 'Model X', version: '1.0', isOnline: true });
    say(STATE);
    expect(kept).to.deep.equal([[`urn:uuid:${UUID}`, 'firmware', { model: 'Model X', os: null, version: '1.0' }]]);
    say(undefined);
    expect(fleet.get(UUID)).to.include({ model: 'Model X', isOnline: false });
    const { fleet: after } = openFleet();
    after.put(recordOf({ memory: { firmware: { model: 'Model X', os: 7, version: '1.0' } } }));
    expect(after.get(UUID)).to.include({ model: 'Model X', os: null, version: '1.0' });
  });

  it('have groups by their names, each of one organization', () => {
    const { fleet } = openFleet();
    const other = recordOf({ id: 'urn:uuid:2', name: 'other' });
    for (const record of [recordOf(), other, recordOf({ id: 'urn:uuid:3', organization: 'clinic' })]) fleet.put(record);
    const [one, two, three] = [...fleet.list()].map(({ group }) => group);
    expect(one).to.equal(two).and.not.equal(three);
    expect(fleet.group(one ?? '')).to.deep.equal({ id: one, name: 'first floor', organization: 'lab' });
    expect(fleet.location('nowhere')).to.equal(undefined);
    expect([...fleet.organizations()]).to.deep.equal(['lab', 'clinic']);
  });

  it('with OpenWrt are what they were provisioned as, and online once somebody could log in', () => {
    const { fleet, openWrt } = openFleet();
    const told: string[] = [];
    fleet.changes.subscribe((id) => told.push(id));
    fleet.put(recordOf({ kind: 'openwrt', settings: { host: 'ap.example', model: 'Model X' } }));
    expect(fleet.get(UUID)).to.include({ driver: 'openwrt', model: 'Model X', isOnline: false });
    expect(fleet.get(UUID)?.connection).to.equal(null);
    openWrt.access.tried(UUID, 'refused');
    expect(fleet.get(UUID)?.connection).to.include({ isWorking: false, failureReason: 'refused' });
    openWrt.access.tried(UUID, null);
    openWrt.access.tried(UUID, null);
    expect(fleet.get(UUID)).to.include({ isOnline: true });
    expect(told).to.deep.equal([UUID, UUID, UUID]);
    fleet.remove(`urn:uuid:${UUID}`);
    expect(openWrt.connection(UUID)).to.equal(null);
  });

  it('come, go, and tell so', () => {
    const { fleet } = openFleet();
    const told: string[] = [];
    fleet.changes.subscribe((id) => told.push(id));
    fleet.put(recordOf());
    fleet.remove(`urn:uuid:${UUID}`);
    fleet.remove(`urn:uuid:${UUID}`);
    expect(told).to.deep.equal([UUID, UUID]);
    expect(fleet.get(UUID)).to.equal(undefined);
  });
});

describe('The rights of an upgrader', () => {
  const who = (
    ...grants: readonly { readonly role: string; readonly organization?: string; readonly thing?: string }[]
  ) => ({
    id: 'user:ada',
    kind: 'user' as const,
    grants,
  });

  it('are those of roles: viewers view, operators change, admins manage', () => {
    const ada = who({ role: 'operator', organization: 'lab' }, { role: 'viewer', organization: 'clinic' });
    expect(upgraderRights.organizationsOf(ada, 'view')).to.deep.equal(['lab', 'clinic']);
    expect(upgraderRights.organizationsOf(ada, 'change')).to.deep.equal(['lab']);
    expect(upgraderRights.organizationsOf(ada, 'manage')).to.deep.equal([]);
    expect(upgraderRights.organizationsOf(who({ role: 'admin' }), 'manage')).to.equal('all');
    expect(upgraderRights.isSuperuser(who({ role: 'superuser' }))).to.equal(true);
    expect(upgraderRights.isSuperuser(who({ role: 'admin' }))).to.equal(false);
  });

  it('are none by what counts for one Thing, or by a role that there is not', () => {
    const ada = who({ role: 'admin', thing: 'urn:uuid:1' }, { role: 'root' });
    expect(upgraderRights.organizationsOf(ada, 'view')).to.deep.equal([]);
  });
});
