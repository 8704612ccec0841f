import type { Changes, KeptChange, KeptInvocation } from '@thingwright/core';
import { expect } from 'chai';
import type { Store } from '../src/index.js';
import type { Premises } from './fixture/premises.js';

const THING = 'urn:uuid:4f1c1f2e-0c2f-4b43-8a9b-3a1b6f6b2a10';
const OTHER = 'urn:uuid:0d0a7a52-59f5-4d0a-9c1f-0a3a0c7f1b11';
const NOON = Date.parse('2026-03-04T12:00:00Z');
const now = (): number => NOON;
const micros = (milliseconds: number): number => (NOON + milliseconds) * 1000;

const property = (name: string): Pick<KeptChange, 'kind' | 'name'> => ({ kind: 'property', name });

const NAMES = ['level', 'mode', 'mood'];

/** Changes that are taken at once: by the place of the name in {@link NAMES}, the value. */
const changesOf = (first: number, ...changes: readonly (readonly [name: number, value: unknown])[]): Changes => ({
  size: changes.length,
  first,
  names: NAMES,
  nameAt: (i) => changes[i]?.[0] ?? 0,
  numberAt: (i) => {
    const value = changes[i]?.[1];
    return typeof value === 'number' ? value : Number.NaN;
  },
  textAt: (i) => JSON.stringify(changes[i]?.[1]),
  values: () => new Map(changes.map(([name, value], i) => [NAMES[name] ?? '', { value, micros: first + i }])),
});

export const invocation = (actionID: string, state: 'running' | 'completed' = 'running'): KeptInvocation => ({
  status: { actionID, action: 'scan', state, input: { area: [1, 2] }, timeRequested: '2026-03-04T12:00:00.000Z' },
  invoker: { id: 'user:ada', kind: 'user', grants: [{ role: 'operator', organization: 'lab' }] },
  uriVariables: {},
  cancelled: false,
});

/** What every store promises of the memories of Things. */
export function memorySuite(prepare: () => Promise<Premises>): void {
  it('knows nothing of a new Thing, and has nothing to keep', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { memory } = opened.store;
    const thing = memory.of(THING);
    expect(thing.last).to.equal(0);
    expect(thing.values.size).to.equal(0);
    expect(thing.invocations).to.deep.equal([]);
    expect(await thing.since(micros(0), micros(1))).to.equal(undefined);
    expect(memory.kept()).to.equal(undefined);
  });

  it('gives back changes as they were: of every kind of value, with invokers, and events without data', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const thing = opened.store.memory.of(THING);
    const values = [0, -0.5, 1e300, 5e-324, true, null, '', 'ünï"\\\u2028', [1, [2]], { a: { b: null } }];
    thing.append(property('begin'), 1, micros(0));
    const changes: KeptChange[] = values.map((value, i) => ({
      ...property(`p${i % 3}`),
      value,
      micros: micros(i + 1),
    }));
    const by = { kind: 'event', name: 'status', invoker: 'user:"ada"' } as const;
    changes.push({ ...by, value: { state: 'running' }, micros: micros(20) });
    changes.push({ ...by, value: undefined, micros: micros(20) + 1 });
    changes.push({ kind: 'event', name: 'bare', value: undefined, micros: micros(21) });
    changes.push({ ...by, value: 7, micros: micros(22) });
    for (const { value, micros: moment, ...origin } of changes) thing.append(origin, value, moment);
    expect(thing.last).to.equal(micros(22));
    expect(await thing.since(micros(0), micros(100))).to.deep.equal(changes);
    await opened.backends.writer.run('settle', {});
    expect(await thing.since(micros(0), micros(100))).to.deep.equal(changes);
    await opened.backends.writer.run('settle', { packAt: 1 });
    expect(await thing.since(micros(3), micros(22))).to.deep.equal(changes.slice(3, -1));
  });

  it('takes changes at once as it takes them one by one, among others', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const thing = opened.store.memory.of(THING);
    thing.append(property('mode'), 'old', micros(0));
    thing.appendAll(changesOf(micros(1), [0, 0.5], [1, 'new'], [2, { a: null }]));
    thing.appendAll(changesOf(micros(2)));
    thing.appendAll(changesOf(micros(3), [2, 7], [1, 'newer']));
    thing.append(property('level'), 1, micros(4));
    expect(thing.last).to.equal(micros(4));
    const after = await thing.since(micros(0), micros(9));
    expect(after?.map(({ name, value, micros: moment }) => [name, value, moment - micros(0)])).to.deep.equal([
      ['level', 0.5, 1000],
      ['mode', 'new', 1001],
      ['mood', { a: null }, 1002],
      ['mood', 7, 3000],
      ['mode', 'newer', 3001],
      ['level', 1, 4000],
    ]);
    expect(Object.fromEntries(thing.values)).to.deep.equal({
      level: { value: 1, micros: micros(4) },
      mode: { value: 'newer', micros: micros(3) + 1 },
      mood: { value: 7, micros: micros(3) },
    });
  });

  it('settles every change once, also when it is asked to twice at a time', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { writer } = opened.backends;
    const things = Array.from({ length: 200 }, (_, i) => opened.store.memory.of(`urn:uuid:${i}`));
    for (let i = 0; i < 3; i++) for (const thing of things) thing.append(property('level'), i, micros(i));
    await opened.store.memory.kept();
    await Promise.all([writer.run('settle', {}), writer.run('settle', {})]);
    for (const thing of things) expect(await thing.since(micros(0), micros(9))).to.have.length(2);
    const { sum } = await writer.db
      .selectFrom('blocks')
      .select((e) => e.fn.sum<number>('count').as('sum'))
      .executeTakeFirstOrThrow();
    expect(sum).to.equal(600);
  });

  it('tells the changes of one Thing from those of others', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const [one, other] = [opened.store.memory.of(THING), opened.store.memory.of(OTHER)];
    for (let i = 0; i < 10; i++) {
      one.append(property('level'), i, micros(i));
      other.append(property('level'), -i, micros(i));
    }
    const levels = (await one.since(micros(7), micros(100)))?.map(({ value }) => value);
    expect(levels).to.deep.equal([8, 9]);
    expect((await other.since(micros(8), micros(100)))?.map(({ value }) => value)).to.deep.equal([-9]);
  });

  it('continues what it has settled, whatever its bytes are', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const thing = opened.store.memory.of(THING);
    const values = [0, 127, -128, 1e9, 0.25, -1e-7, 2 ** 52, 'ü\0', { deep: '\u2028' }, [], false, null];
    const appended: unknown[] = [];
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 7; i++) {
        const value = values[(round * 7 + i * round) % values.length];
        thing.append(property(`p${i % 3}`), value, micros(appended.length ** 2));
        appended.push(value);
      }
      await opened.store.memory.kept();
      await opened.backends.writer.run('settle', { continueTo: round % 3 === 0 ? 1 : 1_000_000 });
    }
    const all = await thing.since(micros(0), Number.MAX_SAFE_INTEGER);
    expect(all?.map(({ value }) => value)).to.deep.equal(appended.slice(1));
  });

  it('drops what has no history when later changes fill the journal, and says that there is a gap', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now, journal: { count: 20 } });
    const { writer } = opened.backends;
    const thing = opened.store.memory.of(THING);
    for (let i = 0; i < 100; i++) {
      thing.append(property(i % 2 ? 'level' : 'compound'), i % 2 ? i : { i }, micros(i));
      if (i % 5 < 4) continue;
      await opened.store.memory.kept();
      await writer.run('settle', { journal: 20, continueTo: 1 });
    }
    const length = async (from: number, to: number): Promise<number | undefined> =>
      (await thing.since(micros(from), micros(to)))?.length;
    expect(await length(79, 100)).to.equal(20);
    expect(await length(85, 100)).to.equal(14);
    expect(await length(10, 15)).to.equal(undefined);
    expect(await length(11, 12)).to.equal(undefined);
    const { items } = await opened.store.history.read(THING, 'level');
    expect(items.map(({ value }) => value)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i * 2 + 1));
    const { sum } = await writer.db
      .selectFrom('blocks')
      .select((e) => e.fn.sum<number>('count').as('sum'))
      .where('class', '=', 0)
      .executeTakeFirstOrThrow();
    expect(sum).to.be.within(10, 15);
  });

  it('says that there is a gap where something was dropped as too old', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now, journal: { age: 3_600_000 } });
    const thing = opened.store.memory.of(THING);
    for (let i = 0; i < 4; i++) {
      thing.append(property('compound'), { i }, micros(i - 100_000 * (3 - i)));
      await opened.store.memory.kept();
      await opened.backends.writer.run('settle', { continueTo: 1 });
    }
    expect(await thing.since(micros(1 - 200_000), micros(100))).to.have.length(2);
    const limits = { now: NOON + 10, journal: 150_000, raw: 150_000, means: 150_000, audit: 1 };
    await opened.backends.writer.run('sweep', limits);
    expect(await thing.since(micros(1 - 200_000), micros(100))).to.equal(undefined);
    expect(await thing.since(micros(2 - 100_000), micros(100))).to.have.length(1);
  });

  it('says that it cannot tell: of a moment without a change, of one too long ago, of too many changes', async () => {
    await using premises = await prepare();
    let present = NOON;
    await using opened = await premises.open({ now: () => present, journal: { count: 5, age: 60_000 } });
    const thing = opened.store.memory.of(THING);
    for (let i = 0; i < 10; i++) thing.append(property('level'), i, micros(i));
    const count = async (moment: number): Promise<number | undefined> =>
      (await thing.since(moment, micros(1000)))?.length;
    expect(await count(micros(4))).to.equal(5);
    expect(await count(micros(3))).to.equal(undefined);
    expect(await count(micros(4) + 1)).to.equal(undefined);
    expect(await count(micros(-1))).to.equal(undefined);
    expect(await count(micros(9))).to.equal(0);
    present += 60_010;
    expect(await count(micros(9))).to.equal(undefined);
  });

  it('lists the latest of some events, oldest first, wherever they are kept, and no property of the same name', async () => {
    await using premises = await prepare();
    let present = NOON;
    await using opened = await premises.open({ now: () => present, journal: { age: 60_000 } });
    const [thing, other] = [opened.store.memory.of(THING), opened.store.memory.of(OTHER)];
    expect(await thing.events(['alarm'], 10)).to.deep.equal([]);
    const alarm = (i: number): KeptChange => ({
      kind: 'event',
      name: 'alarm',
      value: i,
      invoker: 'user:ada',
      micros: micros(i),
    });
    const append = (i: number): void => {
      const { value, micros: moment, ...origin } = alarm(i);
      thing.append(origin, value, moment);
      thing.append(property('alarm'), i, moment + 1);
      thing.append({ kind: 'event', name: 'bell' }, undefined, moment + 2);
      other.append({ kind: 'event', name: 'alarm' }, -i, moment);
    };
    const alarms = async (most = 10) => thing.events(['alarm', 'unheard of'], most);
    for (let i = 0; i < 3; i++) append(i);
    await opened.backends.writer.run('settle', { packAt: 1 });
    for (let i = 3; i < 6; i++) append(i);
    await opened.backends.writer.run('settle', {});
    for (let i = 6; i < 9; i++) append(i);
    expect(await alarms()).to.deep.equal(Array.from({ length: 9 }, (_, i) => alarm(i)));
    expect(await alarms(4)).to.deep.equal([5, 6, 7, 8].map(alarm));
    expect(await thing.events(['alarm', 'bell'], 3)).to.deep.equal([
      { kind: 'event', name: 'bell', value: undefined, micros: micros(7) + 2 },
      alarm(8),
      { kind: 'event', name: 'bell', value: undefined, micros: micros(8) + 2 },
    ]);
    present = NOON + 60_004;
    expect(await alarms()).to.deep.equal([4, 5, 6, 7, 8].map(alarm));
  });

  it('tells when all is kept, and of nothing again when nothing came', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { memory } = opened.store;
    memory.of(THING).append(property('level'), 1, micros(0));
    const kept = memory.kept();
    expect(kept).to.be.instanceOf(Promise);
    await kept;
    expect(memory.kept()).to.equal(undefined);
    expect(opened.store.stats()).to.deep.include({ changes: 1, commits: 1, failures: 0, waiting: 0, dropped: 0 });
  });

  it('commits together what comes together', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { memory } = opened.store;
    for (let i = 0; i < 5000; i++) memory.of(i % 2 ? THING : OTHER).append(property('level'), i, micros(i));
    await memory.kept();
    expect(opened.store.stats()).to.deep.include({ changes: 5000, commits: 1 });
  });

  it('writes how an invocation stands at the moment of writing, and forgets it', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { memory } = opened.store;
    const thing = memory.of(THING);
    for (const id of ['a', 'b', 'c']) thing.keep(invocation(id));
    thing.keep(invocation('b', 'completed'));
    thing.forget('c');
    await memory.kept();
    const rows = await opened.backends.writer.db.selectFrom('invocations').selectAll().orderBy('place').execute();
    expect(rows.map(({ id, state }) => [id, state])).to.deep.equal([
      ['a', 'running'],
      ['b', 'completed'],
    ]);
    thing.keep(invocation('c'));
    thing.forget('a');
    await memory.kept();
    expect(thing.invocations.map(({ status }) => status.actionID)).to.deep.equal(['b', 'c']);
  });

  it('forgets a Thing with all that was of it, and takes no more of it', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { memory, history } = opened.store;
    const { writer } = opened.backends;
    const thing = memory.of(THING);
    for (let i = 0; i < 10; i++) thing.append(property('level'), i, micros(i));
    thing.keep(invocation('a'));
    await memory.kept();
    await writer.run('settle', { packAt: 1 });
    thing.append(property('level'), 10, micros(10));
    memory.forgetThing(THING);
    thing.append(property('level'), 11, micros(11));
    thing.keep(invocation('b'));
    await memory.kept();
    await writer.run('settle', {});
    for (const table of ['log', 'blocks', 'minutes', 'tails', 'invocations', 'things'] as const) {
      expect(await writer.db.selectFrom(table).selectAll().execute(), table).to.deep.equal([]);
    }
    expect((await history.read(THING, 'level')).items).to.deep.equal([]);
    const again = memory.of(THING);
    expect(again.last).to.equal(0);
    again.append(property('level'), 1, micros(20));
    again.append(property('level'), 2, micros(21));
    expect(await again.since(micros(20), micros(100))).to.have.length(1);
  });

  it('is the same for all who ask for the same Thing', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    opened.store.memory.of(THING).append(property('level'), { a: 1 }, micros(1));
    const again = opened.store.memory.of(THING);
    expect(again.last).to.equal(micros(1));
    expect([...again.values]).to.deep.equal([['level', { value: { a: 1 }, micros: micros(1) }]]);
  });
}

/** What a store promises over its end. */
export function restartSuite(prepare: () => Promise<Premises>): void {
  it('begins with the last values, the last moment and the invocations, in their order', async () => {
    const called: KeptInvocation = { ...invocation('y'), called: true };
    await using premises = await prepare();
    {
      await using opened = await premises.open({ now });
      const thing = opened.store.memory.of(THING);
      thing.append(property('level'), 1, micros(0));
      await opened.store.memory.kept();
      await opened.backends.writer.run('settle', {});
      thing.append(property('level'), 2.5, micros(1));
      thing.append(property('mode'), { target: 'AUTO' }, micros(1) + 1);
      thing.append({ kind: 'event', name: 'alarm' }, 'hot', micros(2));
      for (const id of ['z', 'y', 'x']) thing.keep(invocation(id));
      thing.keep(invocation('z', 'completed'));
      thing.keep(called);
    }
    await using opened = await premises.open({ now });
    const thing = opened.store.memory.of(THING);
    expect(thing.last).to.equal(micros(2));
    expect(Object.fromEntries(thing.values)).to.deep.equal({
      level: { value: 2.5, micros: micros(1) },
      mode: { value: { target: 'AUTO' }, micros: micros(1) + 1 },
    });
    expect(thing.invocations).to.deep.equal([invocation('z', 'completed'), called, invocation('x')]);
  });

  it('begins with the values of changes that were taken at once', async () => {
    await using premises = await prepare();
    {
      await using opened = await premises.open({ now });
      opened.store.memory.of(THING).appendAll(changesOf(micros(1), [0, 1], [1, null], [2, [2]]));
      opened.store.memory.of(THING).appendAll(changesOf(micros(2), [0, 3]));
    }
    await using opened = await premises.open({ now });
    expect(Object.fromEntries(opened.store.memory.of(THING).values)).to.deep.equal({
      level: { value: 3, micros: micros(2) },
      mode: { value: null, micros: micros(1) + 1 },
      mood: { value: [2], micros: micros(1) + 2 },
    });
  });

  it('lists the events of before', async () => {
    await using premises = await prepare();
    for (const i of [0, 1]) {
      await using opened = await premises.open({ now });
      opened.store.memory.of(THING).append({ kind: 'event', name: 'alarm' }, i, micros(i));
    }
    await using opened = await premises.open({ now });
    const thing = opened.store.memory.of(THING);
    thing.append({ kind: 'event', name: 'alarm' }, 2, micros(2));
    expect((await thing.events(['alarm'], 10)).map(({ value }) => value)).to.deep.equal([0, 1, 2]);
  });

  it('has what was not settled when its process ended without notice, and settles it then, each once', async () => {
    await using premises = await prepare();
    const append = ({ memory }: Store, from: number, to: number): Promise<void> | undefined => {
      for (let i = from; i < to; i++) {
        memory.of(THING).append(property(i % 3 ? 'level' : 'mode'), i % 3 ? i : { i }, micros(i));
        if (i < 3) memory.of(OTHER).append(property('level'), i, micros(i));
      }
      return memory.kept();
    };
    const moments = async ({ memory }: Store): Promise<readonly number[] | undefined> =>
      (await memory.of(THING).since(micros(0), micros(100)))?.map((change) => change.micros);
    for (let run = 0; run < 2; run++) {
      const opened = await premises.open({ now });
      await using _ = opened;
      const { store, backends } = opened;
      const known = run * 5;
      expect(store.memory.of(THING).last).to.equal(known === 0 ? 0 : micros(known - 1));
      if (run > 0) {
        expect(store.memory.of(THING).values.get('mode')?.value).to.deep.equal({ i: Math.floor((known - 1) / 3) * 3 });
        expect(store.memory.of(OTHER).values.get('level')).to.deep.equal({ value: 2, micros: micros(2) });
        expect(await moments(store)).to.deep.equal(Array.from({ length: known - 1 }, (_, i) => micros(i + 1)));
      }
      if (run === 1) await backends.writer.run('settle', {});
      if (run === 1) store.memory.forgetThing(OTHER);
      await append(store, known, known + 5);
      if (run === 1) expect(await moments(store)).to.have.length(9);
      await backends.close();
    }
    await using opened = await premises.open({ now });
    opened.store.memory.of('urn:uuid:new').append(property('level'), 1, micros(0));
    await opened.store.memory.kept();
    await opened.backends.writer.run('settle', { packAt: 1 });
    expect(await moments(opened.store)).to.deep.equal(Array.from({ length: 9 }, (_, i) => micros(i + 1)));
    expect(await opened.backends.writer.db.selectFrom('log').selectAll().execute()).to.deep.equal([]);
    const { items } = await opened.store.history.read(THING, 'level');
    expect(items.map(({ value }) => value)).to.deep.equal([1, 2, 4, 5, 7, 8]);
    expect((await opened.store.history.read('urn:uuid:new', 'level')).items).to.have.length(1);
  });

  it('settles anew what a process settled that did not come to clear the log, each change once all the same', async () => {
    await using premises = await prepare();
    {
      const opened = await premises.open({ now });
      await using _ = opened;
      const { store, backends } = opened;
      const { db } = backends.writer;
      for (let i = 0; i < 5; i++) store.memory.of(THING).append(property('level'), i, micros(i));
      await store.memory.kept();
      const rows = await db.selectFrom('log').selectAll().execute();
      await backends.writer.run('settle', {});
      await db.insertInto('log').values(rows).execute();
      await backends.close();
    }
    await using opened = await premises.open({ now });
    const thing = opened.store.memory.of(THING);
    thing.append(property('level'), 5, micros(5));
    expect(await thing.since(micros(0), micros(100))).to.have.length(5);
    await opened.backends.writer.run('settle', {});
    expect(await thing.since(micros(0), micros(100))).to.have.length(5);
    expect((await opened.store.history.read(THING, 'level')).items).to.have.length(6);
    expect(await opened.backends.writer.db.selectFrom('log').selectAll().execute()).to.deep.equal([]);
  });

  it('replays what was missed over a restart, in order, each once', async () => {
    await using premises = await prepare();
    for (let run = 0; run < 3; run++) {
      await using opened = await premises.open({ now });
      const thing = opened.store.memory.of(THING);
      for (let i = 0; i < 100; i++) thing.append(property(`p${i % 7}`), i, micros(run * 100 + i));
    }
    await using opened = await premises.open({ now });
    const thing = opened.store.memory.of(THING);
    thing.append(property('p1'), 1, micros(400));
    const missed = await thing.since(micros(50), micros(400));
    expect(missed?.map((change) => change.micros)).to.deep.equal(Array.from({ length: 249 }, (_, i) => micros(51 + i)));
    expect(await thing.since(micros(50), micros(500))).to.have.length(250);
  });
}
