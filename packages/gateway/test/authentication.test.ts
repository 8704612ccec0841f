import type { Credentials } from '@thingwright/core';
import { ThingError } from '@thingwright/core';
import { openStore } from '@thingwright/store';
import { expect } from 'chai';
import { createAttempts } from '../src/attempts.js';
import { ADMIN, createAuthenticate } from '../src/authentication.js';
import { createDeviceTokens } from '../src/device-tokens.js';
import { createSessions } from '../src/sessions.js';
import { createTickets } from '../src/tickets.js';

const ADMIN_TOKEN = 'the-admin-token';
const DEVICE_TOKEN = 'a-device-token';
const ATTACKER = { address: '203.0.113.9' };

describe('createAuthenticate', () => {
  it('knows the admin token as Bearer, and as the password of Basic with any user name', async () => {
    await using gate = await open();
    for (const credentials of [
      bearer(ADMIN_TOKEN),
      { kind: 'basic', user: 'admin', password: ADMIN_TOKEN },
      { kind: 'basic', user: '', password: ADMIN_TOKEN },
    ] as const) {
      expect((await gate.authenticate(credentials))?.principal).to.equal(ADMIN);
    }
  });

  it('knows a device by its token', async () => {
    await using gate = await open();
    expect((await gate.authenticate(bearer(DEVICE_TOKEN)))?.principal).to.include({
      id: 'device:ems_001',
      kind: 'device',
    });
  });

  it('gives one answer to what is missing, unknown or wrong', async () => {
    await using gate = await open();
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

  it('looks for a device whatever is wrong, so that the answers take the same time', async () => {
    let asked = 0;
    using sessions = createSessions();
    const authenticate = createAuthenticate({
      adminToken: ADMIN_TOKEN,
      devices: {
        async find() {
          asked++;
          return undefined;
        },
      },
      sessions,
      tickets: createTickets(),
      attempts: createAttempts(),
    });
    for (const credentials of [{ kind: 'none' }, bearer(''), bearer('wrong')] as const) {
      asked = 0;
      await authenticate(credentials);
      expect(asked, JSON.stringify(credentials)).to.equal(1);
    }
  });

  it('knows the cookie of a session', async () => {
    await using gate = await open();
    const { value } = gate.sessions.open(ADMIN);
    expect((await gate.authenticate({ kind: 'cookie', value }))?.principal).to.equal(ADMIN);
  });

  it('takes a ticket once', async () => {
    await using gate = await open();
    const { ticket } = gate.tickets.make({ principal: ADMIN });
    expect((await gate.authenticate({ kind: 'ticket', value: ticket }))?.principal).to.equal(ADMIN);
    const again = await codeAndDetail(gate.authenticate({ kind: 'ticket', value: ticket }));
    expect(again.code).to.equal('unauthenticated');
  });

  it('refuses a lasting token where a ticket belongs, and says how to do it right', async () => {
    await using gate = await open();
    for (const value of [ADMIN_TOKEN, DEVICE_TOKEN]) {
      const { code, detail } = await codeAndDetail(gate.authenticate({ kind: 'ticket', value }));
      expect(code).to.equal('unauthenticated');
      expect(detail).to.include('POST /ticket').and.not.include(value);
    }
  });

  it('refuses what an address guesses that failed too often, not the random tokens of those beside it', async () => {
    const token = 'A-random-token-of-32-characters-';
    await using gate = await open(token);
    for (let i = 0; i < 20; i++) await gate.authenticate(bearer(`guess ${i}`), ATTACKER);
    expect(await codeAndDetail(gate.authenticate(bearer('wrong'), ATTACKER))).to.have.property('code', 'tooMany');
    expect((await gate.authenticate(bearer(token), ATTACKER))?.principal).to.equal(ADMIN);
    expect((await gate.authenticate(bearer(DEVICE_TOKEN), ATTACKER))?.principal).to.have.property('kind', 'device');
  });

  it('refuses such an address even the right admin token where that can be guessed, and no other address', async () => {
    await using gate = await open();
    for (let i = 0; i < 20; i++) await gate.authenticate(bearer(`guess ${i}`), ATTACKER);
    expect(await codeAndDetail(gate.authenticate(bearer(ADMIN_TOKEN), ATTACKER))).to.have.property('code', 'tooMany');
    expect((await gate.authenticate(bearer(ADMIN_TOKEN), { address: '203.0.113.10' }))?.principal).to.equal(ADMIN);
  });

  it('does not count requests without credentials, or with an old cookie, as guesses', async () => {
    await using gate = await open();
    for (let i = 0; i < 50; i++) {
      await gate.authenticate({ kind: 'none' }, ATTACKER);
      await gate.authenticate({ kind: 'cookie', value: 'over' }, ATTACKER);
    }
    expect(await gate.authenticate(bearer(ADMIN_TOKEN), ATTACKER)).not.to.equal(undefined);
  });
});

const bearer = (token: string) => ({ kind: 'bearer', token }) as const;

async function open(adminToken = ADMIN_TOKEN) {
  const store = await openStore();
  await store.devices.add({ name: 'ems_001', kind: 'telemetry', title: 'Battery' }, DEVICE_TOKEN);
  const devices = createDeviceTokens(store.devices);
  const sessions = createSessions();
  const tickets = createTickets();
  const attempts = createAttempts();
  return {
    authenticate: createAuthenticate({ adminToken, devices, sessions, tickets, attempts }),
    sessions,
    tickets,
    async [Symbol.asyncDispose]() {
      sessions[Symbol.dispose]();
      devices[Symbol.dispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

async function codeAndDetail(work: unknown): Promise<{ readonly code: string; readonly detail: string }> {
  try {
    await work;
    return { code: 'no error', detail: '' };
  } catch (error) {
    if (error instanceof ThingError) return error;
    throw error;
  }
}
