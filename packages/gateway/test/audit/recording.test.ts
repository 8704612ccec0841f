import type { AuditTrail } from '@thingwright/store';
import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { createRecording } from '../../src/audit/recording.js';

type Taken = Parameters<AuditTrail['append']>[0];

/** A recording into a list, at a time that the test sets. */
function record() {
  const entries: Taken[] = [];
  let present = Date.parse('2026-03-04T12:00:00Z');
  const recording = createRecording({
    trail: { append: (entry) => void entries.push(entry) },
    organizationOf: () => undefined,
    now: () => present,
  });
  return { recording, entries, pass: (milliseconds: number) => (present += milliseconds) };
}

describe('the recording of devices that ask for what is not theirs', () => {
  it('says which and for what, at most 30 times a minute', () => {
    const { recording, entries, pass } = record();
    const device = { id: 'urn:uuid:1', name: 'mri' };
    for (let i = 0; i < 40; i++) recording.trespassed(device, 'x'.repeat(1000));
    expect(entries).to.have.length(30);
    expect(entries[0]).to.deep.include({
      principal: 'device:mri',
      thing: 'urn:uuid:1',
      name: 'mri',
      operation: 'authenticate',
      result: 'forbidden',
      detail: 'x'.repeat(500),
    });
    recording.trespassed({ id: 'urn:uuid:2', name: 'ct' }, 'the task 1');
    expect(entries.at(-1)).to.include({ principal: 'device:ct', detail: 'the task 1' });
    pass(60_000);
    recording.trespassed(device, 'the task 2');
    expect(entries).to.have.length(32);
  });
});

describe('the recording of users who show a password for a token', () => {
  it('says who got one and who did not, from where, and of failures of one network 30 a minute at most', () => {
    const { recording, entries, pass } = record();
    recording.signedIn('user:ada', '192.0.2.1');
    const common = { operation: 'authenticate', detail: 'password for a token', affordances: [] };
    expect(entries[0]).to.deep.include({ ...common, principal: 'user:ada', address: '192.0.2.1', result: 'done' });
    for (let i = 0; i < 40; i++) recording.signedIn(undefined, `2001:db8:0:1::${i}`);
    expect(entries).to.have.length(31);
    expect(entries[1]).to.deep.include({
      ...common,
      principal: 'anonymous',
      address: '2001:db8:0:1::0',
      result: 'unauthenticated',
    });
    pass(60_000);
    recording.signedIn(undefined, '2001:db8:0:1::1');
    expect(entries).to.have.length(32);
  });
});

describe('the recording of devices that dial in', () => {
  it('says once an hour that one came', async () => {
    const { recording, entries, pass } = record();
    const identities = recording.identities({
      verify: (name) => ({ name, id: 'urn:test:x' }),
      revocations: NEVER,
    });
    for (let i = 0; i < 3; i++) await identities.verify('scanner_001', 'a-token');
    pass(3_600_000);
    await identities.verify('scanner_001', 'a-token');
    expect(entries.map(({ principal, result }) => [principal, result])).to.deep.equal([
      ['device:scanner_001', 'done'],
      ['device:scanner_001', 'done'],
    ]);
  });

  it('says that one was refused, from where, and never more than 30 times a minute of one network', () => {
    const { recording, entries, pass } = record();
    const identities = recording.identities({ verify: () => undefined, revocations: NEVER });
    for (let i = 0; i < 40; i++) identities.failed?.('planted-secret', `2001:db8:0:1::${i}`);
    expect(entries).to.have.length(30);
    expect(entries[0]).to.deep.include({
      principal: 'anonymous',
      operation: 'authenticate',
      result: 'unauthenticated',
      address: '2001:db8:0:1::0',
      detail: 'dials in',
    });
    identities.failed?.('scanner_001', '192.0.2.1');
    expect(entries.at(-1)).to.include({ address: '192.0.2.1' });
    pass(60_000);
    identities.failed?.('scanner_001', '2001:db8:0:1::1');
    expect(entries).to.have.length(32);
    expect(JSON.stringify(entries)).not.to.include('planted-secret');
  });
});
