import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { ACTION_STATUS, defineThing, expose, type PolicyQuestion } from '../src/index.js';
import { ADA, BOB, openWorkbench, refusal } from './workbench.js';

const Kitchen = defineThing({
  title: 'Kitchen',
  actions: { bake: {}, fry: {} },
  events: { smoke: {} },
});

const kitchen = expose(Kitchen, () => ({
  actions: { bake: () => new Promise<void>(() => undefined), fry: () => undefined },
  events: { smoke: NEVER },
}));

/** Lets everybody do everything but ask for, or end, what others began. */
const ownOnly = ({ principal, invoker }: PolicyQuestion): boolean => invoker === undefined || invoker === principal.id;

describe('An invocation', () => {
  it('is found by its id, with or without the name of its action', async () => {
    await using bench = openWorkbench(kitchen);
    const actionID = await bench.invoke('bake');
    for (const name of [{}, { name: 'bake' }]) {
      const { status } = await bench.ask({ op: 'queryaction', actionID, ...name });
      expect(status?.actionID).to.equal(actionID);
    }
  });

  it('is not found under the name of another action, nor under an unknown id', async () => {
    await using bench = openWorkbench(kitchen);
    const actionID = await bench.invoke('bake');
    for (const wrong of [{ actionID, name: 'fry' }, { actionID, name: '__proto__' }, { actionID: 'constructor' }]) {
      const error = await refusal(bench.ask({ op: 'queryaction', ...wrong }));
      expect([error.code, error.detail]).to.deep.equal(['notFound', `'Kitchen' has no invocation '${wrong.actionID}'`]);
    }
  });

  it('is as if it were not there for those who may not query it', async () => {
    await using bench = openWorkbench(kitchen, { policy: ownOnly });
    const actionID = await bench.invoke('bake');
    for (const op of ['queryaction', 'cancelaction'] as const) {
      expect((await refusal(bench.ask({ op, actionID }, BOB))).code).to.equal('notFound');
    }
    expect((await bench.ask({ op: 'queryallactions' }, BOB)).statuses).to.deep.equal({ bake: [], fry: [] });
    expect((await bench.ask({ op: 'queryaction', actionID })).status?.state).to.equal('running');
  });

  it('is asked for with its action and its invoker', async () => {
    const asked: PolicyQuestion[] = [];
    const policy = (question: PolicyQuestion): boolean => asked.push(question) > 0;
    await using bench = openWorkbench(kitchen, { policy });
    const actionID = await bench.invoke('bake');
    await bench.ask({ op: 'queryaction', actionID }, BOB);
    await bench.ask({ op: 'cancelaction', actionID }, BOB);
    expect(
      asked.map(({ principal, operation, affordance, invoker }) => [principal.id, operation, affordance, invoker]),
    ).to.deep.equal([
      ['user:ada', 'invokeaction', 'bake', undefined],
      ['user:bob', 'queryaction', 'bake', 'user:ada'],
      ['user:bob', 'cancelaction', 'bake', 'user:ada'],
    ]);
  });
});

describe('Querying all actions', () => {
  it('lists those of each action, newest first, and actions without any', async () => {
    await using bench = openWorkbench(kitchen);
    const [first, second] = [await bench.invoke('bake'), await bench.invoke('bake')];
    const { statuses } = await bench.ask({ op: 'queryallactions' });
    expect(statuses?.bake?.map(({ actionID }) => actionID)).to.deep.equal([second, first]);
    expect(statuses?.fry).to.deep.equal([]);
  });

  it('is refused to those who may not do it', async () => {
    await using bench = openWorkbench(kitchen, { policy: ({ operation }) => operation !== 'queryallactions' });
    expect((await refusal(bench.ask({ op: 'queryallactions' }))).code).to.equal('forbidden');
  });
});

describe('The status of an action', () => {
  it('goes only to those who may query the invocation', async () => {
    await using bench = openWorkbench(kitchen, { policy: ownOnly });
    const seen = bench.collect({ op: 'subscribeallevents' });
    await bench.invoke('fry');
    await bench.invoke('fry', undefined, BOB);
    const admitted = (principal: typeof ADA) => seen.filter((n) => bench.thing.admits(n, { principal }));
    expect(seen.length).to.be.greaterThan(0);
    expect(new Set(admitted(ADA).map(({ invoker }) => invoker))).to.deep.equal(new Set(['user:ada']));
    expect(new Set(admitted(BOB).map(({ invoker }) => invoker))).to.deep.equal(new Set(['user:bob']));
  });

  it('is replayed only to those who may query the invocation', async () => {
    await using bench = openWorkbench(kitchen, { policy: ownOnly });
    const seen = bench.collect({ op: 'subscribeallevents' });
    await bench.reached(await bench.invoke('fry'), 'completed');
    await bench.invoke('fry', undefined, BOB);
    await bench.ask({ op: 'queryallactions' });
    const lastNotificationID = seen[0]?.id ?? '';
    const resume = { op: 'subscribeevent', name: ACTION_STATUS, lastNotificationID } as const;
    const { missed } = await bench.ask(resume, BOB);
    expect(missed?.map(({ invoker }) => invoker)).to.deep.equal(['user:bob', 'user:bob', 'user:bob']);
  });

  it('is asked for with the action, as a query is', async () => {
    const policy = ({ operation, affordance }: PolicyQuestion): boolean =>
      operation !== 'queryaction' || affordance === 'fry';
    await using bench = openWorkbench(kitchen, { policy });
    const seen = bench.collect({ op: 'subscribeallevents' });
    await bench.invoke('bake');
    await bench.reached(await bench.invoke('fry'), 'completed');
    const actions = seen
      .filter((n) => bench.thing.admits(n, { principal: ADA }))
      .map(({ value }) => JSON.stringify(value));
    expect(actions.every((text) => text.includes('"action":"fry"'))).to.equal(true);
    expect(actions.length).to.be.greaterThan(0);
  });
});
