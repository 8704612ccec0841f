import { expect } from 'chai';
import { createCredentialUses } from '../../src/identity/credential-uses.js';

describe('createCredentialUses', () => {
  let present = 1_000_000;
  const now = () => present;
  const ada = { id: 'user:ada', kind: 'user', grants: [{ role: 'viewer' }] } as const;
  const use = { principal: ada, credential: 'laptop' };
  const proof = 'token\0right';

  it('gives one Authentication for one credential, and another for another', () => {
    using uses = createCredentialUses({ now });
    const first = uses.take(use);
    expect(uses.take(use)).to.equal(first);
    expect(uses.take({ ...use, credential: 'phone' })).not.to.equal(first);
    expect(first.principal).to.deep.include({ id: 'user:ada', kind: 'user' });
  });

  it('remembers what was proven, until then and no longer', () => {
    using uses = createCredentialUses({ now });
    expect(uses.recall(proof)).to.equal(undefined);
    const authentication = uses.take(use, { proof, until: present + 1000 });
    expect(uses.recall(proof)).to.equal(authentication);
    expect(uses.recall(`${proof} `)).to.equal(undefined);
    present += 1000;
    expect(uses.recall(proof)).to.equal(undefined);
  });

  it('never remembers longer than the credential lasts', () => {
    using uses = createCredentialUses({ now });
    uses.take({ ...use, until: present + 1000 }, { proof });
    present += 999;
    expect(uses.recall(proof)).not.to.equal(undefined);
    present += 1;
    expect(uses.recall(proof)).to.equal(undefined);
  });

  it('ends what is named, at once, and nothing beside it', () => {
    using uses = createCredentialUses({ now });
    const [laptop, phone] = [uses.take(use, { proof }), uses.take({ ...use, credential: 'phone' })];
    const bob = uses.take({ principal: { ...ada, id: 'user:bob' }, credential: 'laptop' });
    uses.end('user:ada', 'revoked', new Set(['laptop']));
    expect([laptop, phone, bob].map(({ ended }) => ended?.aborted)).to.deep.equal([true, false, false]);
    expect(uses.lifetimeOf(laptop)?.aborted).to.equal(true);
    expect(uses.recall(proof)).to.equal(undefined);
    uses.end('user:ada', 'removed');
    expect([phone, bob].map(({ ended }) => ended?.aborted)).to.deep.equal([true, false]);
  });

  it('may be listened to by many streams, of which Node does not warn', async () => {
    using uses = createCredentialUses({ now });
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    const { ended } = uses.take(use);
    for (let i = 0; i < 20; i++) ended?.addEventListener('abort', () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).to.deep.equal([]);
  });

  it('shows new rights to all who are in, and lets them stay', () => {
    using uses = createCredentialUses({ now });
    const { principal, ended } = uses.take(use);
    uses.granted('user:ada', [{ role: 'operator' }]);
    expect(principal.grants).to.deep.equal([{ role: 'operator' }]);
    expect(ended?.aborted).to.equal(false);
  });

  it('ends streams when rights are taken away, and not the credential', () => {
    using uses = createCredentialUses({ now });
    const before = uses.take(use, { proof });
    uses.granted('user:ada', [], { taken: true });
    expect(before.ended?.aborted).to.equal(true);
    expect(before.principal.grants).to.deep.equal([]);
    expect(uses.lifetimeOf(before)?.aborted).to.equal(false);
    const after = uses.recall(proof);
    expect(after).not.to.equal(before);
    expect(after?.ended?.aborted).to.equal(false);
    expect(after?.principal.grants).to.deep.equal([]);
  });

  it('keeps the grants that came with a credential beside those of the principal', () => {
    using uses = createCredentialUses({ now });
    const { principal } = uses.take({ ...use, claimed: [{ role: 'operator', organization: 'lab' }] });
    uses.granted('user:ada', [{ role: 'admin' }]);
    expect(principal.grants).to.deep.equal([{ role: 'operator', organization: 'lab' }, { role: 'admin' }]);
  });

  it('ends a credential when its time is over', async () => {
    using uses = createCredentialUses();
    const { ended } = uses.take({ ...use, until: Date.now() + 20 });
    await new Promise((resolve) => ended?.addEventListener('abort', resolve));
    expect(uses.take(use).ended?.aborted).to.equal(false);
  });

  it('brings an end forward, and never puts it off', () => {
    using uses = createCredentialUses({ now });
    uses.take({ ...use, until: present + 1000 }, { proof });
    uses.endAt('user:ada', 'laptop', present + 5000);
    present += 1000;
    expect(uses.recall(proof)).to.equal(undefined);
  });

  it('ends a credential whose end is brought to this moment', () => {
    using uses = createCredentialUses({ now });
    const { ended } = uses.take(use);
    uses.endAt('user:ada', 'laptop', present);
    expect(ended?.aborted).to.equal(true);
  });

  it('waits for ends that are farther away than a timer can be', () => {
    using uses = createCredentialUses({ now });
    const { ended } = uses.take({ ...use, until: present + 2 ** 40 });
    expect(ended?.aborted).to.equal(false);
  });

  it('keeps a limited number; the oldest gives way', () => {
    using uses = createCredentialUses({ now, most: 2 });
    const all = ['a', 'b', 'c'].map((credential) => uses.take({ ...use, credential }, { proof: credential }));
    expect(all.map(({ ended }) => ended?.aborted)).to.deep.equal([true, false, false]);
    expect(['a', 'b', 'c'].map((one) => uses.recall(one))).to.deep.equal([undefined, all[1], all[2]]);
  });

  it('says that look-ups of before may be wrong after every change', () => {
    using uses = createCredentialUses({ now });
    const generations = [
      () => uses.granted('user:nobody', []),
      () => uses.endAt('user:nobody', 'none', 0),
      () => uses.end('user:nobody', 'removed'),
    ].map((change) => {
      change();
      return uses.generation;
    });
    expect(new Set([0, ...generations]).size).to.equal(4);
  });
});
