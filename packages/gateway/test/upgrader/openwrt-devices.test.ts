import { silent, ThingError } from '@thingwright/core';
import type { DeviceRecord } from '@thingwright/store';
import { expect } from 'chai';
import { createOpenWrtDevices } from '../../src/upgrader/openwrt-devices.js';

const UUID = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
const recordOf = (more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  id: `urn:uuid:${UUID}`,
  name: 'ap',
  kind: 'openwrt',
  title: 'Access point',
  organization: 'lab',
  settings: { host: 'ap.example' },
  memory: {},
  created: '2026-07-01T08:00:00.000Z',
  modified: '2026-07-01T08:00:00.000Z',
  ...more,
});

function openDevices({ refusal }: { readonly refusal?: ThingError } = {}) {
  const kept: unknown[] = [];
  const clock = { now: 1000 };
  const devices = createOpenWrtDevices({
    credentials: async (id) => ({ password: `of ${id}`, odd: 1 }),
    remember: async (...words) => void kept.push(words),
    addresses: {
      async addressOf(host) {
        if (refusal) throw refusal;
        return `address of ${host}`;
      },
    },
    log: silent,
    now: () => clock.now,
  });
  return { devices, kept, clock };
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof ThingError ? error.code : error),
  );

describe('The OpenWrt devices of a gateway', () => {
  it('are called by what they were provisioned with', async () => {
    const { devices } = openDevices();
    devices.put(recordOf());
    expect(await devices.access.addresses(UUID)).to.deep.equal(['address of ap.example']);
    const password = `of urn:uuid:${UUID}`;
    expect(await devices.access.credentials(UUID)).to.deep.equal([{ name: 'root', username: 'root', password }]);
    devices.put(recordOf({ settings: { host: 'ap.example', port: 2222, user: 'ada' } }));
    expect(await devices.access.credentials(UUID)).to.deep.equal([
      { name: 'ada', username: 'ada', port: 2222, password },
    ]);
  });

  it('keep the host key that is seen first, until it is to be forgotten', async () => {
    const { devices, kept } = openDevices();
    const id = `urn:uuid:${UUID}`;
    devices.put(recordOf());
    expect(await devices.access.hostKey(UUID)).to.equal(undefined);
    await devices.access.pin(UUID, 'key');
    expect(await devices.access.hostKey(UUID)).to.equal('key');
    await devices.forgetHostKey(UUID);
    expect(await devices.access.hostKey(UUID)).to.equal(undefined);
    expect(kept).to.deep.equal([
      [id, 'hostKey', 'key'],
      [id, 'hostKey', null],
    ]);
    devices.put(recordOf({ memory: { hostKey: 'of before' } }));
    expect(await devices.access.hostKey(UUID)).to.equal('of before');
    devices.remove(UUID);
    expect(await codeOf(devices.forgetHostKey(UUID))).to.equal('notFound');
  });

  it('keep the host key when they are put anew, also one that is just being kept', async () => {
    const { devices } = openDevices();
    devices.put(recordOf());
    const pinned = devices.access.pin(UUID, 'key');
    devices.put(recordOf({ settings: { host: 'other.example' } }));
    await pinned;
    expect(await devices.access.hostKey(UUID)).to.equal('key');
    devices.put(recordOf());
    expect(await devices.access.hostKey(UUID)).to.equal('key');
  });

  it('11.26: say why and since when nobody gets in to them, also after a restart', () => {
    const { devices, kept, clock } = openDevices();
    const told: string[] = [];
    devices.changes.subscribe((id) => told.push(id));
    devices.put(recordOf());
    expect(devices.connection(UUID)).to.equal(null);
    for (const reason of ['timed out', 'refused', null, null]) {
      devices.access.tried(UUID, reason);
      clock.now += 1000;
    }
    expect(kept.map((words) => Object(words)[2])).to.deep.equal([
      { isWorking: false, failureReason: 'timed out', since: 1000, lastAttempt: 1000 },
      { isWorking: false, failureReason: 'refused', since: 1000, lastAttempt: 2000 },
      { isWorking: true, failureReason: null, since: 3000, lastAttempt: 3000 },
      { isWorking: true, failureReason: null, since: 3000, lastAttempt: 4000 },
    ]);
    expect(told).to.deep.equal([UUID, UUID, UUID]);
    devices.put(recordOf({ settings: { host: 'other.example' } }));
    expect(devices.connection(UUID)).to.include({ isWorking: true, lastAttempt: 4000 });
    const { devices: again } = openDevices();
    const connection = { isWorking: false, failureReason: 'refused', since: 1000, lastAttempt: 2000 };
    again.put(recordOf({ memory: { connection } }));
    expect(again.connection(UUID)).to.deep.equal(connection);
    again.put(recordOf({ id: `urn:uuid:${UUID.replace('8a', '9a')}`, memory: { connection: { isWorking: 1 } } }));
    expect(again.connection(UUID.replace('8a', '9a'))).to.equal(null);
  });

  it('have no address while nobody knows their name, and are refused where they may not be', async () => {
    const { devices: unknown } = openDevices({ refusal: new ThingError('unavailable', 'no such name') });
    unknown.put(recordOf());
    expect(await unknown.access.addresses(UUID)).to.deep.equal([]);
    expect(await codeOf(unknown.checkHost('ap.example'))).to.equal('done');
    const { devices: forbidden } = openDevices({ refusal: new ThingError('forbidden', 'private') });
    forbidden.put(recordOf());
    expect(await codeOf(forbidden.access.addresses(UUID))).to.equal('forbidden');
    expect(await codeOf(forbidden.checkHost('ap.example'))).to.equal('forbidden');
  });
});
