import { createSite, defineThing, expose, type Grant, type Principal, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { expect } from 'chai';
import { createPrincipalAdministration } from '../../src/administration/principal-administration.js';
import { createPolicy } from '../../src/policy.js';
import { admitted, basic, bearer, openEntrance, PASSWORD } from '../identity/entrance-fixture.js';

const caller = (id: string, ...grants: readonly Grant[]): Principal => ({ id, kind: 'user', grants });
const ROOT = caller('user:root', { role: 'superuser' });
const ACME = caller('user:acme-admin', { role: 'admin', organization: 'acme' });
const EVERYWHERE = caller('user:global-admin', { role: 'admin' });
const OTHER_PASSWORD = 'another horse battery';

const Lamp = defineThing({ title: 'Lamp' });

describe('The administration of users and services', () => {
  it('adds them only to an organization that the caller administers, and says who came', async () => {
    await using gate = await open();
    const { administration } = gate;
    expect(await codeOf(administration.addUser(ACME, { name: 'ada' }))).to.equal('forbidden');
    expect(await codeOf(administration.addService(ACME, { name: 'reports' }))).to.equal('forbidden');
    const ada = await administration.addUser(ACME, { name: 'ada', organization: 'acme', password: PASSWORD });
    expect(ada).to.deep.equal({ principal: 'user:ada' });
    expect((await admitted(gate.authenticate(basic('ada', PASSWORD)))).principal.id).to.equal('user:ada');
    const { principal, secret } = await administration.addService(EVERYWHERE, { name: 'reports' });
    expect((await admitted(gate.authenticate(bearer(secret)))).principal.id).to.equal(principal);
    expect(gate.told).to.deep.equal(['added user:ada', 'added service:reports']);
  });

  it('adds a user with a name or with a subject of the outside issuer, not both', async () => {
    await using gate = await open();
    const { administration } = gate;
    for (const user of [{}, { name: 'ada', subject: 'x' }, { subject: 'x', password: PASSWORD }, { subject: 'x' }]) {
      expect(await codeOf(administration.addUser(ROOT, user)), JSON.stringify(user)).to.equal('invalid');
    }
  });

  it('lets nobody below an admin of the whole organization change anybody', async () => {
    await using gate = await open();
    await gate.addAda();
    for (const grant of [
      { role: 'operator' },
      { role: 'admin', thing: gate.lamp },
      { role: 'admin', organization: 'acme', affordance: 'target' },
      { role: 'admin', organization: 'umbrella' },
    ]) {
      for (const [name, change] of changesOf(gate, caller('user:bob', grant))) {
        expect(await codeOf(change()), `${name} by ${JSON.stringify(grant)}`).to.equal('notFound');
      }
    }
    expect(await gate.people.get('user:ada')).to.include({ disabled: false });
  });

  it('lets admins of the organization do all of it', async () => {
    await using gate = await open();
    await gate.addAda();
    for (const [name, change] of changesOf(gate, ACME)) {
      expect(await codeOf(change()), name).to.equal('done');
    }
    expect(await codeOf(gate.people.get('user:ada'))).to.equal('notFound');
  });

  it('lets nobody have a hand in the credentials of who may do more', async () => {
    await using gate = await open();
    const mighty: readonly Grant[] = [
      { role: 'superuser' },
      { role: 'viewer', organization: 'umbrella' },
      { role: 'viewer' },
    ];
    for (const grant of mighty) {
      await gate.addAda();
      await gate.people.grant('user:ada', grant);
      for (const [name, change] of changesOf(gate, ACME)) {
        if (name === 'grant') continue;
        expect(await codeOf(change()), `${name} against ${JSON.stringify(grant)}`).to.equal('forbidden');
      }
      await gate.people.remove('user:ada');
    }
  });

  describe('giving roles', () => {
    const GIVEN: readonly (readonly [Principal, Omit<Parameters<Gate['grant']>[1], 'principal'>, string])[] = [
      [ACME, { role: 'admin', organization: 'acme' }, 'done'],
      [ACME, { role: 'viewer', organization: 'acme', affordance: 'target', operation: 'readproperty' }, 'done'],
      [ACME, { role: 'operator', thing: 'lamp' }, 'done'],
      [ACME, { role: 'operator', thing: 'lamp', organization: 'umbrella' }, 'invalid'],
      [ACME, { role: 'viewer', thing: 'foreign-lamp' }, 'notFound'],
      [ACME, { role: 'viewer', thing: 'nothing' }, 'notFound'],
      [ACME, { role: 'viewer' }, 'forbidden'],
      [ACME, { role: 'viewer', organization: 'umbrella' }, 'forbidden'],
      [ACME, { role: 'superuser' }, 'forbidden'],
      [ACME, { role: 'owner', organization: 'acme' }, 'invalid'],
      [EVERYWHERE, { role: 'admin' }, 'done'],
      [EVERYWHERE, { role: 'viewer', organization: 'umbrella' }, 'done'],
      [EVERYWHERE, { role: 'superuser' }, 'forbidden'],
      [ROOT, { role: 'superuser' }, 'done'],
      [ROOT, { role: 'superuser', organization: 'acme' }, 'invalid'],
      [
        caller('user:ada', { role: 'operator', organization: 'acme' }),
        { role: 'operator', organization: 'acme' },
        'forbidden',
      ],
    ];

    for (const [who, request, outcome] of GIVEN) {
      it(`${outcome}: ${who.id} gives ${JSON.stringify(request)}`, async () => {
        await using gate = await open();
        await gate.addAda();
        const given = gate.administration.grant(who, { principal: 'user:ada', ...request });
        expect(await codeOf(given)).to.equal(outcome);
        expect((await gate.people.get('user:ada')).grants).to.have.length(outcome === 'done' ? 1 : 0);
      });
    }

    it('counts a role on a Thing in the organization that the Thing belongs to, and shows the Thing by name', async () => {
      await using gate = await open();
      await gate.addAda();
      const { grant } = await gate.administration.grant(ACME, {
        principal: 'user:ada',
        role: 'operator',
        thing: 'lamp',
      });
      const [kept] = (await gate.people.get('user:ada')).grants;
      expect(kept).to.include({ id: grant, role: 'operator', organization: 'acme', thing: gate.lamp });
      const [shown] = await gate.administration.list(ACME);
      expect(shown?.grants).to.deep.equal([{ id: grant, role: 'operator', organization: 'acme', thing: 'lamp' }]);
    });

    it('takes back only what the caller might have given', async () => {
      await using gate = await open();
      await gate.addAda();
      const revoke = (grant: string) => codeOf(gate.administration.revokeGrant(ACME, 'user:ada', grant));
      const mine = await gate.people.grant('user:ada', { role: 'viewer', organization: 'acme' });
      const above = await gate.people.grant('user:ada', { role: 'superuser' });
      expect(await revoke(mine.id)).to.equal('done');
      expect(await revoke(mine.id)).to.equal('notFound');
      expect(await revoke(above.id)).to.equal('forbidden');
      expect((await gate.people.get('user:ada')).grants.map(({ role }) => role)).to.deep.equal(['superuser']);
    });
  });

  describe('what users may do for themselves', () => {
    const ADA = caller('user:ada', { role: 'viewer', organization: 'acme', thing: 'urn:uuid:lamp' });

    it('sees itself and its credentials, and nobody else', async () => {
      await using gate = await open();
      await gate.addAda();
      await gate.people.addUser({ name: 'bob', organization: 'acme' });
      const { secret, credential } = await gate.people.issueToken('user:ada', { label: 'laptop', lifetime: 1000 });
      expect((await gate.administration.list(ADA)).map(({ id }) => id)).to.deep.equal(['user:ada']);
      const shown = await gate.administration.credentials(ADA);
      expect(shown).to.have.length(1);
      expect(shown[0]).to.include({ id: credential.id, kind: 'token', label: 'laptop' }).and.have.property('expires');
      expect(JSON.stringify(shown)).to.not.include(secret);
      expect(await codeOf(gate.administration.credentials(ADA, 'user:bob'))).to.equal('notFound');
      expect(await codeOf(gate.administration.credentials(ADA, 'user:nobody'))).to.equal('notFound');
    });

    it('replaces its password with the one before, and only so', async () => {
      await using gate = await open();
      await gate.addAda();
      const set = (who: Principal, currentPassword?: string) =>
        codeOf(gate.administration.setPassword(who, { password: OTHER_PASSWORD, currentPassword }));
      expect(await set(ADA)).to.equal('invalid');
      expect(await set(ADA, 'wrong')).to.equal('forbidden');
      expect(await set(caller('user:ada', { role: 'superuser' })), 'whatever its role').to.equal('invalid');
      expect(await set(ADA, PASSWORD)).to.equal('done');
      expect(await gate.authenticate(basic('ada', PASSWORD))).to.equal(undefined);
      expect((await admitted(gate.authenticate(basic('ada', OTHER_PASSWORD)))).principal.id).to.equal('user:ada');
    });

    it('has tokens issued and rotated with the password, so that a token alone makes no other', async () => {
      await using gate = await open();
      await gate.addAda();
      const issue = (currentPassword?: string) => gate.administration.issueToken(ADA, { currentPassword });
      expect(await codeOf(issue())).to.equal('invalid');
      expect(await codeOf(issue('wrong'))).to.equal('forbidden');
      const { credential, secret } = await issue(PASSWORD);
      expect(await codeOf(gate.administration.rotateCredential(ADA, { credential }))).to.equal('invalid');
      const rotated = await gate.administration.rotateCredential(ADA, { credential, currentPassword: PASSWORD });
      expect(await gate.authenticate(bearer(secret))).to.equal(undefined);
      expect((await admitted(gate.authenticate(bearer(rotated.secret)))).principal.id).to.equal('user:ada');
      await gate.administration.revokeCredential(ADA, rotated.credential);
      expect(await gate.authenticate(bearer(rotated.secret))).to.equal(undefined);
    });
  });

  it('rotates the secret of a service with an overlap', async () => {
    await using gate = await open();
    const { principal, secret, credential } = await gate.administration.addService(ROOT, { name: 'reports' });
    const rotated = await gate.administration.rotateCredential(ROOT, { principal, overlapSeconds: 60 });
    for (const shown of [secret, rotated.secret]) await admitted(gate.authenticate(bearer(shown)));
    const again = await gate.administration.rotateCredential(ROOT, { principal, credential: rotated.credential });
    expect(await gate.authenticate(bearer(rotated.secret))).to.equal(undefined);
    await admitted(gate.authenticate(bearer(again.secret)));
    expect(credential).to.not.equal(again.credential);
  });
});

type Gate = ReturnType<typeof createPrincipalAdministration>;
type Opened = Awaited<ReturnType<typeof open>>;

/** Every change of user:ada, in an order in which all of them can be done. */
const changesOf = ({ administration }: Opened, who: Principal): (readonly [string, () => Promise<unknown>])[] => {
  const principal = 'user:ada';
  return [
    ['issueToken', () => administration.issueToken(who, { principal })],
    ['setPassword', () => administration.setPassword(who, { principal, password: OTHER_PASSWORD })],
    ['grant', () => administration.grant(who, { principal, role: 'viewer', organization: 'acme' })],
    ['setDisabled', () => administration.setDisabled(who, principal, true)],
    ['remove', () => administration.remove(who, principal)],
  ];
};

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof ThingError) return error.code;
    throw error;
  }
}

async function open() {
  const entrance = await openEntrance();
  const organizations = new Map<string, string>();
  const policy = createPolicy({ gatewayID: 'urn:uuid:gateway', organizationOf: (id) => organizations.get(id) });
  const site = createSite({ compileCheck, policy });
  const add = (name: string, organization: string): string => {
    const { id } = site.add(
      name,
      expose(Lamp, () => ({})),
      { id: `urn:uuid:${name}` },
    );
    organizations.set(id, organization);
    return id;
  };
  const lamp = add('lamp', 'acme');
  add('foreign-lamp', 'umbrella');
  const { people, authenticate } = entrance;
  const administration = createPrincipalAdministration({ people, site, organizations });
  const told: string[] = [];
  administration.changed.subscribe(({ principal, change }) => told.push(`${change} ${principal}`));
  return {
    administration,
    people,
    authenticate,
    lamp,
    told,
    addAda: () => people.addUser({ name: 'ada', organization: 'acme', password: PASSWORD }),
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      await entrance[Symbol.asyncDispose]();
    },
  };
}
