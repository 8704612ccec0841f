import { expect } from 'chai';
import * as t from 'typebox';
import {
  ACTION_STATUS,
  type ActionImplementation,
  defineThing,
  expose,
  type Run,
  type RunOf,
  ThingError,
} from '../src/index.js';
import { ADA, deferred, openWorkbench, refusal } from './workbench.js';

const Oven = defineThing({
  title: 'Oven',
  actions: {
    bake: {
      input: t.Object({ minutes: t.Integer({ minimum: 1 }) }),
      output: t.String(),
      progress: t.Object({ percent: t.Number() }),
    },
    clean: { cancelable: false },
  },
});

type Bake = ActionImplementation<(typeof Oven)['actions']['bake']>;

const oven = (bake: Bake) => expose(Oven, () => ({ actions: { bake, clean: () => undefined } }));
const CAKE = { minutes: 30 };

const Scale = defineThing({
  title: 'Scale',
  actions: {
    weigh: { synchronous: true, input: t.Object({ unit: t.String() }), output: t.Number() },
    tare: { synchronous: true },
  },
});

describe('A synchronous action', () => {
  const scale = (weigh: (input: { unit: string }, run: Run<unknown>) => number | Promise<number>) =>
    expose(Scale, () => ({ actions: { weigh, tare: () => undefined } }));
  const weigh = { op: 'invokeaction', name: 'weigh', input: { unit: 'g' } } as const;

  it('answers its output, at once if it has it at once', async () => {
    await using bench = openWorkbench(scale(({ unit }) => unit.length));
    expect(bench.thing.request(weigh, { principal: ADA })).to.deep.equal({ output: 1 });
  });

  it('answers its output when it comes, also of something that is only like a promise', async () => {
    await using later = openWorkbench(scale(async () => 2));
    expect(await later.ask(weigh)).to.deep.equal({ output: 2 });
    const thenable = JSON.parse('{}');
    // biome-ignore lint/suspicious/noThenProperty: a foreign promise with nothing but then is what is tested
    thenable.then = (resolve: (value: number) => void) => resolve(3);
    await using alike = openWorkbench(scale(() => thenable));
    expect(await alike.ask(weigh)).to.deep.equal({ output: 3 });
  });

  it('answers nothing where its Model declares no output', async () => {
    await using bench = openWorkbench(scale(() => 1));
    expect((await bench.ask({ op: 'invokeaction', name: 'tare' })).output).to.equal(undefined);
    expect((await bench.ask({ op: 'invokeaction', name: 'tare', input: 'ignored' })).output).to.equal(undefined);
  });

  it('fails with a stated reason, whatever was thrown', async () => {
    const thrown: unknown[] = ['text', null, undefined, new Error('secret'), new ThingError('conflict', 'Not level')];
    await using bench = openWorkbench(
      scale(() => {
        throw thrown.shift();
      }),
    );
    for (let i = 0; i < 4; i++) {
      const error = await refusal(bench.ask(weigh));
      expect([error.code, error.detail]).to.deep.equal(['failed', "Action 'weigh' of 'Scale' failed"]);
    }
    expect(await refusal(bench.ask(weigh))).to.include({ code: 'conflict', detail: 'Not level' });
    await using later = openWorkbench(scale(() => Promise.reject(undefined)));
    expect((await refusal(later.ask(weigh))).code).to.equal('failed');
  });

  it('fails when JSON has no word for its output', async () => {
    for (const output of [Number.NaN, JSON.parse('[]')[0], Number.NEGATIVE_INFINITY]) {
      await using bench = openWorkbench(scale(() => output));
      const error = await refusal(bench.ask(weigh));
      expect(error.detail).to.equal("Action 'weigh' of 'Scale' gave an output that breaks its schema");
    }
  });

  it('has no invocation to ask for, and nothing to report', async () => {
    const ids: string[] = [];
    await using bench = openWorkbench(
      scale((_, { id, progress, log }) => {
        ids.push(id);
        progress(1);
        log('weighing');
        return 1;
      }),
    );
    await bench.ask(weigh);
    expect((await bench.ask({ op: 'queryallactions' })).statuses).to.deep.equal({ weigh: [], tare: [] });
    const error = await refusal(bench.ask({ op: 'queryaction', actionID: ids[0] ?? '' }));
    expect(error.code).to.equal('notFound');
  });

  it('learns by its signal that its Thing was closed', async () => {
    await using bench = openWorkbench(
      scale(
        (_, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ),
    );
    const answer = refusal(bench.ask(weigh));
    await bench.site.remove('bench');
    expect((await answer).code).to.equal('unavailable');
  });
});

describe('The input of an action', () => {
  it('is refused with every fault, and the refusal names action, Thing and fault', async () => {
    await using bench = openWorkbench(oven(() => 'cake'));
    const error = await refusal(bench.invoke('bake', { minutes: 0 }));
    expect(error.code).to.equal('invalid');
    expect(error.detail).to.equal("Action 'bake' of 'Oven' cannot take that input: /minutes must be >= 1");
    expect(error.faults).to.deep.equal([{ path: '/minutes', message: 'must be >= 1' }]);
  });

  it('is missed where the Model wants one, also if it is null', async () => {
    await using bench = openWorkbench(oven(() => 'cake'));
    expect((await refusal(bench.invoke('bake'))).faults).to.deep.equal([{ path: '', message: 'is missing' }]);
    expect((await refusal(bench.invoke('bake', null))).code).to.equal('invalid');
  });

  it('is ignored where the Model wants none', async () => {
    await using bench = openWorkbench(oven(() => 'cake'));
    expect(await bench.invoke('clean', { with: 'soap' })).to.be.a('string');
  });

  it('can be refused by the action before there is an invocation', async () => {
    const reasons: unknown[] = [new ThingError('conflict', 'The door is open'), 'no'];
    await using bench = openWorkbench(
      oven({
        run: () => 'cake',
        accept: () => {
          throw reasons.shift();
        },
      }),
    );
    expect(await refusal(bench.invoke('bake', CAKE))).to.include({ code: 'conflict', detail: 'The door is open' });
    expect(await refusal(bench.invoke('bake', CAKE))).to.include({
      code: 'failed',
      detail: "Action 'bake' of 'Oven' refused the request",
    });
    expect((await bench.ask({ op: 'queryallactions' })).statuses).to.deep.equal({ bake: [], clean: [] });
  });
});

describe('An asynchronous action', () => {
  it('is pending, then running, then completed with its output', async () => {
    const door = deferred<string>();
    await using bench = openWorkbench(oven(() => door.promise));
    const { status } = await bench.ask({ op: 'invokeaction', name: 'bake', input: CAKE });
    expect(status).to.deep.equal({
      actionID: status?.actionID,
      action: 'bake',
      state: 'pending',
      input: CAKE,
      timeRequested: '2026-03-04T06:17:31.009Z',
    });
    const actionID = status?.actionID ?? '';
    const query = async () => (await bench.ask({ op: 'queryaction', actionID })).status;
    expect((await query())?.state).to.equal('running');
    bench.clock.time += 1000;
    const completed = bench.reached(actionID, 'completed');
    door.resolve('cake');
    await completed;
    expect(await query()).to.deep.equal({
      ...status,
      state: 'completed',
      output: 'cake',
      timeStarted: '2026-03-04T06:17:31.009Z',
      timeEnded: '2026-03-04T06:17:32.009Z',
    });
  });

  it('keeps its latest progress and the last thousand lines of its log', async () => {
    await using bench = openWorkbench(
      oven((_, { progress, log }) => {
        for (let i = 1; i <= 1001; i++) log(`line ${i}`);
        for (const percent of [10, 20]) progress({ percent });
        return 'cake';
      }),
    );
    const actionID = await bench.invoke('bake', CAKE);
    await bench.reached(actionID, 'completed');
    const { status } = await bench.ask({ op: 'queryaction', actionID });
    expect(status?.progress).to.deep.equal({ percent: 20 });
    expect(status?.log).to.have.length(1000);
    expect(status?.log?.[0]).to.deep.equal({ message: 'line 2', time: '2026-03-04T06:17:31.009Z' });
  });

  it('that was cancelled is kept for those who ask for such ones, as long as others are', async () => {
    await using bench = openWorkbench(oven({ run: () => new Promise(() => {}), retain: { count: 2, age: 1000 } }));
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const actionID = await bench.invoke('bake', CAKE);
      await bench.ask({ op: 'cancelaction', actionID });
      ids.push(actionID);
    }
    const list = async (evenCancelled: boolean) =>
      (await bench.ask({ op: 'queryallactions', evenCancelled })).statuses?.bake?.map(({ actionID }) => actionID);
    expect(await list(true)).to.deep.equal([ids[2], ids[1]]);
    expect(await list(false)).to.deep.equal([]);
    const { status } = await bench.ask({ op: 'queryaction', actionID: ids[2] ?? '', evenCancelled: true });
    expect(status).to.deep.include({ state: 'failed', input: CAKE });
    expect(status?.error).to.include({ code: 'aborted' });
    bench.clock.time += 1001;
    expect(await list(true)).to.deep.equal([]);
  });

  it('is over when it ended, even at the first moment of 1970', async () => {
    await using bench = openWorkbench(oven(() => 'cake'));
    bench.clock.time = 0;
    const actionID = await bench.invoke('bake', CAKE);
    const completed = bench.reached(actionID, 'completed');
    await completed;
    const { status } = await bench.ask({ op: 'queryaction', actionID });
    expect(status?.timeEnded).to.equal('1970-01-01T00:00:00.000Z');
    expect((await refusal(bench.ask({ op: 'cancelaction', actionID }))).code).to.equal('conflict');
  });

  it('fails with the reason of its handler', async () => {
    const reasons: unknown[] = [
      new ThingError('timeout', 'Too cold', { faults: [{ path: '/a', message: 'b' }] }),
      'text',
    ];
    await using bench = openWorkbench(oven(() => Promise.reject(reasons.shift())));
    const [first, second] = [await bench.invoke('bake', CAKE), await bench.invoke('bake', CAKE)];
    await bench.reached(second, 'failed');
    const error = async (actionID: string) => (await bench.ask({ op: 'queryaction', actionID })).status?.error;
    expect(await error(first)).to.deep.equal({
      code: 'timeout',
      detail: 'Too cold',
      faults: [{ path: '/a', message: 'b' }],
    });
    expect(await error(second)).to.deep.equal({ code: 'failed', detail: "Action 'bake' of 'Oven' failed" });
    expect(bench.warnings.map(({ details }) => details)).to.deep.equal([
      { thing: 'bench', action: 'bake', actionID: second, error: 'text' },
    ]);
  });

  it('fails when its output breaks its schema where outputs are checked, or JSON has no word for it', async () => {
    const output: unknown = JSON.parse('[]')[0];
    for (const checkOutputs of [true, false]) {
      await using bench = openWorkbench(
        oven(() => JSON.parse(checkOutputs ? '5' : '[]')[0] ?? output),
        { checkOutputs },
      );
      const actionID = await bench.invoke('bake', CAKE);
      await bench.reached(actionID, 'failed');
      const { status } = await bench.ask({ op: 'queryaction', actionID });
      expect(status?.error?.detail).to.equal("Action 'bake' of 'Oven' gave an output that breaks its schema");
    }
  });

  it('tells its progress and its log until it is over', async () => {
    const run = deferred<Run<{ percent: number }>>();
    const door = deferred<string>();
    await using bench = openWorkbench(
      oven((_, running) => {
        run.resolve(running);
        return door.promise;
      }),
    );
    const seen = bench.collect({ op: 'subscribeevent', name: ACTION_STATUS });
    const actionID = await bench.invoke('bake', CAKE);
    const { id, progress, log, principal } = await run.promise;
    progress({ percent: 50 });
    log('half done');
    const completed = bench.reached(actionID, 'completed');
    door.resolve('cake');
    await completed;
    progress({ percent: 100 });
    log('too late');
    expect([id, principal]).to.deep.equal([actionID, ADA]);
    const common = { action: 'bake', actionID };
    expect(seen.map(({ value }) => value)).to.deep.equal([
      { ...common, state: 'pending' },
      { ...common, state: 'running' },
      { ...common, state: 'running', progress: { percent: 50 } },
      { ...common, state: 'running', log: 'half done' },
      { ...common, state: 'completed' },
    ]);
    expect(seen.every(({ invoker }) => invoker === 'user:ada')).to.equal(true);
  });

  it('warns of progress that breaks its schema where outputs are checked', async () => {
    await using bench = openWorkbench(
      oven((_, { progress }) => {
        progress(JSON.parse('{}'));
        return 'cake';
      }),
      { checkOutputs: true },
    );
    await bench.reached(await bench.invoke('bake', CAKE), 'completed');
    expect(bench.warnings.map(({ message }) => message)).to.deep.equal(['progress breaks its schema']);
  });
});

describe('An action that is acknowledged', () => {
  const Call = defineThing({
    title: 'Call',
    actions: { dial: { input: t.Object({}), output: t.String(), progress: t.Integer(), acknowledged: true } },
  });
  type Dial = RunOf<(typeof Call)['actions']['dial']>;

  /** A telephone whose calls are in the hands of the test. */
  function telephone(parts: { readonly concurrency?: number } = {}) {
    const calls: { readonly run: Dial; end(outcome: string): void }[] = [];
    const exposure = expose(Call, () => ({
      actions: {
        dial: {
          ...parts,
          run: (_input, run) => {
            const { promise, resolve } = deferred<string>();
            calls.push({ run, end: resolve });
            return promise;
          },
        },
      },
    }));
    return { exposure, calls };
  }

  it('is pending until its handler says so, and running from then on', async () => {
    const { exposure, calls } = telephone();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'subscribeevent', name: ACTION_STATUS });
    const actionID = await bench.invoke('dial', {});
    const { status: waiting } = await bench.ask({ op: 'queryaction', actionID });
    expect(calls).to.have.length(1);
    expect(waiting).to.include({ state: 'pending' });
    expect(waiting).to.not.have.property('timeStarted');
    bench.clock.time += 1000;
    calls[0]?.run.log('it rings');
    calls[0]?.run.acknowledge();
    bench.clock.time += 1000;
    calls[0]?.run.acknowledge();
    calls[0]?.run.progress(50);
    const { status: running } = await bench.ask({ op: 'queryaction', actionID });
    expect(running).to.include({ state: 'running', timeStarted: '2026-03-04T06:17:32.009Z' });
    const completed = bench.reached(actionID, 'completed');
    calls[0]?.end('answered');
    await completed;
    calls[0]?.run.acknowledge();
    const common = { action: 'dial', actionID };
    expect(seen.map(({ value }) => value)).to.deep.equal([
      { ...common, state: 'pending' },
      { ...common, state: 'pending', log: 'it rings' },
      { ...common, state: 'running' },
      { ...common, state: 'running', progress: 50 },
      { ...common, state: 'completed' },
    ]);
  });

  it('that ends without it never ran', async () => {
    const { exposure, calls } = telephone();
    await using bench = openWorkbench(exposure);
    const actionID = await bench.invoke('dial', {});
    await bench.ask({ op: 'queryaction', actionID });
    const completed = bench.reached(actionID, 'completed');
    calls[0]?.end('engaged');
    await completed;
    const { status } = await bench.ask({ op: 'queryaction', actionID });
    expect(status).to.include({ state: 'completed', output: 'engaged' });
    expect(status).to.not.have.property('timeStarted');
  });

  it('can be cancelled before, and nothing begins it then', async () => {
    const { exposure, calls } = telephone();
    await using bench = openWorkbench(exposure);
    const actionID = await bench.invoke('dial', {});
    const seen = bench.collect({ op: 'subscribeevent', name: ACTION_STATUS });
    await bench.ask({ op: 'cancelaction', actionID });
    expect(calls[0]?.run.signal.aborted).to.equal(true);
    calls[0]?.run.acknowledge();
    expect(seen.map(({ value }) => value)).to.deep.equal([{ action: 'dial', actionID, state: 'failed' }]);
  });

  it('has its turn before it is acknowledged: others wait until it has ended', async () => {
    const { exposure, calls } = telephone({ concurrency: 1 });
    await using bench = openWorkbench(exposure);
    const first = await bench.invoke('dial', {});
    const second = await bench.invoke('dial', {});
    await bench.ask({ op: 'queryaction', actionID: first });
    expect(calls).to.have.length(1);
    const completed = bench.reached(first, 'completed');
    calls[0]?.end('answered');
    await completed;
    expect(calls.map(({ run }) => run.id)).to.deep.equal([first, second]);
  });
});

describe('Cancelling an invocation', () => {
  it('fires the signal, fails it for those who follow, and forgets it for queries', async () => {
    const signals: AbortSignal[] = [];
    await using bench = openWorkbench(
      oven(
        (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signals.push(signal);
            signal.addEventListener('abort', () => reject(new Error('stopped in my own way')));
          }),
      ),
    );
    const actionID = await bench.invoke('bake', CAKE);
    const seen = bench.collect({ op: 'subscribeevent', name: ACTION_STATUS });
    expect(await bench.ask({ op: 'cancelaction', actionID, name: 'bake' })).to.deep.equal({});
    expect(signals[0]?.reason).to.include({ code: 'aborted', detail: "Action 'bake' of 'Oven' was cancelled" });
    expect(seen.map(({ value }) => value)).to.deep.equal([{ action: 'bake', actionID, state: 'failed' }]);
    for (const op of ['queryaction', 'cancelaction'] as const) {
      expect((await refusal(bench.ask({ op, actionID }))).code).to.equal('notFound');
    }
    expect(bench.warnings).to.deep.equal([]);
  });

  it('forgets one whose handler ignores its signal, and what that handler says later', async () => {
    const [door, left] = [deferred(), deferred()];
    await using bench = openWorkbench(
      oven(async (_, { progress }) => {
        await door.promise;
        progress({ percent: 100 });
        left.resolve();
        return 'cake';
      }),
    );
    const actionID = await bench.invoke('bake', CAKE);
    await bench.ask({ op: 'cancelaction', actionID });
    const seen = bench.collect({ op: 'subscribeevent', name: ACTION_STATUS });
    door.resolve();
    await left.promise;
    expect((await refusal(bench.ask({ op: 'queryaction', actionID }))).code).to.equal('notFound');
    expect(seen).to.deep.equal([]);
  });

  it('asks the action first, which may refuse', async () => {
    const asked: object[] = [];
    const reasons: unknown[] = [new ThingError('conflict', 'It is in the oven'), 'no'];
    await using bench = openWorkbench(
      oven({
        run: () => new Promise(() => undefined),
        cancel: async (invocation) => {
          asked.push(invocation);
          throw reasons.shift();
        },
      }),
    );
    const actionID = await bench.invoke('bake', CAKE);
    const cancel = () => refusal(bench.ask({ op: 'cancelaction', actionID }));
    expect(await cancel()).to.include({ code: 'conflict', detail: 'It is in the oven' });
    expect(await cancel()).to.include({ code: 'failed', detail: "Action 'bake' of 'Oven' could not be cancelled" });
    expect(asked[0]).to.deep.equal({ id: actionID, input: CAKE });
    expect((await bench.ask({ op: 'queryaction', actionID })).status?.state).to.equal('running');
  });

  it('conflicts when the invocation is over, also if it ended while the action was asked', async () => {
    const [door, answer] = [deferred<string>(), deferred()];
    await using bench = openWorkbench(oven({ run: () => door.promise, cancel: () => answer.promise }));
    const actionID = await bench.invoke('bake', CAKE);
    const early = refusal(bench.ask({ op: 'cancelaction', actionID }));
    const completed = bench.reached(actionID, 'completed');
    door.resolve('cake');
    await completed;
    answer.resolve();
    const why = `Invocation '${actionID}' of Action 'bake' of 'Oven' has already completed`;
    expect(await early).to.include({ code: 'conflict', detail: why });
    expect(await refusal(bench.ask({ op: 'cancelaction', actionID }))).to.include({ code: 'conflict', detail: why });
  });

  it('is invalid for an action that cannot be cancelled', async () => {
    await using bench = openWorkbench(oven(() => 'cake'));
    const actionID = await bench.invoke('clean');
    expect(await refusal(bench.ask({ op: 'cancelaction', actionID }))).to.include({
      code: 'invalid',
      detail: "Action 'clean' of 'Oven' cannot be cancelled",
    });
  });

  it('takes one that waits out of its queue', async () => {
    const door = deferred<string>();
    const begun: number[] = [];
    await using bench = openWorkbench(
      oven({
        run: ({ minutes }) => {
          begun.push(minutes);
          return door.promise;
        },
        concurrency: 1,
      }),
    );
    const [first = '', second = '', third = ''] = [
      await bench.invoke('bake', { minutes: 1 }),
      await bench.invoke('bake', { minutes: 2 }),
      await bench.invoke('bake', { minutes: 3 }),
    ];
    await bench.ask({ op: 'cancelaction', actionID: second });
    const completed = bench.reached(third, 'completed');
    door.resolve('cake');
    await completed;
    expect(begun).to.deep.equal([1, 3]);
    expect((await bench.ask({ op: 'queryaction', actionID: first })).status?.state).to.equal('completed');
  });
});

describe('The limits of an action', () => {
  it('lets so many run at once, the others wait in order', async () => {
    const doors = new Map<number, ReturnType<typeof deferred<string>>>();
    await using bench = openWorkbench(
      oven({
        run: ({ minutes }) => {
          const door = deferred<string>();
          doors.set(minutes, door);
          return door.promise;
        },
        concurrency: 2,
      }),
    );
    const ids: string[] = [];
    for (const minutes of [1, 2, 3, 4]) ids.push(await bench.invoke('bake', { minutes }));
    expect([...doors.keys()]).to.deep.equal([1, 2]);
    const running = bench.reached(ids[2] ?? '', 'running');
    doors.get(2)?.resolve('cake');
    await running;
    expect([...doors.keys()]).to.deep.equal([1, 2, 3]);
    const { statuses } = await bench.ask({ op: 'queryallactions' });
    expect(statuses?.bake?.map(({ state }) => state)).to.deep.equal(['pending', 'running', 'completed', 'running']);
  });

  it('refuses what exceeds the queue, also when all come in one tick', async () => {
    await using bench = openWorkbench(oven({ run: () => new Promise(() => undefined), concurrency: 1, queue: 1 }));
    const bake = () => bench.ask({ op: 'invokeaction', name: 'bake', input: CAKE });
    const [first, second, third] = await Promise.allSettled([bake(), bake(), bake()]);
    expect([first?.status, second?.status, third?.status]).to.deep.equal(['fulfilled', 'fulfilled', 'rejected']);
    expect(await refusal(bake())).to.include({
      code: 'unavailable',
      detail: "Action 'bake' of 'Oven' is busy: 1 at once, 1 waiting",
    });
  });

  it('holds the place of a handler that ignores its signal until it returns', async () => {
    const door = deferred<string>();
    await using bench = openWorkbench(oven({ run: () => door.promise, concurrency: 1 }));
    const first = await bench.invoke('bake', CAKE);
    await bench.ask({ op: 'cancelaction', actionID: first });
    const second = await bench.invoke('bake', CAKE);
    const query = async () => (await bench.ask({ op: 'queryaction', actionID: second })).status?.state;
    expect(await query()).to.equal('pending');
    const completed = bench.reached(second, 'completed');
    door.resolve('cake');
    await completed;
    expect(await query()).to.equal('completed');
  });

  it('refuses limits that are none', () => {
    for (const limits of [{ concurrency: 0 }, { concurrency: Number.NaN }, { queue: -1 }]) {
      expect(() => openWorkbench(oven({ run: () => 'cake', ...limits }))).to.throw(RangeError, "'bake' of 'Oven'");
    }
  });
});

describe('Invocations that ended', () => {
  async function bakeSeveral(bench: ReturnType<typeof openWorkbench>, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const actionID = await bench.invoke('bake', CAKE);
      await bench.reached(actionID, 'completed');
      ids.push(actionID);
    }
    return ids;
  }

  const kept = async (bench: ReturnType<typeof openWorkbench>): Promise<(string | undefined)[]> =>
    (await bench.ask({ op: 'queryallactions' })).statuses?.bake?.map(({ actionID }) => actionID) ?? [];

  it('are kept up to a number, newest first', async () => {
    await using bench = openWorkbench(oven({ run: async () => 'cake', retain: { count: 2 } }));
    const [, second, third] = await bakeSeveral(bench, 3);
    expect(await kept(bench)).to.deep.equal([third, second]);
  });

  it('are kept for a time, the last one for ever', async () => {
    await using bench = openWorkbench(oven({ run: async () => 'cake', retain: { age: 1000 } }));
    const [first = '', second] = await bakeSeveral(bench, 2);
    bench.clock.time += 1000;
    expect(await kept(bench)).to.deep.equal([second, first]);
    bench.clock.time += 1;
    expect((await refusal(bench.ask({ op: 'queryaction', actionID: first }))).code).to.equal('notFound');
    bench.clock.time += 1e9;
    expect(await kept(bench)).to.deep.equal([second]);
  });

  it('are kept at least to the last one, even if none should be', async () => {
    await using bench = openWorkbench(oven({ run: async () => 'cake', retain: { count: 0 } }));
    const [, second] = await bakeSeveral(bench, 2);
    expect(await kept(bench)).to.deep.equal([second]);
  });
});

describe('Invocations of a Thing that closes', () => {
  it('fail with a stated reason, those that run and those that wait', async () => {
    const signals: AbortSignal[] = [];
    await using bench = openWorkbench(
      oven({
        run: (_, { signal }) => {
          signals.push(signal);
          return new Promise(() => undefined);
        },
        concurrency: 1,
      }),
    );
    const ids = [await bench.invoke('bake', CAKE), await bench.invoke('bake', CAKE)];
    const seen = bench.collect({ op: 'subscribeevent', name: ACTION_STATUS });
    await bench.site.remove('bench');
    expect(signals.map(({ reason }) => reason)).to.have.lengthOf(1);
    expect(signals[0]?.reason).to.include({
      code: 'unavailable',
      detail: "Action 'bake' of 'Oven' was ended: its Thing was closed",
    });
    expect(seen.map(({ value }) => value)).to.deep.equal(
      ids.map((actionID) => ({ action: 'bake', actionID, state: 'failed' })),
    );
  });
});
