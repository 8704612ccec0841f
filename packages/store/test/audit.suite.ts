import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { AuditQuery, AuditRecord, Store } from '../src/index.js';
import type { Premises } from './fixture/premises.js';

const NOON = Date.parse('2026-03-04T12:00:00Z');
const DAY = 86_400_000;

const write = (i: number): AuditRecord => ({
  micros: (NOON + i) * 1000,
  principal: i % 2 === 0 ? 'user:ada' : 'service:bot',
  address: '192.0.2.7',
  thing: `urn:uuid:4f1c1f2e-0c2f-4b43-8a9b-3a1b6f6b2a1${i % 3}`,
  name: `oven_${i % 3}`,
  organization: i % 3 === 0 ? 'bakery' : 'lab',
  operation: 'writeproperty',
  affordances: ['target', 'door'],
  actionID: 'a run',
  result: 'done',
  detail: `the ${i}th`,
});

/** What every store promises of the audit. */
export function auditSuite(prepare: () => Promise<Premises>): void {
  const placesOf = async ({ audit }: Store, query: AuditQuery): Promise<readonly number[]> =>
    (await audit.read(query)).items.map(({ micros }) => micros / 1000 - NOON);

  it('gives back what it took, newest first, whole and in parts', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { audit } = opened.store;
    expect(await audit.read()).to.deep.equal({ items: [], next: undefined });
    const least = {
      micros: NOON * 1000,
      principal: 'user:ada',
      operation: 'authenticate',
      affordances: [],
      result: 'x',
    };
    audit.append(least);
    audit.append(write(1));
    expect((await audit.read()).items).to.deep.equal([write(1), least]);
  });

  it('is committed together with the change that it tells of', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { audit, memory } = opened.store;
    memory.of('urn:uuid:1').append({ kind: 'property', name: 'level' }, 1, NOON * 1000);
    audit.append(write(0));
    await memory.kept();
    expect(opened.store.stats()).to.deep.include({ changes: 1, commits: 1 });
    expect((await audit.read()).items).to.deep.equal([write(0)]);
  });

  it('is read in pages, from either end, also where many happened at once', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { audit } = opened.store;
    const all = Array.from({ length: 25 }, (_, i) => ({ ...write(Math.floor(i / 7)), detail: `${i}` }));
    for (const record of all) audit.append(record);
    for (const first of ['oldest', 'newest'] as const) {
      const read: string[] = [];
      let after: string | undefined;
      do {
        const page = await audit.read({ first, limit: 4, after });
        read.push(...page.items.map(({ detail = '' }) => detail));
        after = page.next;
      } while (after !== undefined);
      const details = all.map(({ detail }) => detail);
      expect(read, first).to.deep.equal(first === 'oldest' ? details : details.reverse());
    }
  });

  it('is narrowed by time, principal, Thing and organizations', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { store } = opened;
    for (let i = 0; i < 6; i++) store.audit.append(write(i));
    store.audit.append({ micros: NOON * 1000, principal: 'user:ada', operation: 'x', affordances: [], result: 'done' });
    expect(await placesOf(store, { from: NOON + 2, to: NOON + 4 })).to.deep.equal([3, 2]);
    expect(await placesOf(store, { principal: 'service:bot' })).to.deep.equal([5, 3, 1]);
    expect(await placesOf(store, { thing: 'oven_2' })).to.deep.equal([5, 2]);
    expect(await placesOf(store, { thing: write(1).thing })).to.deep.equal([4, 1]);
    expect(await placesOf(store, { organizations: ['bakery'] })).to.deep.equal([3, 0]);
    expect(await placesOf(store, { organizations: [] })).to.deep.equal([]);
  });

  it('refuses odd queries', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    for (const odd of [
      { limit: 0 },
      { limit: 1001 },
      { from: Number.NaN },
      { to: -1 },
      { after: 'x' },
      { after: '1.' },
    ]) {
      const error = await opened.store.audit.read(odd).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error, JSON.stringify(odd)).to.be.instanceOf(ThingError).and.include({ code: 'invalid' });
    }
  });

  it('drops what is too old', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { audit, memory } = opened.store;
    for (const i of [0, 1, 2]) audit.append(write(i));
    await memory.kept();
    const limits = { now: NOON + DAY + 2, journal: DAY, raw: DAY, means: DAY, audit: DAY };
    await opened.backends.writer.run('sweep', limits);
    expect((await audit.read()).items).to.deep.equal([write(2)]);
  });

  it('takes whatever characters a caller makes up, and all that is committed with them', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { audit, memory } = opened.store;
    for (const text of ['a\u0000b', 'a lone \ud800', '\u2028', "'; DROP TABLE audit; --"]) {
      audit.append({ ...write(0), actionID: text, detail: text, principal: text, affordances: [text] });
    }
    audit.append(write(1));
    await memory.kept();
    const { items } = await audit.read({ first: 'oldest' });
    expect(items).to.have.length(5);
    expect(items[0]?.detail).to.match(/^a.b$/su);
    expect((await audit.read({ thing: 'a\u0000b' })).items).to.deep.equal([]);
  });

  it('says how many records are lost where too many come at once', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { audit } = opened.store;
    for (let i = 0; i < 10_007; i++) audit.append(write(i));
    const [last] = (await audit.read({ limit: 1 })).items;
    expect(last).to.include({ operation: 'lost', result: 'unavailable' });
    expect(last?.detail).to.match(/^7 records/);
  });
}

/** What every store promises of the audit that is opened again. */
export function auditRestartSuite(prepare: () => Promise<Premises>): void {
  it('is there after a restart', async () => {
    await using premises = await prepare();
    {
      await using before = await premises.open();
      before.store.audit.append(write(0));
    }
    await using after = await premises.open();
    after.store.audit.append(write(1));
    expect((await after.store.audit.read()).items).to.deep.equal([write(1), write(0)]);
  });
}
