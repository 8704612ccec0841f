import { randomBytes } from 'node:crypto';
import { type Credentials, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { createAttempts } from '../../src/identity/attempts.js';
import { ADMIN, createAuthenticate } from '../../src/identity/authentication.js';
import { createSessions } from '../../src/identity/sessions.js';
import { createTickets } from '../../src/identity/tickets.js';
import {
  ADMIN_TOKEN,
  admitted,
  basic,
  bearer,
  countedWork,
  DEVICE_TOKEN,
  openEntrance,
  PASSWORD,
  refusal,
} from './entrance-fixture.js';

const ATTACKER = { address: '203.0.113.9' };

describe('createAuthenticate', () => {
  it('knows the admin token as Bearer, and as the password of Basic with any user name', async () => {
    await using gate = await openEntrance();
    for (const credentials of [
      bearer(ADMIN_TOKEN),
      { kind: 'basic', user: 'admin', password: ADMIN_TOKEN },
      { kind: 'basic', user: '', password: ADMIN_TOKEN },
    ] as const) {
      expect((await gate.authenticate(credentials))?.principal).to.equal(ADMIN);
    }
  });

  it('knows a device by its token', async () => {
    await using gate = await openEntrance();
    expect((await gate.authenticate(bearer(DEVICE_TOKEN)))?.principal).to.include({
      id: 'device:ems_001',
      kind: 'device',
    });
  });

  it('gives one answer to what is missing, unknown or wrong', async () => {
    await using gate = await openEntrance();
    const wrong: readonly Credentials[] = [
      { kind: 'none' },
      bearer(''),
      bearer('unknown'),
      bearer(ADMIN_TOKEN.slice(0, -1)),
      bearer(`${ADMIN_TOKEN} `),
      { kind: 'basic', user: ADMIN_TOKEN, password: '' },
      { kind: 'cookie', value: ADMIN_TOKEN },
      { kind: 'cookie', value: '' },
    ];
    for (const credentials of wrong) {
      expect(await gate.authenticate(credentials), JSON.stringify(credentials)).to.equal(undefined);
    }
  });

  it('looks for devices, users and services whatever is wrong, so that the answers take the same time', async () => {
    const asked: string[] = [];
    using sessions = createSessions();
    const authenticate = createAuthenticate({
      adminToken: ADMIN_TOKEN,
      devices: {
        async find() {
          asked.push('device');
          return undefined;
        },
      },
      logins: {
        recallToken: () => undefined,
        async findToken() {
          asked.push('token');
          return undefined;
        },
        recallPassword: () => undefined,
        verifyPassword: async () => undefined,
      },
      sessions,
      tickets: createTickets(),
      attempts: createAttempts(),
      nameAttempts: createAttempts(),
    });
    for (const credentials of [{ kind: 'none' }, bearer(''), bearer('wrong'), basic('ada', 'wrong')] as const) {
      asked.length = 0;
      await authenticate(credentials);
      expect(asked, JSON.stringify(credentials)).to.deep.equal(['device', 'token']);
    }
  });

  it('knows the cookie of a session', async () => {
    await using gate = await openEntrance();
    const { value } = gate.sessions.open(ADMIN);
    expect((await gate.authenticate({ kind: 'cookie', value }))?.principal).to.equal(ADMIN);
  });

  it('takes a ticket once', async () => {
    await using gate = await openEntrance();
    const { ticket } = gate.tickets.make({ principal: ADMIN });
    expect((await gate.authenticate({ kind: 'ticket', value: ticket }))?.principal).to.equal(ADMIN);
    const again = await refusal(() => gate.authenticate({ kind: 'ticket', value: ticket }));
    expect(again.code).to.equal('unauthenticated');
  });

  it('refuses a lasting token where a ticket belongs, and says how to do it right', async () => {
    await using gate = await openEntrance();
    for (const value of [ADMIN_TOKEN, DEVICE_TOKEN]) {
      const { code, detail } = await refusal(() => gate.authenticate({ kind: 'ticket', value }));
      expect(code).to.equal('unauthenticated');
      expect(detail).to.include('POST /ticket').and.not.include(value);
    }
  });

  it('refuses what an address guesses that failed too often, not the random tokens of those beside it', async () => {
    const token = 'A-random-token-of-32-characters-';
    await using gate = await openEntrance({ adminToken: token });
    for (let i = 0; i < 20; i++) await gate.authenticate(bearer(`guess ${i}`), ATTACKER);
    expect(await refusal(() => gate.authenticate(bearer('wrong'), ATTACKER))).to.have.property('code', 'tooMany');
    expect((await gate.authenticate(bearer(token), ATTACKER))?.principal).to.equal(ADMIN);
    expect((await gate.authenticate(bearer(DEVICE_TOKEN), ATTACKER))?.principal).to.have.property('kind', 'device');
  });

  it('refuses such an address even the right admin token where that can be guessed, and no other address', async () => {
    await using gate = await openEntrance();
    for (let i = 0; i < 20; i++) await gate.authenticate(bearer(`guess ${i}`), ATTACKER);
    expect(await refusal(() => gate.authenticate(bearer(ADMIN_TOKEN), ATTACKER))).to.have.property('code', 'tooMany');
    expect((await gate.authenticate(bearer(ADMIN_TOKEN), { address: '203.0.113.10' }))?.principal).to.equal(ADMIN);
  });

  it('does not count requests without credentials, or with an old cookie, as guesses', async () => {
    await using gate = await openEntrance();
    for (let i = 0; i < 50; i++) {
      await gate.authenticate({ kind: 'none' }, ATTACKER);
      await gate.authenticate({ kind: 'cookie', value: 'over' }, ATTACKER);
    }
    expect(await gate.authenticate(bearer(ADMIN_TOKEN), ATTACKER)).not.to.equal(undefined);
  });

  describe('with users', () => {
    const wrong: readonly (readonly [string, string, string])[] = [
      ['a wrong password', 'ada', 'wrong'],
      ['an unknown user', 'nobody', PASSWORD],
      ['a user without a password', 'bob', PASSWORD],
      ['a disabled user', 'eve', PASSWORD],
      ['a name that nobody can have', 'a|b', PASSWORD],
      ['the name of a service', 'reports', PASSWORD],
      ['no name and no password', '', ''],
      ['a password that is too long to be one', 'ada', 'x'.repeat(5000)],
    ];

    const opened = async (work = countedWork()) => {
      const gate = await openEntrance({ work });
      await gate.people.addUser({ name: 'ada', password: PASSWORD });
      await gate.people.addUser({ name: 'bob' });
      await gate.people.addUser({ name: 'eve', password: PASSWORD });
      await gate.people.setDisabled('user:eve', true);
      await gate.people.addService({ name: 'reports' });
      return { ...gate, work };
    };

    for (const [what, user, password] of wrong) {
      it(`does the same work for ${what}, and gives the same answer`, async () => {
        await using gate = await opened();
        expect(await gate.authenticate(basic(user, password))).to.equal(undefined);
        expect(gate.work.verified).to.equal(1);
      });
    }

    it('never works on passwords for tokens, right or wrong', async () => {
      await using gate = await opened();
      const { secret } = await gate.people.issueToken('user:ada');
      for (const shown of [bearer(secret), basic('anybody', secret), basic('ada', DEVICE_TOKEN), bearer('wrong')]) {
        await gate.authenticate(shown);
      }
      expect(gate.work.verified).to.equal(0);
    });

    it('verifies a password once for many requests, also for those that come at once', async () => {
      await using gate = await opened();
      const shown = basic('ada', PASSWORD);
      const found = await Promise.all(Array.from({ length: 50 }, async () => gate.authenticate(shown, ATTACKER)));
      expect(new Set(found).size).to.equal(1);
      expect(found[0]?.principal.id).to.equal('user:ada');
      expect(await gate.authenticate(shown, ATTACKER)).to.equal(found[0]);
      expect(gate.work.verified).to.equal(1);
    });

    it('answers at once for what was verified lately', async () => {
      await using gate = await opened();
      const { secret } = await gate.people.issueToken('user:ada');
      for (const shown of [bearer(secret), basic('x', secret), basic('ada', PASSWORD)]) {
        await gate.authenticate(shown);
        expect(gate.authenticate(shown)).not.to.be.instanceOf(Promise);
      }
    });

    it('verifies a password again after some minutes', async () => {
      let present = 1_000_000;
      const work = countedWork();
      await using gate = await openEntrance({ work, now: () => present });
      await gate.people.addUser({ name: 'ada', password: PASSWORD });
      for (const minutes of [0, 4, 6]) {
        present = 1_000_000 + minutes * 60_000;
        expect(await gate.authenticate(basic('ada', PASSWORD)), `after ${minutes} min`).not.to.equal(undefined);
      }
      expect(work.verified).to.equal(2);
    });

    it('stops who guesses from one address, also where all guesses come at once', async () => {
      await using gate = await opened();
      const guesses = await Promise.allSettled(
        Array.from({ length: 200 }, async (_, i) => gate.authenticate(basic(`user${i}`, `guess ${i}`), ATTACKER)),
      );
      expect(guesses.filter(({ status }) => status === 'fulfilled')).to.have.length(20);
      expect(gate.work.verified).to.equal(20);
      expect((await refusal(() => gate.authenticate(basic('ada', PASSWORD), ATTACKER))).code).to.equal('tooMany');
      expect(await gate.authenticate(basic('ada', PASSWORD), { address: '203.0.113.10' })).not.to.equal(undefined);
    });

    it('stops who guesses at one name from many addresses; its tokens, sessions and known passwords go on', async () => {
      await using gate = await opened();
      const { secret } = await gate.people.issueToken('user:ada');
      const login = await gate.authenticate(basic('ada', PASSWORD), ATTACKER);
      const { value } = gate.sessions.open(login?.principal ?? ADMIN);
      for (let i = 0; i < 10; i++) await gate.authenticate(basic('ada', `guess ${i}`), { address: `198.51.100.${i}` });
      const { code, retryAfter } = await refusal(() =>
        gate.authenticate(basic('ada', 'another'), { address: '198.51.100.99' }),
      );
      expect({ code, retryAfter }).to.deep.equal({ code: 'tooMany', retryAfter: 60 });
      for (const known of [bearer(secret), basic('ada', secret), { kind: 'cookie', value } as const]) {
        expect((await gate.authenticate(known))?.principal.id).to.equal('user:ada');
      }
      expect(await gate.authenticate(basic('ada', PASSWORD))).to.equal(login);
    });

    it('lets no service that goes on with an old secret shut out the user who is called like it', async () => {
      await using gate = await opened();
      await gate.people.addUser({ name: 'reports', password: PASSWORD });
      const revoked = randomBytes(32).toString('base64url');
      const from = (i: number) => ({ address: `203.0.113.${i}` });
      for (let i = 0; i < 10; i++) await gate.authenticate(basic('reports', revoked), from(i));
      const again = await refusal(() => gate.authenticate(basic('reports', revoked), from(11)));
      expect(again.code, 'it is no way to guess on').to.equal('tooMany');
      const { principal } = await admitted(gate.authenticate(basic('reports', PASSWORD), from(12)));
      expect(principal.id).to.equal('user:reports');
      expect(await gate.people.checkPassword('user:reports', PASSWORD)).to.equal(true);
    });

    it('limits guesses at a name that nobody has in the same way', async () => {
      await using gate = await opened();
      for (let i = 0; i < 10; i++) {
        await gate.authenticate(basic('nobody', `guess ${i}`), { address: `198.51.100.${i}` });
      }
      const error = await refusal(() => gate.authenticate(basic('nobody', 'another'), { address: '198.51.100.99' }));
      expect(error.code).to.equal('tooMany');
    });

    it('counts all names that nobody can have as one', async () => {
      await using gate = await opened();
      for (let i = 0; i < 10; i++) {
        await gate.authenticate(basic(`no name ${i}`, 'a guess'), { address: `198.51.100.${i}` });
      }
      const error = await refusal(() => gate.authenticate(basic('|', 'another'), { address: '198.51.100.99' }));
      expect(error.code).to.equal('tooMany');
      expect(await gate.authenticate(basic('ada', PASSWORD), { address: '198.51.100.99' })).not.to.equal(undefined);
    });

    it('counts no attempt for passwords that could not be verified', async () => {
      const work = countedWork();
      await using gate = await openEntrance({
        work: { hash: work.hash, verify: () => Promise.reject(new ThingError('unavailable', 'no memory')) },
      });
      await gate.people.addUser({ name: 'ada', password: PASSWORD });
      for (let i = 0; i < 30; i++) {
        expect((await refusal(() => gate.authenticate(basic('ada', PASSWORD), ATTACKER))).code).to.equal('unavailable');
      }
    });
  });
});
