import type { Credentials } from '@thingwright/core';
import { expect } from 'chai';
import { createAttempts } from '../src/attempts.js';
import { ADMIN, createAuthenticate } from '../src/authentication.js';
import { createSessions } from '../src/sessions.js';
import { createTickets } from '../src/tickets.js';
import { ADMIN_TOKEN, basic, bearer, DEVICE_TOKEN, openEntrance, refusal } from './entrance-fixture.js';

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
});
