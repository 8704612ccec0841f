import { expect } from 'chai';
import { Subject } from 'rxjs';
import * as t from 'typebox';
import {
  type AcknowledgedRun,
  type Answer,
  type AuditEntry,
  defineThing,
  expose,
  type Run,
  state,
  ThingError,
} from '../src/index.js';
import { createFakeMemory, type FakeMemory } from './fake-memory.js';
import { ADA, deferred, openWorkbench, refusal, type Workbench } from './workbench.js';

const Oven = defineThing({
  title: 'Oven',
  properties: {
    target: { schema: t.Integer({ maximum: 300 }) },
    door: { schema: t.String(), readOnly: true },
  },
  actions: {
    bake: { input: t.Object({ minutes: t.Integer() }), output: t.Integer(), progress: t.Integer() },
    ring: { synchronous: true },
  },
  events: { hot: { data: t.Integer() } },
});

type Baking = { readonly minutes: number; readonly run: Run<number>; end(output: number): void };

/** An oven whose bakings end when the test says so; `resumable` as told. */
function createOven({ resumable = false, initial = 20 } = {}) {
  const target = state(initial);
  const door = new Subject<string>();
  const hot = new Subject<number>();
  const bakings: Baking[] = [];
  const exposure = expose(Oven, () => ({
    properties: { target, door },
    actions: {
      bake: {
        run: ({ minutes }, run) => {
          const { promise, resolve } = deferred<number>();
          bakings.push({ minutes, run, end: resolve });
          return promise;
        },
        resumable,
      },
      ring: () => undefined,
    },
    events: { hot },
  }));
  return { exposure, target, door, hot, bakings };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** How a promise stands after what is under way has been done. */
async function standing(promise: Promise<unknown>): Promise<string> {
  let stands = 'waiting';
  promise.then(
    () => (stands = 'done'),
    () => (stands = 'refused'),
  );
  await turn();
  return stands;
}

const missedOf = (answer: Answer): unknown => answer.missed?.map(({ value }) => value);

describe('A Thing with a memory', () => {
  it('begins with the values it had, at their own times, and tells only what differs', async () => {
    const memory = createFakeMemory();
    {
      const oven = createOven();
      await using bench = openWorkbench(oven.exposure, { memory });
      oven.door.next('open');
      memory.commit();
      bench.clock.time += 1000;
    }
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, { memory });
    const changes = bench.collect({ op: 'observeallproperties' });
    const { value, time } = await bench.ask({ op: 'readproperty', name: 'door' });
    expect([value, time]).to.deep.equal(['open', '2026-03-04T06:17:31.009001Z']);
    oven.door.next('open');
    oven.door.next('shut');
    expect(changes.map((change) => change.value)).to.deep.equal(['shut']);
  });

  it('does not begin with a value that its Model no longer takes', async () => {
    const memory = createFakeMemory();
    memory.of('').append({ kind: 'property', name: 'door' }, 5, 1);
    memory.commit();
    await using bench = openWorkbench(createOven().exposure, { memory });
    expect((await refusal(bench.ask({ op: 'readproperty', name: 'door' }))).code).to.equal('unavailable');
  });

  it('gives later times than before, even if the clock has gone back', async () => {
    const memory = createFakeMemory();
    memory.of('').append({ kind: 'event', name: 'hot' }, 1, Date.UTC(2030, 0, 1) * 1000);
    memory.commit();
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, { memory });
    const events = bench.collect({ op: 'subscribeevent', name: 'hot' });
    oven.hot.next(2);
    expect(events.map(({ time }) => time)).to.deep.equal(['2030-01-01T00:00:00.000002Z']);
  });

  it('answers a write when it is kept, and refuses it when it cannot be', async () => {
    const memory = createFakeMemory();
    await using bench = openWorkbench(createOven().exposure, { memory });
    memory.commit();
    const good = bench.ask({ op: 'writeproperty', name: 'target', value: 180 });
    expect(await standing(good)).to.equal('waiting');
    memory.commit();
    expect((await good).value).to.equal(180);
    const bad = bench.ask({ op: 'writemultipleproperties', values: { target: 190 } });
    expect(await standing(bad)).to.equal('waiting');
    memory.commit(new ThingError('unavailable', 'The disk is full'));
    expect((await refusal(bad)).code).to.equal('unavailable');
    memory.commit();
    expect(memory.changes.map(({ value }) => value)).to.deep.equal([20, 180, 190]);
  });

  it('answers at once where nothing waits to be kept', async () => {
    const memory = createFakeMemory();
    await using bench = openWorkbench(createOven().exposure, { memory });
    memory.commitAtOnce();
    expect(
      bench.thing.request({ op: 'writeproperty', name: 'target', value: 20 }, { principal: ADA }),
    ).to.not.be.instanceOf(Promise);
    expect(bench.thing.request({ op: 'invokeaction', name: 'ring' }, { principal: ADA })).to.not.be.instanceOf(Promise);
  });

  it('replays what was missed before a restart, in order and with the same ids, then what came since', async () => {
    const memory = createFakeMemory();
    memory.commitAtOnce();
    const seen: { id: string; time: string }[] = [];
    {
      const oven = createOven();
      await using bench = openWorkbench(oven.exposure, { memory });
      const events = bench.collect({ op: 'subscribeevent', name: 'hot' });
      for (const degrees of [1, 2, 3]) oven.hot.next(degrees);
      seen.push(...events);
    }
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, { memory });
    oven.hot.next(4);
    for (const lastNotificationID of [seen[0]?.id ?? '', seen[0]?.time ?? '']) {
      const answer = await bench.ask({ op: 'subscribeevent', name: 'hot', lastNotificationID });
      expect(answer.resume).to.equal('complete');
      expect(missedOf(answer)).to.deep.equal([2, 3, 4]);
      expect(answer.missed?.slice(0, 2).map(({ id }) => id)).to.deep.equal([seen[1]?.id, seen[2]?.id]);
    }
  });

  it('lists the events of before a restart with those since, for those who may have them', async () => {
    const memory = createFakeMemory();
    memory.commitAtOnce();
    {
      const oven = createOven();
      await using bench = openWorkbench(oven.exposure, { memory });
      await bench.ask({ op: 'invokeaction', name: 'bake', input: { minutes: 1 } });
      oven.hot.next(290);
      oven.door.next('open');
    }
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, {
      memory,
      policy: ({ operation }) => operation !== 'queryaction',
    });
    oven.hot.next(300);
    const all = await bench.ask({ op: 'subscribeallevents', allKept: true });
    expect(all.missed?.map(({ name, value }) => [name, value])).to.deep.equal([
      ['hot', 290],
      ['hot', 300],
    ]);
    const [first] = all.missed ?? [];
    const later = await bench.ask({ op: 'subscribeallevents', lastNotificationID: first?.id ?? '' });
    expect([later.resume, missedOf(later)], 'the ids are those of the notifications').to.deep.equal([
      'complete',
      [300],
    ]);
  });

  it('leaves nothing out that happens while it remembers', async () => {
    const memory = createFakeMemory();
    memory.of('').append({ kind: 'event', name: 'hot' }, 0, 1);
    memory.of('').append({ kind: 'event', name: 'hot' }, 1, 2);
    memory.commit();
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, { memory });
    const lastNotificationID = '1970-01-01T00:00:00.000001Z';
    const asked = bench.ask({ op: 'subscribeevent', name: 'hot', lastNotificationID });
    oven.hot.next(2);
    const answer = await asked;
    oven.hot.next(3);
    expect(missedOf(answer)).to.deep.equal([1, 2, 3]);
  });

  it('tells a gap for what was seen and lost, for what it never had, and when its journal is too short', async () => {
    const memory = createFakeMemory();
    const oven = createOven();
    let lost = '';
    {
      await using bench = openWorkbench(oven.exposure, { memory });
      memory.commit();
      const events = bench.collect({ op: 'subscribeevent', name: 'hot' });
      oven.hot.next(1);
      lost = events[0]?.id ?? '';
      memory.crash();
    }
    await using bench = openWorkbench(createOven().exposure, { memory });
    for (const lastNotificationID of [lost, 'x', '2001-01-01T00:00:00.000000Z']) {
      const answer = await bench.ask({ op: 'subscribeevent', name: 'hot', lastNotificationID });
      expect([answer.resume, answer.missed]).to.deep.equal(['gap', []]);
    }
    const first = memory.changes[0]?.micros ?? 0;
    memory.of('').append({ kind: 'property', name: 'target' }, 98, first + 1);
    memory.commit();
    await using short = openWorkbench(oven.exposure, { memory, journal: { count: 0 } });
    const asked = short.ask({ op: 'observeproperty', name: 'target', lastNotificationID: timeOf(first) });
    oven.target.set(99);
    expect((await asked).resume).to.equal('gap');
  });

  it('does not begin an action before it is kept, and does not answer before', async () => {
    const memory = createFakeMemory();
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, { memory });
    memory.commit();
    const asked = bench.ask({ op: 'invokeaction', name: 'bake', input: { minutes: 5 } });
    expect(await standing(asked)).to.equal('waiting');
    expect(oven.bakings).to.have.length(0);
    memory.commit();
    expect((await asked).status?.state).to.equal('pending');
    await turn();
    expect(oven.bakings).to.have.length(1);
  });

  it('does not begin an action that cannot be kept', async () => {
    const memory = createFakeMemory();
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, { memory });
    memory.commit();
    const asked = bench.ask({ op: 'invokeaction', name: 'bake', input: { minutes: 5 } });
    memory.commit(new ThingError('unavailable', 'The disk is full'));
    expect((await refusal(asked)).code).to.equal('unavailable');
    await turn();
    expect(oven.bakings).to.have.length(0);
    memory.commitAtOnce();
    const { statuses } = await bench.ask({ op: 'queryallactions' });
    expect(statuses?.bake?.map(({ state: stands }) => stands)).to.deep.equal(['failed']);
  });

  it('carries out nothing that must not be done twice while it knows that it cannot keep it', async () => {
    const memory = createFakeMemory();
    const done: string[] = [];
    const press = defineThing({
      title: 'Press',
      properties: { force: { schema: t.Number() } },
      actions: { stamp: { synchronous: true }, stop: { synchronous: true, idempotent: true }, run: {} },
    });
    const exposure = expose(press, () => ({
      properties: { force: { read: () => 1, write: () => void done.push('force') } },
      actions: { stamp: () => void done.push('stamp'), stop: () => void done.push('stop'), run: () => undefined },
    }));
    await using bench = openWorkbench(exposure, { memory });
    memory.failure = new ThingError('unavailable', 'The disk is full');
    for (const name of ['stamp', 'run']) {
      expect((await refusal(bench.ask({ op: 'invokeaction', name }))).detail).to.equal('The disk is full');
    }
    await bench.ask({ op: 'invokeaction', name: 'stop' });
    await bench.ask({ op: 'writeproperty', name: 'force', value: 2 });
    expect(done).to.deep.equal(['stop', 'force']);
    const { statuses } = await bench.ask({ op: 'queryallactions' });
    expect(statuses?.run).to.deep.equal([]);
    memory.failure = undefined;
    await bench.ask({ op: 'invokeaction', name: 'stamp' });
    expect(done).to.deep.equal(['stop', 'force', 'stamp']);
  });

  it('shows and tells a result only when it is kept', async () => {
    const memory = createFakeMemory();
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, { memory });
    memory.commit();
    const asked = bench.invoke('bake', { minutes: 5 });
    memory.commit();
    const actionID = await asked;
    await turn();
    memory.commit();
    const told = bench.collect({ op: 'subscribeevent', name: 'actionStatus' });
    oven.bakings[0]?.end(7);
    await turn();
    expect(told).to.have.length(0);
    const queried = bench.ask({ op: 'queryaction', actionID });
    expect(await standing(queried)).to.equal('waiting');
    memory.commit();
    expect((await queried).status).to.include({ state: 'completed', output: 7 });
    expect(told.map(({ value }) => value)).to.deep.equal([{ action: 'bake', actionID, state: 'completed' }]);
    expect(memory.invocations.get(actionID)?.status.output).to.equal(7);
  });

  it('answers for finished invocations after a restart, and fails those that ran', async () => {
    const memory = createFakeMemory();
    memory.commitAtOnce();
    const oven = createOven();
    const before = openWorkbench(oven.exposure, { memory });
    const done = await before.invoke('bake', { minutes: 1 });
    await turn();
    oven.bakings[0]?.end(7);
    const cut = await before.invoke('bake', { minutes: 2 });
    await turn();
    const again = createOven();
    await using bench = openWorkbench(again.exposure, { memory });
    const finished = await bench.ask({ op: 'queryaction', actionID: done });
    expect(finished.status).to.include({ state: 'completed', output: 7 });
    const { status } = await bench.ask({ op: 'queryaction', actionID: cut });
    expect(status?.state).to.equal('failed');
    expect(status?.error).to.include({ code: 'unavailable' });
    expect(status?.error?.detail).to.contain('interrupted by a restart');
    expect(again.bakings).to.have.length(0);
    await before[Symbol.asyncDispose]();
  });

  it('hands unfinished invocations back to an action that is resumable, with what it had told', async () => {
    const memory = createFakeMemory();
    memory.commitAtOnce();
    const oven = createOven({ resumable: true });
    let actionID = '';
    {
      await using bench = openWorkbench(oven.exposure, { memory });
      actionID = await bench.invoke('bake', { minutes: 2 });
      await turn();
      const run = oven.bakings[0]?.run;
      expect(run?.resumed).to.equal(undefined);
      run?.progress(40);
      memory.commit();
    }
    expect(oven.bakings[0]?.run.signal.aborted).to.equal(true);
    oven.bakings[0]?.end(1);
    await turn();
    const again = createOven({ resumable: true });
    await using bench = openWorkbench(again.exposure, { memory });
    const told = bench.collect({ op: 'subscribeevent', name: 'actionStatus' });
    await turn();
    expect(told.map(({ value }) => value)).to.deep.equal([{ action: 'bake', actionID, state: 'running' }]);
    const [baking] = again.bakings;
    expect(baking?.minutes).to.equal(2);
    expect(baking?.run.id).to.equal(actionID);
    expect(baking?.run.principal).to.deep.equal(ADA);
    expect(baking?.run.resumed).to.deep.equal({ progress: 40 });
    baking?.end(9);
    await bench.reached(actionID, 'completed');
    expect((await bench.ask({ op: 'queryaction', actionID })).status?.output).to.equal(9);
  });

  it('says of an invocation that goes on when it was first started', async () => {
    const memory = createFakeMemory();
    memory.commitAtOnce();
    const open = () => openWorkbench(createOven({ resumable: true }).exposure, { memory });
    const startOf = async (bench: Workbench, actionID: string): Promise<string | undefined> => {
      const { status } = await bench.ask({ op: 'queryaction', actionID });
      expect(status?.state).to.equal('running');
      return status?.timeStarted;
    };
    let actionID = '';
    let before: string | undefined;
    {
      await using bench = open();
      actionID = await bench.invoke('bake', { minutes: 2 });
      await turn();
      before = await startOf(bench, actionID);
      memory.commit();
    }
    await using bench = open();
    bench.clock.time += 60_000;
    await turn();
    expect(before).to.equal('2026-03-04T06:17:31.009Z');
    expect(await startOf(bench, actionID)).to.equal(before);
  });

  it('does not tell an action to resume what had not begun', async () => {
    const memory = createFakeMemory();
    const oven = createOven({ resumable: true });
    await using before = openWorkbench(oven.exposure, { memory });
    memory.commit();
    const asked = before.ask({ op: 'invokeaction', name: 'bake', input: { minutes: 2 } });
    memory.commit();
    // Kept, answered, and not begun before the next turn.
    expect((await asked).status?.state).to.equal('pending');
    const again = createOven({ resumable: true });
    await using _bench = openWorkbench(again.exposure, { memory });
    expect(oven.bakings).to.have.length(0);
    memory.commitAtOnce();
    await turn();
    expect(again.bakings.map(({ run }) => run.resumed)).to.deep.equal([undefined]);
  });

  it('tells an acknowledged action to resume what it was called for, acknowledged or not', async () => {
    const Call = defineThing({ title: 'Call', actions: { dial: { acknowledged: true } } });
    const open = (memory: FakeMemory) => {
      const runs: AcknowledgedRun<unknown>[] = [];
      const hold = (_input: void, run: AcknowledgedRun<unknown>) => {
        runs.push(run);
        return deferred().promise;
      };
      const exposure = expose(Call, () => ({ actions: { dial: { run: hold, resumable: true } } }));
      return { runs, bench: openWorkbench(exposure, { memory }) };
    };
    const memory = createFakeMemory();
    memory.commitAtOnce();
    const before = open(memory);
    const pending = await before.bench.invoke('dial');
    const running = await before.bench.invoke('dial');
    await turn();
    before.runs[1]?.acknowledge();
    memory.commit();
    await before.bench[Symbol.asyncDispose]();

    const { bench, runs } = open(memory);
    await using _bench = bench;
    const told = bench.collect({ op: 'subscribeevent', name: 'actionStatus' });
    await turn();
    expect(runs.map(({ id, resumed }) => [id, resumed])).to.deep.equal([
      [pending, {}],
      [running, {}],
    ]);
    for (const run of runs) run.acknowledge();
    expect(told.map(({ value }) => value)).to.deep.equal([
      { action: 'dial', actionID: pending, state: 'pending' },
      { action: 'dial', actionID: running, state: 'running' },
      { action: 'dial', actionID: pending, state: 'running' },
    ]);
  });

  it('tells a result that could not be kept as soon as it can be', async () => {
    const memory = createFakeMemory();
    const oven = createOven();
    await using bench = openWorkbench(oven.exposure, { memory });
    memory.commit();
    const asked = bench.invoke('bake', { minutes: 5 });
    memory.commit();
    const actionID = await asked;
    await turn();
    memory.commit();
    const told = bench.collect({ op: 'subscribeevent', name: 'actionStatus' });
    oven.bakings[0]?.end(7);
    await turn();
    memory.commit(new ThingError('unavailable', 'The disk is full'));
    await turn();
    expect(told).to.have.length(0);
    memory.commitAtOnce();
    await bench.reached(actionID, 'completed');
    while (told.length === 0) await turn();
    expect(told.map(({ value }) => value)).to.deep.equal([{ action: 'bake', actionID, state: 'completed' }]);
  });

  it('forgets invocations of actions that its Model no longer has', async () => {
    const memory = createFakeMemory();
    memory.commitAtOnce();
    const before = openWorkbench(createOven().exposure, { memory });
    const actionID = await before.invoke('bake', { minutes: 1 });
    expect(memory.invocations.has(actionID)).to.equal(true);
    const cold = defineThing({ title: 'Oven', actions: { ring: { synchronous: true } } });
    await using _bench = openWorkbench(
      expose(cold, () => ({ actions: { ring: () => undefined } })),
      { memory },
    );
    memory.commit();
    expect(memory.invocations.has(actionID)).to.equal(false);
    await before[Symbol.asyncDispose]();
  });

  it('forgets in its memory what it forgets', async () => {
    const memory = createFakeMemory();
    memory.commitAtOnce();
    const exposure = expose(Oven, () => ({
      properties: { target: state(1), door: new Subject<string>() },
      actions: { bake: { run: () => 1, retain: { count: 1 } }, ring: () => undefined },
      events: { hot: new Subject<number>() },
    }));
    await using bench = openWorkbench(exposure, { memory });
    const [first, second] = [await bench.invoke('bake', { minutes: 1 }), await bench.invoke('bake', { minutes: 1 })];
    await bench.reached(second, 'completed');
    await bench.ask({ op: 'queryallactions' });
    memory.commit();
    expect([memory.invocations.has(first), memory.invocations.has(second)]).to.deep.equal([false, true]);
  });
});

describe('An audit', () => {
  it('is told of every change, of refused ones too, and of nothing else', async () => {
    const entries: AuditEntry[] = [];
    const policy = ({ operation }: { operation: string }): boolean => operation !== 'cancelaction';
    await using bench = openWorkbench(createOven().exposure, { audit: (entry) => entries.push(entry), policy });
    await bench.ask({ op: 'readallproperties' });
    await bench.ask({ op: 'writeproperty', name: 'target', value: 30 });
    await refusal(bench.ask({ op: 'writeproperty', name: 'target', value: 'x' }));
    await refusal(bench.ask({ op: 'writemultipleproperties', values: { target: 500, door: 'x' } }));
    const actionID = await bench.invoke('bake', { minutes: 1 });
    await refusal(bench.ask({ op: 'cancelaction', actionID }));
    await refusal(bench.ask({ op: 'invokeaction', name: 'nothing' }));
    const thing = { id: bench.thing.id, name: 'bench' };
    expect(entries.map(({ detail, ...entry }) => entry)).to.deep.equal([
      { principal: ADA, thing, operation: 'writeproperty', affordances: ['target'], result: 'done' },
      { principal: ADA, thing, operation: 'writeproperty', affordances: ['target'], result: 'invalid' },
      {
        principal: ADA,
        thing,
        operation: 'writemultipleproperties',
        affordances: ['target', 'door'],
        result: 'invalid',
      },
      { principal: ADA, thing, operation: 'invokeaction', affordances: ['bake'], actionID, result: 'done' },
      { principal: ADA, thing, operation: 'cancelaction', affordances: [], actionID, result: 'notFound' },
      { principal: ADA, thing, operation: 'invokeaction', affordances: ['nothing'], result: 'notFound' },
    ]);
    expect(entries[1]?.detail).to.contain('cannot take that value');
  });

  it('is not told of safe synchronous actions, which hold up no answer either', async () => {
    const entries: AuditEntry[] = [];
    const memory = createFakeMemory();
    const looking = defineThing({
      title: 'Lookout',
      properties: { mark: { schema: t.Number() } },
      actions: { look: { synchronous: true, safe: true }, shoot: { synchronous: true }, watch: { safe: true } },
    });
    const exposure = expose(looking, () => ({
      properties: { mark: state(1) },
      actions: { look: () => undefined, shoot: () => undefined, watch: () => undefined },
    }));
    await using bench = openWorkbench(exposure, { memory, audit: (entry) => entries.push(entry) });
    void bench.thing.request({ op: 'writeproperty', name: 'mark', value: 2 }, { principal: ADA });
    const answerTo = (name: string) => bench.thing.request({ op: 'invokeaction', name }, { principal: ADA });
    expect(answerTo('look')).to.not.be.instanceOf(Promise);
    const others = ['shoot', 'watch'].map(answerTo);
    for (const other of others) expect(other).to.be.instanceOf(Promise);
    memory.commit();
    for (const other of others) await other;
    expect(entries.map(({ affordances }) => affordances[0])).to.deep.equal(['mark', 'shoot', 'watch']);
  });

  it('is told when the memory has taken what was done, and before it is kept, so that one commit has both', async () => {
    const memory = createFakeMemory();
    const order: string[] = [];
    const thing = memory.of('');
    const watched: typeof memory = {
      ...memory,
      of: () => ({
        ...thing,
        append(origin, value, micros) {
          order.push(`takes ${origin.name}`);
          thing.append(origin, value, micros);
        },
      }),
      kept() {
        order.push('is to keep');
        return memory.kept();
      },
    };
    const audit = ({ operation }: AuditEntry): number => order.push(`audit of ${operation}`);
    await using bench = openWorkbench(createOven().exposure, { memory: watched, audit });
    order.length = 0;
    const writing = bench.ask({ op: 'writeproperty', name: 'target', value: 30 });
    expect(order).to.deep.equal(['takes target', 'audit of writeproperty', 'is to keep']);
    memory.commit();
    await writing;
  });

  it('learns where a request came from', async () => {
    const entries: AuditEntry[] = [];
    await using bench = openWorkbench(createOven().exposure, { audit: (entry) => entries.push(entry) });
    const context = { principal: ADA, from: { address: '192.0.2.7' } };
    await bench.thing.request({ op: 'invokeaction', name: 'ring' }, context);
    expect(entries[0]?.from).to.deep.equal({ address: '192.0.2.7' });
  });
});

const timeOf = (micros: number): string =>
  `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 23)}${String(micros % 1000).padStart(3, '0')}Z`;
