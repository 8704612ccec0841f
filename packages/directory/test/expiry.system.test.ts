import { silent } from '@thingwright/core';
import { expect } from 'chai';
import { createRecordsInMemory, type DirectoryRecords, type Registration } from '../src/records.js';
import { openRegistrations, type RegistrationLimits, type Registrations } from '../src/registrations.js';
import { follow } from './followed.js';
import { openLibrary, pump } from './library.js';

const NOW = Date.parse('2026-03-04T06:00:00Z');
const LIMITS: RegistrationLimits = {
  registrations: 5000,
  bytes: 50_000_000,
  share: 1,
  journal: { count: 10, size: 100_000 },
};

/** What ended a second ago. */
const ended = (name: string): Registration => {
  const id = `urn:example:${name}`;
  const created = new Date(NOW - 60_000).toISOString();
  const expires = new Date(NOW - 1000).toISOString();
  return { id, td: pump({ id }), organization: 'acme', created, modified: created, expires };
};

const manyEnded = (count: number) => Array.from({ length: count }, (_, i) => ended(`old-${i}`));

/** Records that begin with these, and tell what was done, by id. */
function recordsOf(registrations: readonly Registration[]): {
  readonly records: DirectoryRecords;
  readonly done: string[];
} {
  const kept = createRecordsInMemory();
  const done: string[] = [];
  return {
    done,
    records: {
      load: async () => ({ registrations, events: [] }),
      keep(change) {
        done.push(`${change.event.type} ${change.event.id}`);
        return kept.keep(change);
      },
    },
  };
}

async function put(registrations: Registrations, name: string): Promise<void> {
  const { expires: _, ...registration } = ended(name);
  const { id, organization } = registration;
  await registrations.change(() => ({ put: registration, event: { type: 'thing_created', id, organization } }));
}

describe('registrations that end in great numbers', () => {
  it('keep no change waiting: only the one of its id is ended before it', async () => {
    const { records, done } = recordsOf([...manyEnded(1000), ended('same')]);
    const registrations = await openRegistrations({ records, limits: LIMITS, log: silent, now: () => NOW });
    await put(registrations, 'same');
    await put(registrations, 'new');
    expect(done).to.deep.equal([
      'thing_deleted urn:example:same',
      'thing_created urn:example:same',
      'thing_created urn:example:new',
    ]);
  });

  it('make as much room as is needed in a directory that is full', async () => {
    const { records, done } = recordsOf(manyEnded(100));
    const limits = { ...LIMITS, registrations: 100 };
    const registrations = await openRegistrations({ records, limits, log: silent, now: () => NOW });
    await put(registrations, 'new');
    expect(done).to.have.length(2);
    expect(registrations.list().map(({ registration }) => registration.id)).to.deep.equal(['urn:example:new']);
  });

  it('are removed a few at a time, and a change comes in between', async () => {
    const { records, done } = recordsOf(manyEnded(1000));
    const registrations = await openRegistrations({ records, limits: LIMITS, log: silent, now: () => NOW });
    const sweeping = registrations.sweep(new AbortController().signal);
    await put(registrations, 'new');
    expect(done.length).to.be.at.most(25);
    await sweeping;
    expect(done).to.have.length(1001);
  });

  it('stay when the directory is closed meanwhile', async () => {
    const { records, done } = recordsOf(manyEnded(1000));
    const registrations = await openRegistrations({ records, limits: LIMITS, log: silent, now: () => NOW });
    const closing = new AbortController();
    const sweeping = registrations.sweep(closing.signal);
    closing.abort();
    await sweeping;
    expect(done.length).to.be.within(1, 25);
  });

  it('are told to readers, all of them, and cut nobody off', async () => {
    const { records } = recordsOf(manyEnded(3000));
    let now = NOW - 30_000;
    await using library = await openLibrary({ records, now: () => now, sweepInterval: 5 });
    using stream = await follow(`${library.url}/events`);
    now = NOW;
    const messages = await stream.next(3000);
    expect(new Set(messages.map(({ event }) => event))).to.deep.equal(new Set(['thing_deleted']));
  }).timeout(30_000);
});
