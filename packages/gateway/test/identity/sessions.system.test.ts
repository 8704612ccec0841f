import { expect } from 'chai';
import { ADMIN } from '../../src/identity/authentication.js';
import { createSessions } from '../../src/identity/sessions.js';

describe('createSessions', () => {
  let present = 1_000_000;
  const now = () => present;

  it('finds a session until it has idled too long, and fires its signal then', () => {
    using sessions = createSessions({ idle: 1000, most: 10_000 }, now);
    const { value } = sessions.open(ADMIN);
    const found = sessions.find(value);
    expect(found?.principal).to.equal(ADMIN);
    present += 999;
    expect(sessions.find(value)).to.equal(found);
    present += 1000;
    expect(sessions.find(value)).to.equal(undefined);
    expect(found?.ended?.aborted).to.equal(true);
  });

  it('ends a session at its latest, however busy it is', () => {
    using sessions = createSessions({ idle: 1000, most: 2000 }, now);
    const { value, end } = sessions.open(ADMIN);
    expect(end).to.equal(present + 2000);
    for (let i = 0; i < 4; i++) {
      expect(sessions.find(value), `after ${i * 500} ms`).not.to.equal(undefined);
      present += 500;
    }
    expect(sessions.find(value)).to.equal(undefined);
  });

  it('ends a session when it is closed, and no other', () => {
    using sessions = createSessions({}, now);
    const [mine, other] = [sessions.open(ADMIN), sessions.open(ADMIN)];
    const found = sessions.find(mine.value);
    if (found) sessions.close(found);
    expect(found?.ended?.aborted).to.equal(true);
    expect(sessions.find(mine.value)).to.equal(undefined);
    expect(sessions.find(other.value)).not.to.equal(undefined);
  });

  it('ends a session with what it was opened with', () => {
    using sessions = createSessions({}, now);
    const credential = new AbortController();
    const { value } = sessions.open(ADMIN, credential.signal);
    const other = sessions.open(ADMIN);
    const found = sessions.find(value);
    credential.abort();
    expect(found?.ended?.aborted).to.equal(true);
    expect(sessions.find(value)).to.equal(undefined);
    expect(sessions.find(other.value)).not.to.equal(undefined);
    expect(sessions.find(sessions.open(ADMIN, credential.signal).value)).to.equal(undefined);
  });

  it('ends what stands on the sessions of one whose rights are less, and lets the sessions last', () => {
    using sessions = createSessions({}, now);
    const ada = { ...ADMIN, id: 'user:ada' };
    const [mine, other] = [sessions.open(ada), sessions.open(ADMIN)];
    const [before, beside] = [sessions.find(mine.value), sessions.find(other.value)];
    sessions.interrupt('user:ada');
    expect([before, beside].map((one) => one?.ended?.aborted)).to.deep.equal([true, false]);
    const after = sessions.find(mine.value);
    expect(after?.principal).to.equal(ada);
    expect(after?.ended?.aborted).to.equal(false);
    if (after) sessions.close(after);
    expect(sessions.find(mine.value)).to.equal(undefined);
  });

  it('lets nobody push out the sessions of others by opening many', () => {
    using sessions = createSessions({}, now);
    const { value } = sessions.open({ ...ADMIN, id: 'user:ada' });
    const [first, ...others] = Array.from({ length: 10_001 }, () => sessions.open(ADMIN));
    expect(sessions.find(value)).not.to.equal(undefined);
    expect(sessions.find(first?.value ?? '')).to.equal(undefined);
    expect(sessions.find(others.at(-1)?.value ?? '')).not.to.equal(undefined);
  }).timeout(10_000);

  it('ends all sessions when it is disposed', () => {
    const sessions = createSessions({}, now);
    const found = sessions.find(sessions.open(ADMIN).value);
    sessions[Symbol.dispose]();
    sessions[Symbol.dispose]();
    expect(found?.ended?.aborted).to.equal(true);
  });
});
