import type { Authentication } from '@thingwright/core';
import { expect } from 'chai';
import { createJwtIssuer } from '../../src/identity/jwt-issuer.js';
import { admitted, basic, bearer, openEntrance, PASSWORD, refusal } from './entrance-fixture.js';
import { openLocalIssuer } from './local-issuer.js';

describe('createJwtLogins', () => {
  async function opened({ grantsClaim, now }: { readonly grantsClaim?: string; readonly now?: () => number } = {}) {
    const provider = await openLocalIssuer();
    const issuer = createJwtIssuer({ issuer: provider.url, audience: 'thingwright' });
    const gate = await openEntrance({ issuer, ...(grantsClaim ? { grantsClaim } : {}), ...(now ? { now } : {}) });
    const id = `user:${new URL(provider.url).host}|ada`;
    return {
      ...gate,
      provider,
      id,
      async [Symbol.asyncDispose]() {
        await gate[Symbol.asyncDispose]();
        await provider[Symbol.asyncDispose]();
      },
    };
  }

  it('lets somebody in under a name that no local user can have, without any right', async () => {
    await using gate = await opened();
    await gate.people.addUser({ name: 'ada', password: PASSWORD });
    await gate.people.grant('user:ada', { role: 'superuser' });
    const token = await gate.provider.sign();
    for (const shown of [bearer(token), basic('anybody', token)]) {
      const { principal } = await admitted(gate.authenticate(shown));
      expect(principal).to.deep.include({ id: gate.id, kind: 'user', grants: [] });
    }
  });

  it('gives the grants that were given here, and counts changes at once', async () => {
    await using gate = await opened();
    const user = await gate.people.addOutsideUser({ subject: 'ada', title: 'Ada' });
    expect(user).to.include({ id: gate.id, title: 'Ada' });
    const { principal } = await admitted(gate.authenticate(bearer(await gate.provider.sign())));
    const grant = await gate.people.grant(gate.id, { role: 'operator' });
    expect(principal.grants).to.deep.equal([grant]);
    expect((await refusal(() => gate.people.setPassword(gate.id, PASSWORD))).code).to.equal('invalid');
  });

  it('gives the grants of the claim, if one was named', async () => {
    await using gate = await opened({ grantsClaim: 'roles' });
    const { principal } = await admitted(
      gate.authenticate(bearer(await gate.provider.sign({ roles: ['viewer@lab', 'king'] }))),
    );
    expect(principal.grants).to.deep.equal([{ role: 'viewer', organization: 'lab' }]);
    await using deaf = await opened();
    const other = await admitted(deaf.authenticate(bearer(await deaf.provider.sign({ roles: ['viewer'] }))));
    expect(other.principal.grants).to.deep.equal([]);
  });

  it('knows nobody whose subject is none, nor one that begins like that of another', async () => {
    await using gate = await opened();
    await gate.people.addOutsideUser({ subject: 'ada' });
    for (const sub of ['', 'ada\u0000', 'ada\u0000x', 'ada\n', 'a'.repeat(256)]) {
      const token = await gate.provider.sign({ sub });
      expect(await gate.authenticate(bearer(token)), JSON.stringify(sub)).to.equal(undefined);
      expect((await refusal(() => gate.people.addOutsideUser({ subject: sub }))).code).to.equal('invalid');
    }
  });

  it('shuts out who is disabled here', async () => {
    await using gate = await opened();
    await gate.people.addOutsideUser({ subject: 'ada' });
    const token = await gate.provider.sign();
    const { ended } = await admitted(gate.authenticate(bearer(token)));
    await gate.people.setDisabled(gate.id, true);
    expect(ended?.aborted).to.equal(true);
    expect(await gate.authenticate(bearer(token))).to.equal(undefined);
  });

  it('remembers a token until it ends, and ends what stands on it then', async () => {
    await using gate = await opened();
    // Some clocks may be late: what has just expired counts a little longer.
    const token = await gate.provider.sign({ exp: Math.floor(Date.now() / 1000) - 9 });
    const authentication = await admitted(gate.authenticate(bearer(token)));
    expect(gate.authenticate(bearer(token))).to.equal(authentication);
    await new Promise((resolve) => authentication.ended?.addEventListener('abort', resolve));
    expect(await gate.authenticate(bearer(token))).to.equal(undefined);
  });

  it('answers unavailable, and counts no attempt, while the issuer does not answer', async () => {
    await using gate = await opened();
    const token = await gate.provider.sign();
    gate.provider.isUp = false;
    for (let i = 0; i < 30; i++) {
      expect((await refusal(() => gate.authenticate(bearer(token), { address: 'a' }))).code).to.equal('unavailable');
    }
    const { secret } = await gate.people.addService({ name: 'reports' });
    expect(await gate.authenticate(bearer(secret), { address: 'a' })).not.to.equal(undefined);
  });

  it('counts forged tokens as attempts, and those that have expired not', async () => {
    await using gate = await opened();
    const expired = await gate.provider.sign({ exp: Math.floor(Date.now() / 1000) - 60 });
    for (let i = 0; i < 30; i++) expect(await gate.authenticate(bearer(expired), { address: 'a' })).to.equal(undefined);
    const forged = `${expired.slice(0, -8)}AAAAAAAA`;
    for (let i = 0; i < 20; i++) expect(await gate.authenticate(bearer(forged), { address: 'a' })).to.equal(undefined);
    expect((await refusal(() => gate.authenticate(bearer(forged), { address: 'a' }))).code).to.equal('tooMany');
    const right: Authentication | undefined = await gate.authenticate(bearer(await gate.provider.sign()), {
      address: 'a',
    });
    expect(right?.principal.id).to.equal(gate.id);
  });
});
