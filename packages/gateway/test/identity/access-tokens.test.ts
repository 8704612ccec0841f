import { expect } from 'chai';
import { admitted, bearer, openEntrance } from './entrance-fixture.js';

describe('createAccessTokens', () => {
  let present = Date.parse('2026-03-04T06:17:31Z');
  const now = () => present;

  it('gives a service a token of its own for an hour', async () => {
    await using gate = await openEntrance({ now });
    const { secret } = await gate.people.addService({ name: 'reports' });
    const issued = await gate.accessTokens.issue('reports', secret);
    expect(issued?.expiresIn).to.equal(3600);
    const token = issued?.token ?? '';
    expect((await admitted(gate.authenticate(bearer(token)))).principal.id).to.equal('service:reports');
    present += 3_600_000 - 1;
    expect(await gate.authenticate(bearer(token))).not.to.equal(undefined);
    present += 1;
    expect(await gate.authenticate(bearer(token))).to.equal(undefined);
  });

  it('gives nothing for another name, another kind of secret, or a service that is disabled', async () => {
    await using gate = await openEntrance();
    const { secret } = await gate.people.addService({ name: 'reports' });
    await gate.people.addService({ name: 'other' });
    await gate.people.addUser({ name: 'reports' });
    const ofUser = await gate.people.issueToken('user:reports');
    const ofService = await gate.people.issueToken('service:reports');
    const access = await gate.accessTokens.issue('service:reports', secret);
    const wrong = [
      ['other', secret],
      ['user:reports', secret],
      ['', secret],
      ['reports', ''],
      ['reports', ofUser.secret],
      ['reports', ofService.secret],
      ['reports', access?.token ?? ''],
    ] as const;
    for (const [client, shown] of wrong)
      expect(await gate.accessTokens.issue(client, shown), client).to.equal(undefined);
    await gate.people.setDisabled('service:reports', true);
    expect(await gate.accessTokens.issue('reports', secret)).to.equal(undefined);
  });

  it('lets no token outlive the secret that it was had for', async () => {
    await using gate = await openEntrance({ now });
    const { secret } = await gate.people.addService({ name: 'reports' });
    const before = await gate.accessTokens.issue('reports', secret);
    await gate.people.rotateSecret('service:reports', { overlap: 60_000 });
    const after = await gate.accessTokens.issue('reports', secret);
    expect(after?.expiresIn).to.equal(60);
    present += 60_000;
    for (const issued of [before, after]) {
      expect(await gate.authenticate(bearer(issued?.token ?? ''))).to.equal(undefined);
    }
  });

  it('keeps a limited number; the oldest ends at once', async () => {
    await using gate = await openEntrance();
    const { secret } = await gate.people.addService({ name: 'reports' });
    const first = await gate.accessTokens.issue('reports', secret);
    const { ended } = await admitted(gate.authenticate(bearer(first?.token ?? '')));
    const others = await Promise.all(Array.from({ length: 100 }, () => gate.accessTokens.issue('reports', secret)));
    expect(ended?.aborted).to.equal(true);
    expect(await gate.authenticate(bearer(first?.token ?? ''))).to.equal(undefined);
    expect(await gate.authenticate(bearer(others[0]?.token ?? ''))).not.to.equal(undefined);
    const kept = await gate.people.credentials('service:reports');
    expect(kept.filter(({ kind }) => kind === 'access')).to.have.length(100);
  });

  it('gives none for a secret that is revoked at the same time, or one that ends with it', async () => {
    await using gate = await openEntrance();
    for (let i = 0; i < 20; i++) {
      const { secret, credential } = await gate.people.rotateSecret(
        (await gate.people.addService({ name: `service${i}` })).service.id,
      );
      const [issued] = await Promise.all([
        gate.accessTokens.issue(`service${i}`, secret),
        gate.people.revokeCredential(`service:service${i}`, credential.id),
      ]);
      if (issued) expect(await gate.authenticate(bearer(issued.token)), `round ${i}`).to.equal(undefined);
    }
  });
});
