import { EventEmitter, once } from 'node:events';
import { ThingError } from '@thingwright/core';
import type { Principals } from '@thingwright/store';
import { expect } from 'chai';
import { admitted, basic, bearer, countedWork, openEntrance, PASSWORD, refusal } from './entrance-fixture.js';

describe('createPeople', () => {
  let present = Date.parse('2026-03-04T06:17:31Z');
  const now = () => present;
  const ada = { name: 'ada', password: PASSWORD };

  it('adds a user, who comes in with the password', async () => {
    await using gate = await openEntrance();
    const added = await gate.people.addUser({ ...ada, title: 'Ada', organization: 'lab' });
    expect(added).to.include({ id: 'user:ada', title: 'Ada', organization: 'lab', disabled: false });
    const { principal } = await admitted(gate.authenticate(basic('ada', PASSWORD)));
    expect(principal).to.deep.include({ id: 'user:ada', kind: 'user', grants: [] });
    expect(await gate.people.get('user:ada')).to.deep.equal(added);
    expect(await gate.people.list()).to.deep.equal([added]);
  });

  it('adds a service, whose secret comes as Bearer and by Basic', async () => {
    await using gate = await openEntrance();
    const { service, secret, credential } = await gate.people.addService({ name: 'reports' });
    expect(service).to.include({ id: 'service:reports', title: 'reports', organization: 'default' });
    expect(secret).to.match(/^[\w-]{43}$/);
    for (const shown of [bearer(secret), basic('reports', secret), basic('service:reports', secret)]) {
      const { principal } = await admitted(gate.authenticate(shown));
      expect(principal).to.include({ id: 'service:reports', kind: 'service' });
    }
    expect(await gate.people.credentials('service:reports')).to.deep.equal([credential]);
  });

  it('refuses names that will not do, and the one of the admin token', async () => {
    await using gate = await openEntrance();
    for (const name of ['', 'a b', '-a', 'a|b', 'a:b', 'x'.repeat(65)]) {
      expect((await refusal(() => gate.people.addUser({ name }))).code, name).to.equal('invalid');
      expect((await refusal(() => gate.people.addService({ name }))).code, name).to.equal('invalid');
    }
    expect((await refusal(() => gate.people.addUser({ name: 'admin' }))).code).to.equal('conflict');
    expect(await gate.people.list()).to.deep.equal([]);
  });

  it('refuses a second user of a name, and a weak password before anything is made', async () => {
    await using gate = await openEntrance();
    expect((await refusal(() => gate.people.addUser({ name: 'ada', password: 'short' }))).code).to.equal('invalid');
    await gate.people.addUser(ada);
    expect((await refusal(() => gate.people.addUser(ada))).code).to.equal('conflict');
    expect(await gate.people.list()).to.have.length(1);
  });

  it('shuts one out who is disabled, whatever is shown, and lets one in again', async () => {
    await using gate = await openEntrance();
    await gate.people.addUser(ada);
    const { secret } = await gate.people.issueToken('user:ada');
    const shown = [bearer(secret), basic('ada', PASSWORD)];
    const before = await Promise.all(shown.map((one) => admitted(gate.authenticate(one))));
    await gate.people.setDisabled('user:ada', true);
    expect(before.map(({ ended }) => ended?.aborted)).to.deep.equal([true, true]);
    for (const one of shown) expect(await gate.authenticate(one)).to.equal(undefined);
    await gate.people.setDisabled('user:ada', false);
    for (const one of shown) expect((await admitted(gate.authenticate(one))).ended?.aborted).to.equal(false);
  });

  it('ends everything of one who is removed', async () => {
    await using gate = await openEntrance();
    await gate.people.addUser(ada);
    const { secret } = await gate.people.issueToken('user:ada');
    const authentication = await admitted(gate.authenticate(bearer(secret)));
    const { value } = gate.sessions.open(authentication.principal, gate.uses.lifetimeOf(authentication));
    await gate.people.remove('user:ada');
    expect(authentication.ended?.aborted).to.equal(true);
    expect(await gate.authenticate(bearer(secret))).to.equal(undefined);
    expect(await gate.authenticate({ kind: 'cookie', value })).to.equal(undefined);
    expect((await refusal(() => gate.people.remove('user:ada'))).code).to.equal('notFound');
  });

  it('changes a password: the old one and what came by it end, tokens do not', async () => {
    await using gate = await openEntrance();
    await gate.people.addUser(ada);
    const { secret } = await gate.people.issueToken('user:ada');
    const token = await admitted(gate.authenticate(bearer(secret)));
    const password = await admitted(gate.authenticate(basic('ada', PASSWORD)));
    const { value } = gate.sessions.open(password.principal, gate.uses.lifetimeOf(password));
    await gate.people.setPassword('user:ada', 'another long password');
    expect([token, password].map(({ ended }) => ended?.aborted)).to.deep.equal([false, true]);
    expect(await gate.authenticate({ kind: 'cookie', value })).to.equal(undefined);
    expect(await gate.authenticate(basic('ada', PASSWORD))).to.equal(undefined);
    expect(await gate.authenticate(basic('ada', 'another long password'))).not.to.equal(undefined);
    await gate.people.setPassword('user:ada', undefined);
    expect(await gate.authenticate(basic('ada', 'another long password'))).to.equal(undefined);
  });

  it('tells whether a password is right, and counts attempts as those of logging in', async () => {
    await using gate = await openEntrance();
    await gate.people.addUser(ada);
    expect(await gate.people.checkPassword('user:ada', PASSWORD)).to.equal(true);
    for (let i = 0; i < 10; i++) expect(await gate.people.checkPassword('user:ada', `wrong ${i}`)).to.equal(false);
    expect((await refusal(() => gate.people.checkPassword('user:ada', PASSWORD))).code).to.equal('tooMany');
    expect((await refusal(() => gate.authenticate(basic('ada', PASSWORD)))).code).to.equal('tooMany');
  });

  it('gives no password to a service', async () => {
    await using gate = await openEntrance();
    await gate.people.addService({ name: 'reports' });
    const error = await refusal(() => gate.people.setPassword('service:reports', PASSWORD));
    expect(error.code).to.equal('invalid');
  });

  it('grants a role that counts at once, on what is open too', async () => {
    await using gate = await openEntrance();
    await gate.people.addUser(ada);
    const { principal, ended } = await admitted(gate.authenticate(basic('ada', PASSWORD)));
    const grant = await gate.people.grant('user:ada', { role: 'viewer', organization: 'lab' });
    expect(principal.grants).to.deep.equal([grant]);
    expect(ended?.aborted).to.equal(false);
    expect((await refusal(() => gate.people.grant('user:ada', { role: 'king' }))).code).to.equal('invalid');
    expect((await refusal(() => gate.people.grant('user:bob', { role: 'viewer' }))).code).to.equal('notFound');
  });

  it('takes a role back at once: streams end, the session lasts with what is left', async () => {
    await using gate = await openEntrance();
    await gate.people.addUser(ada);
    const grant = await gate.people.grant('user:ada', { role: 'operator' });
    const left = await gate.people.grant('user:ada', { role: 'viewer' });
    const login = await admitted(gate.authenticate(basic('ada', PASSWORD)));
    const { value } = gate.sessions.open(login.principal, gate.uses.lifetimeOf(login));
    const session = await admitted(gate.authenticate({ kind: 'cookie', value }));
    await gate.people.revokeGrant('user:ada', grant.id);
    expect([login, session].map(({ ended }) => ended?.aborted)).to.deep.equal([true, true]);
    for (const again of [basic('ada', PASSWORD), { kind: 'cookie', value } as const]) {
      const { principal, ended } = await admitted(gate.authenticate(again));
      expect(principal.grants).to.deep.equal([left]);
      expect(ended?.aborted).to.equal(false);
    }
    expect((await refusal(() => gate.people.revokeGrant('user:ada', grant.id))).code).to.equal('notFound');
  });

  it('issues tokens, some for a time only', async () => {
    await using gate = await openEntrance({ now });
    await gate.people.addUser({ name: 'ada' });
    const { secret, credential } = await gate.people.issueToken('user:ada', { label: 'laptop', lifetime: 1000 });
    expect(credential).to.include({ principal: 'user:ada', kind: 'token', label: 'laptop', until: present + 1000 });
    expect(await gate.authenticate(bearer(secret))).not.to.equal(undefined);
    present += 1000;
    expect(await gate.authenticate(bearer(secret))).to.equal(undefined);
    expect((await refusal(() => gate.people.issueToken('user:bob'))).code).to.equal('notFound');
    const senseless = await refusal(() => gate.people.issueToken('user:ada', { lifetime: Number.NaN }));
    expect(senseless.code).to.equal('invalid');
  });

  it('issues a limited number of tokens', async () => {
    await using gate = await openEntrance();
    await gate.people.addUser({ name: 'ada' });
    for (let i = 0; i < 100; i++) await gate.people.issueToken('user:ada');
    expect((await refusal(() => gate.people.issueToken('user:ada'))).code).to.equal('conflict');
  });

  it('rotates a token with overlap: both count, then the new one only', async () => {
    await using gate = await openEntrance({ now });
    await gate.people.addUser({ name: 'ada' });
    const old = await gate.people.issueToken('user:ada', { label: 'laptop' });
    await admitted(gate.authenticate(bearer(old.secret)));
    const next = await gate.people.rotateToken('user:ada', old.credential.id, { overlap: 1000 });
    expect(next.credential.label).to.equal('laptop');
    for (const { secret } of [old, next]) expect(await gate.authenticate(bearer(secret))).not.to.equal(undefined);
    present += 1000;
    expect(await gate.authenticate(bearer(old.secret))).to.equal(undefined);
    expect(await gate.authenticate(bearer(next.secret))).not.to.equal(undefined);
  });

  it('rotates a secret without overlap: what stands on the old one ends at once', async () => {
    await using gate = await openEntrance();
    const old = await gate.people.addService({ name: 'reports' });
    const access = await gate.accessTokens.issue('reports', old.secret);
    const before = await Promise.all(
      [old.secret, access?.token ?? ''].map((token) => admitted(gate.authenticate(bearer(token)))),
    );
    const next = await gate.people.rotateSecret('service:reports');
    expect(before.map(({ ended }) => ended?.aborted)).to.deep.equal([true, true]);
    expect(await gate.authenticate(bearer(old.secret))).to.equal(undefined);
    expect(await gate.authenticate(bearer(access?.token ?? ''))).to.equal(undefined);
    expect(await gate.authenticate(bearer(next.secret))).not.to.equal(undefined);
  });

  it('rotates a secret twice: the oldest ends, however long it was to overlap', async () => {
    await using gate = await openEntrance({ now });
    const first = await gate.people.addService({ name: 'reports' });
    const second = await gate.people.rotateSecret('service:reports', { overlap: 60_000 });
    await admitted(gate.authenticate(bearer(first.secret)));
    const third = await gate.people.rotateSecret('service:reports', { overlap: 60_000 });
    expect(await gate.authenticate(bearer(first.secret))).to.equal(undefined);
    for (const { secret } of [second, third]) expect(await gate.authenticate(bearer(secret))).not.to.equal(undefined);
    const { code } = await refusal(() => gate.people.rotateSecret('user:nobody'));
    expect(code).to.equal('notFound');
  });

  it('revokes a credential with what was had for it, and nothing else', async () => {
    await using gate = await openEntrance();
    const { secret, credential } = await gate.people.addService({ name: 'reports' });
    const token = await gate.people.issueToken('service:reports');
    const access = await gate.accessTokens.issue('reports', secret);
    const all = [secret, access?.token ?? '', token.secret].map(bearer);
    const before = await Promise.all(all.map((one) => admitted(gate.authenticate(one))));
    await gate.people.revokeCredential('service:reports', credential.id);
    expect(before.map(({ ended }) => ended?.aborted)).to.deep.equal([true, true, false]);
    const after = await Promise.all(all.map(async (one) => gate.authenticate(one)));
    expect(after.map((found) => found !== undefined)).to.deep.equal([false, false, true]);
  });

  it('lets nobody in by a look-up that began before the credential was revoked', async () => {
    await using gate = await openEntrance();
    await gate.people.addUser({ name: 'ada' });
    for (let i = 0; i < 20; i++) {
      const { secret, credential } = await gate.people.issueToken('user:ada');
      const [found] = await Promise.all([
        gate.authenticate(bearer(secret)),
        gate.people.revokeCredential('user:ada', credential.id),
      ]);
      expect(found?.ended?.aborted ?? true, `round ${i}`).to.equal(true);
      expect(await gate.authenticate(bearer(secret))).to.equal(undefined);
    }
  });

  it('lets nobody in by a password that was changed while it was verified', async () => {
    const work = countedWork();
    const [begun, verified] = [new EventEmitter(), new EventEmitter()];
    const slow = {
      hash: work.hash,
      async verify(hash: string, password: string) {
        const going = once(verified, 'go');
        begun.emit('begun');
        await going;
        return work.verify(hash, password);
      },
    };
    await using gate = await openEntrance({ work: slow, passwordLimits: { parallel: 2 } });
    await gate.people.addUser(ada);
    const isUnderWay = once(begun, 'begun');
    const login = gate.authenticate(basic('ada', PASSWORD));
    await isUnderWay;
    await gate.people.setPassword('user:ada', 'another long password');
    verified.emit('go');
    expect(await login).to.equal(undefined);
  });

  it('keeps no more than one of two changes at once by halves', async () => {
    await using gate = await openEntrance();
    const { secret } = await gate.people.addService({ name: 'reports' });
    const issued = await Promise.all(Array.from({ length: 5 }, () => gate.people.rotateSecret('service:reports')));
    const found = await Promise.all(
      [secret, ...issued.map((one) => one.secret)].map(async (one) => gate.authenticate(bearer(one))),
    );
    expect(found.map((one) => one !== undefined)).to.deep.equal([false, false, false, false, false, true]);
  });

  it('ends what stands on credentials of which it cannot tell whether they were revoked', async () => {
    const through = (principals: Principals): Principals => ({
      ...principals,
      async endCredential(id, credential) {
        await principals.endCredential(id, credential);
        throw new ThingError('unavailable', 'The connection broke before the answer came');
      },
    });
    await using gate = await openEntrance({ through });
    await gate.people.addUser({ name: 'ada' });
    const { secret, credential } = await gate.people.issueToken('user:ada');
    const { ended } = await admitted(gate.authenticate(bearer(secret)));
    const error = await refusal(() => gate.people.revokeCredential('user:ada', credential.id));
    expect(error.code).to.equal('unavailable');
    expect(ended?.aborted).to.equal(true);
    expect(await gate.authenticate(bearer(secret))).to.equal(undefined);
  });

  it('adds nobody of an issuer that there is not', async () => {
    await using gate = await openEntrance();
    expect((await refusal(() => gate.people.addOutsideUser({ subject: 'ada' }))).code).to.equal('invalid');
  });
});
