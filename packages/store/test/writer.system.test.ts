import { EventEmitter, once } from 'node:events';
import { silent, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { AuditRow, Group } from '../src/group.js';
import { Writer, type WriterOptions } from '../src/writer.js';

/** Commits when it is told to. */
function fakeDatabase() {
  const events = new EventEmitter();
  let isQuick = false;
  const groups: Group[] = [];
  const endings: { done(): void; refuse(error: Error): void }[] = [];
  return {
    groups,
    /** How many changes each commit had. */
    sizes: () => groups.map(({ changes }) => changes.micros.length),
    /** From now on it commits at once. */
    goOn() {
      isQuick = true;
      for (const { done } of endings.splice(0)) done();
    },
    async commit(group: Group): Promise<void> {
      groups.push(group);
      if (isQuick) return;
      return new Promise((resolve, reject) => {
        endings.push({ done: resolve, refuse: reject });
        events.emit('asked');
      });
    },
    async next() {
      if (endings.length === 0) await once(events, 'asked');
      const ending = endings.shift();
      if (!ending) throw new Error('nothing was asked');
      return ending;
    },
  };
}

function openWriter(options: Partial<WriterOptions> = {}) {
  const database = fakeDatabase();
  const writer = new Writer({ commit: database.commit, log: silent, ...options });
  let micros = 0;
  const take = (value: unknown = 1): void => {
    writer.gathering.changes.append(1, 1, { micros: ++micros, value });
    writer.took();
  };
  return { writer, database, take };
}

const RECORD: AuditRow = {
  micros: 0,
  principal: 'user:ada',
  address: null,
  thing: null,
  name: null,
  organization: null,
  operation: 'writeproperty',
  affordances: '[]',
  action_id: null,
  result: 'done',
  detail: null,
};

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe('Writer', () => {
  const full = new ThingError('unavailable', 'database or disk is full');

  it('commits what was taken though nobody waits for it', async () => {
    const { database, take, writer } = openWriter();
    take();
    take();
    (await database.next()).done();
    await writer.close();
    expect(database.sizes()).to.deep.equal([2]);
  });

  it('gathers while it commits, and commits that next', async () => {
    const { database, take, writer } = openWriter();
    take();
    const first = writer.kept();
    const ending = await database.next();
    take();
    take();
    const second = writer.kept();
    expect(writer.kept()).to.equal(second);
    ending.done();
    await first;
    (await database.next()).done();
    await second;
    expect(database.sizes()).to.deep.equal([1, 2]);
    expect(writer.kept()).to.equal(undefined);
  });

  it('lets those who come while the last of all is on its way wait for that', async () => {
    const { database, take, writer } = openWriter();
    take();
    const ending = await database.next();
    const kept = writer.kept();
    expect(kept).to.be.instanceOf(Promise);
    ending.done();
    await kept;
  });

  it('says that a commit failed to all who wait, and to all who ask until one succeeds; loses nothing', async () => {
    const { database, take, writer } = openWriter();
    take();
    const first = refusal(writer.kept());
    const ending = await database.next();
    take();
    const second = refusal(writer.kept());
    ending.refuse(full);
    expect(await first).to.equal(full);
    expect(await second).to.equal(full);
    expect(await refusal(writer.kept())).to.equal(full);
    expect(writer.failure).to.equal(full);
    (await database.next()).done();
    (await database.next()).done();
    expect(database.groups.map(({ number }) => number)).to.deep.equal([1, 1, 2]);
    await writer.close();
    expect(writer.stats).to.include({ changes: 2, commits: 2, failures: 1, waiting: 0 });
  });

  it('lets nobody wait for longer than its patience, and goes on when the database answers after all', async () => {
    const { database, take, writer } = openWriter({ patience: 10 });
    take();
    const ending = database.next();
    expect((await refusal(writer.kept())).code).to.equal('unavailable');
    (await ending).done();
    await writer.close();
    expect(writer.stats).to.include({ changes: 1, failures: 0 });
  });

  it('lets go of the oldest changes when too many wait, and says which', async () => {
    const holes: { readonly start: number; readonly until: number }[] = [];
    const { database, take, writer } = openWriter({ mostBytes: 16_000, dropped: (hole) => holes.push(hole) });
    take();
    (await database.next()).refuse(full);
    await refusal(writer.kept());
    for (let i = 0; i < 2000; i++) take();
    const { dropped, waiting } = writer.stats;
    expect(dropped).to.be.within(1000, 1900);
    expect(waiting).to.be.at.most(17_000);
    expect(holes[0]).to.include({ start: 2 });
    database.goOn();
    await writer.close();
    expect(writer.stats).to.include({ changes: 2001 - dropped, waiting: 0 });
    expect(database.groups.flatMap((group) => group.holes)).to.deep.equal(holes);
    const told = database.groups.flatMap(({ audit }) => audit);
    expect(told.map(({ operation, micros }) => [operation, micros])).to.deep.equal(
      holes.map(({ until }) => ['lost', until]),
    );
    const lost = told.map(({ detail }) => Number.parseInt(detail ?? '', 10));
    expect(lost.reduce((sum, count) => sum + count)).to.equal(dropped);
    expect(told[0]?.detail).to.include('changes since 1970-01-01T00:00:00.000Z');
  });

  it('lets no more of the audit wait than there is room for, however many groups do, and says how much is lost', async () => {
    let drops = 0;
    const { database, take, writer } = openWriter({ mostBytes: 16_000, dropped: () => drops++ });
    const note = (micros: number): void => {
      writer.gathering.addAudit({ ...RECORD, micros });
      writer.took();
    };
    note(0);
    (await database.next()).refuse(full);
    await refusal(writer.kept());
    for (let i = 1; i < 25_000; i++) {
      note(i);
      if (i % 100 === 0) for (let j = 0; j < 10; j++) take();
    }
    database.goOn();
    while (writer.failure || writer.stats.waiting > 0 || !writer.gathering.isEmpty) await writer.kept()?.catch(turn);
    note(25_000);
    await writer.close();
    const numbers = new Set<number>();
    const written = database.groups.filter(({ number }) => !numbers.has(number) && numbers.add(number));
    expect(written.length).to.be.above(3);
    const isOfRecords = ({ detail }: AuditRow): boolean => detail?.includes('records are lost') === true;
    const records = written.flatMap(({ audit }) => audit);
    const [losses, kept] = [records.filter(isOfRecords), records.filter((record) => !isOfRecords(record))];
    expect(kept).to.have.length(10_001);
    const lost = losses.map(({ detail }) => Number.parseInt(detail ?? '', 10));
    expect(lost.reduce((sum, count) => sum + count)).to.equal(15_000 + drops);
  }).timeout(10_000);

  it('begins no commit sooner than its interval after the one before, whoever waits', async () => {
    const { database, take, writer } = openWriter({ interval: 200 });
    take();
    const first = await database.next();
    const begun = performance.now();
    take();
    void writer.kept();
    first.done();
    (await database.next()).done();
    expect(performance.now() - begun).to.be.at.least(100);
    await writer.close();
  });

  it('gives up what the database refuses for good, and goes on with the rest', async () => {
    const { database, take, writer } = openWriter();
    take();
    for (let i = 0; i < 3; i++) (await database.next()).refuse(new Error('a constraint'));
    expect(database.sizes()).to.deep.equal([1, 1, 1]);
    database.goOn();
    take();
    await writer.close();
    expect(writer.stats).to.include({ dropped: 1, changes: 1, failures: 3 });
  }).timeout(10_000);

  it('tries once more at its end, and ends all the same', async () => {
    const { database, take, writer } = openWriter();
    take();
    (await database.next()).refuse(full);
    await refusal(writer.kept());
    const closed = writer.close();
    (await database.next()).refuse(full);
    await closed;
    expect(database.sizes()).to.deep.equal([1, 1]);
  });
});

async function refusal(work: Promise<void> | undefined): Promise<ThingError> {
  const thrown = await work?.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (thrown instanceof ThingError) return thrown;
  throw thrown;
}
