import type { Revocation } from '@thingwright/device-link';
import { openStore, type Store } from '@thingwright/store';
import { expect } from 'chai';
import { createDeviceTokens } from '../../src/identity/device-tokens.js';

describe('createDeviceTokens', () => {
  const battery = { name: 'ems_001', kind: 'telemetry', title: 'Battery' };

  it('knows a device by name and token together', async () => {
    await using store = await openStore();
    using tokens = createDeviceTokens(store.devices);
    const { id } = await store.devices.add(battery, 'token');
    await store.devices.add({ ...battery, name: 'ems_002' }, 'other');
    expect(await tokens.verify('ems_001', 'token')).to.include({ id, name: 'ems_001' });
    for (const [name, token] of [
      ['ems_001', 'other'],
      ['ems_002', 'token'],
      ['nobody', 'token'],
      ['ems_001', ''],
    ] as const) {
      expect(await tokens.verify(name, token), `${name} with ${token}`).to.equal(undefined);
    }
  });

  it('gives a device no role', async () => {
    await using store = await openStore();
    using tokens = createDeviceTokens(store.devices);
    await store.devices.add(battery, 'token');
    const found = await tokens.find('token');
    expect(found?.authentication.principal).to.deep.equal({
      id: 'device:ems_001',
      kind: 'device',
      grants: [],
    });
  });

  it('ends the old token at once when it is rotated without overlap, and leaves the new one', async () => {
    await using store = await openStore();
    using tokens = createDeviceTokens(store.devices);
    const revocations = revocationsOf(tokens);
    await store.devices.add(battery, 'old');
    const old = await tokens.find('old');
    await rotate(store, tokens, 'new');
    expect(old?.authentication.ended?.aborted).to.equal(true);
    expect(revocations).to.deep.equal([{ name: 'ems_001', reason: 'rotated', credential: old?.credential }]);
    expect((await tokens.find('new'))?.authentication.ended?.aborted).to.equal(false);
  });

  it('lets the old token go on for the overlap, beside the new one', async () => {
    await using store = await openStore();
    using tokens = createDeviceTokens(store.devices);
    await store.devices.add(battery, 'old');
    const before = await tokens.find('old');
    await rotate(store, tokens, 'new', 60_000);
    expect((await tokens.find('old'))?.credential).to.equal(before?.credential);
    expect((await tokens.find('new'))?.credential).not.to.equal(before?.credential);
    expect(before?.authentication.ended?.aborted).to.equal(false);
    await rotate(store, tokens, 'newer', 60_000);
    expect(before?.authentication.ended?.aborted, 'after another rotation').to.equal(true);
  });

  it('ends a token whose overlap was under way at a restart', async () => {
    let present = Date.now();
    await using store = await openStore({ now: () => present });
    await store.devices.add(battery, 'old');
    await store.devices.replaceToken('ems_001', 'new', { overlap: 20 });
    using tokens = createDeviceTokens(store.devices, () => present);
    const old = await tokens.find('old');
    const { ended } = old?.authentication ?? {};
    if (!ended) throw new Error('the old token is not known');
    present += 20;
    if (!ended.aborted) await new Promise((resolve) => ended.addEventListener('abort', resolve));
    expect(await tokens.find('old')).to.equal(undefined);
  });

  it('ends all tokens of a device that is removed', async () => {
    await using store = await openStore();
    using tokens = createDeviceTokens(store.devices);
    await store.devices.add(battery, 'old');
    await tokens.find('old');
    await rotate(store, tokens, 'new', 60_000);
    const found = [await tokens.find('old'), await tokens.find('new')];
    const revocations = revocationsOf(tokens);
    await store.devices.remove('ems_001');
    tokens.removed('ems_001');
    expect(found.map((token) => token?.authentication.ended?.aborted)).to.deep.equal([true, true]);
    expect(revocations.map(({ reason }) => reason)).to.deep.equal(['removed', 'removed']);
  });

  it('takes no token that ends while it is looked up', async () => {
    await using store = await openStore();
    await store.devices.add(battery, 'old');
    let interrupted = false;
    using tokens = createDeviceTokens({
      async findByToken(token) {
        const match = await store.devices.findByToken(token);
        if (!interrupted) {
          interrupted = true;
          await rotate(store, tokens, 'new');
        }
        return match;
      },
    });
    expect(await tokens.find('old')).to.equal(undefined);
  });
});

type Tokens = ReturnType<typeof createDeviceTokens>;

async function rotate(store: Store, tokens: Tokens, token: string, overlap = 0): Promise<void> {
  await store.devices.replaceToken('ems_001', token, { overlap });
  tokens.replaced('ems_001', overlap);
}

function revocationsOf(tokens: Tokens): readonly Revocation[] {
  const seen: Revocation[] = [];
  tokens.revocations.subscribe((revocation) => seen.push(revocation));
  return seen;
}
