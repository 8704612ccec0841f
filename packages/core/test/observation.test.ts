import { expect } from 'chai';
import { Subject } from 'rxjs';
import * as t from 'typebox';
import {
  defineThing,
  expose,
  type Notification,
  type ObserveOperation,
  type PolicyQuestion,
  ThingError,
} from '../src/index.js';
import { ADA, openWorkbench, refusal } from './workbench.js';

const Door = defineThing({
  title: 'Door',
  properties: {
    open: { schema: t.Boolean(), readOnly: true },
    locked: { schema: t.Boolean(), readOnly: true },
    hidden: { schema: t.Boolean(), readOnly: true, observable: false },
  },
  events: { bell: {}, knock: { data: t.Integer() } },
});

function door() {
  const open = new Subject<boolean>();
  const locked = new Subject<boolean>();
  const bell = new Subject<void>();
  const knock = new Subject<number>();
  const exposure = expose(Door, () => ({
    properties: { open, locked, hidden: new Subject<boolean>() },
    events: { bell, knock },
  }));
  return { open, locked, bell, knock, exposure };
}

const EVERYTHING: readonly ObserveOperation[] = [
  { op: 'observeproperty', name: 'open' },
  { op: 'subscribeevent', name: 'bell' },
  { op: 'observeallproperties' },
  { op: 'subscribeallevents' },
];

describe('A notification', () => {
  it('is the same for every reader: one UUID, one time', async () => {
    const { open, exposure } = door();
    await using bench = openWorkbench(exposure);
    const readers = [
      bench.collect({ op: 'observeproperty', name: 'open' }),
      bench.collect({ op: 'observeproperty', name: 'open' }),
      bench.collect({ op: 'observeallproperties' }),
    ];
    open.next(true);
    const ids = readers.map(([notification]) => notification?.id);
    expect(new Set(ids).size).to.equal(1);
    expect(readers[0]?.[0]).to.include({ thing: bench.thing.id, kind: 'property', name: 'open', value: true });
    expect(readers[2]).to.have.lengthOf(1);
  });

  it('has a time of its own that rises, also when the clock jumps back', async () => {
    const { open, knock, exposure } = door();
    await using bench = openWorkbench(exposure);
    const seen: Notification[] = [];
    for (const op of ['observeallproperties', 'subscribeallevents'] as const) {
      bench.thing.observe({ op }, { principal: ADA }).subscribe((notification) => seen.push(notification));
    }
    open.next(true);
    knock.next(1);
    bench.clock.time -= 3_600_000;
    open.next(false);
    knock.next(1);
    bench.clock.time += 7_200_000;
    open.next(true);
    expect(seen.map(({ time }) => time)).to.deep.equal([
      '2026-03-04T06:17:31.009000Z',
      '2026-03-04T06:17:31.009001Z',
      '2026-03-04T06:17:31.009002Z',
      '2026-03-04T06:17:31.009003Z',
      '2026-03-04T07:17:31.009000Z',
    ]);
  });
});

describe('An observation', () => {
  it('tells the names that it covers: what is observable and permitted', async () => {
    const policy = ({ affordance }: PolicyQuestion): boolean => affordance !== 'locked' && affordance !== 'knock';
    await using bench = openWorkbench(door().exposure, { policy });
    const names = async (operation: ObserveOperation) => (await bench.ask(operation)).names;
    expect(await names({ op: 'observeallproperties' })).to.deep.equal(['open']);
    expect(await names({ op: 'subscribeallevents' })).to.deep.equal(['bell']);
    expect(await names({ op: 'observeproperty', name: 'open' })).to.deep.equal(['open']);
    expect(await names({ op: 'subscribeevent', name: 'bell' })).to.deep.equal(['bell']);
  });

  it('is asked for, and refused alike as an answer and as a stream', async () => {
    for (const operation of EVERYTHING) {
      const asked: PolicyQuestion[] = [];
      const policy = (question: PolicyQuestion): boolean => asked.push(question) === 0;
      await using bench = openWorkbench(door().exposure, { policy });
      expect((await refusal(bench.ask(operation))).code).to.equal('forbidden');
      let error: unknown;
      bench.thing.observe(operation, { principal: ADA }).subscribe({ error: (thrown: unknown) => (error = thrown) });
      expect(error).to.be.instanceOf(ThingError).and.to.include({ code: 'forbidden' });
      expect(asked.map(({ operation: op, affordance }) => [op, affordance])).to.deep.equal(
        Array(2).fill([operation.op, 'name' in operation ? operation.name : undefined]),
      );
    }
  });

  it('is not found under an unknown name, whatever that is', async () => {
    await using bench = openWorkbench(door().exposure);
    for (const name of ['bel', '', '__proto__', 'constructor', 'toString']) {
      for (const op of ['observeproperty', 'subscribeevent', 'unobserveproperty', 'unsubscribeevent'] as const) {
        const error = await refusal(bench.ask({ op, name }));
        expect(error.code).to.equal('notFound');
        expect(error.detail).to.contain(`named '${name}' in 'Door'`);
      }
    }
  });

  it('of a property that is not observable is invalid', async () => {
    await using bench = openWorkbench(door().exposure);
    expect((await refusal(bench.ask({ op: 'observeproperty', name: 'hidden' }))).code).to.equal('invalid');
  });

  it('may always be ended', async () => {
    await using bench = openWorkbench(door().exposure, { policy: () => false });
    for (const operation of [
      { op: 'unobserveproperty', name: 'open' },
      { op: 'unsubscribeevent', name: 'bell' },
      { op: 'unobserveallproperties' },
      { op: 'unsubscribeallevents' },
    ] as const) {
      expect(await bench.ask(operation)).to.deep.equal({});
    }
  });

  it('completes when the Thing is removed, for those who observe and those who come later', async () => {
    const { open, exposure } = door();
    await using bench = openWorkbench(exposure);
    let completed = 0;
    const observe = (operation: ObserveOperation) =>
      bench.thing.observe(operation, { principal: ADA }).subscribe({ complete: () => completed++ });
    EVERYTHING.forEach(observe);
    await bench.site.remove('bench');
    expect(completed).to.equal(4);
    EVERYTHING.forEach(observe);
    expect(completed).to.equal(8);
    expect(open.observed).to.equal(false);
    expect((await refusal(bench.ask({ op: 'readallproperties' }))).code).to.equal('notFound');
  });

  it('may end while a notification is given out', async () => {
    const { open, exposure } = door();
    await using bench = openWorkbench(exposure);
    const seen: unknown[] = [];
    const reading = bench.thing.observe({ op: 'observeproperty', name: 'open' }, { principal: ADA }).subscribe((n) => {
      seen.push(n.value);
      reading.unsubscribe();
    });
    const other = bench.collect({ op: 'observeproperty', name: 'open' });
    open.next(true);
    open.next(false);
    expect(seen).to.deep.equal([true]);
    expect(other).to.have.lengthOf(2);
  });
});

describe('Resuming', () => {
  it('gives all that was missed, by the id of a notification and by its time', async () => {
    const { open, locked, knock, exposure } = door();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'observeallproperties' });
    open.next(true);
    const last = seen[0];
    locked.next(true);
    knock.next(1);
    open.next(false);
    for (const lastNotificationID of [last?.id ?? '', last?.time ?? '']) {
      const one = await bench.ask({ op: 'observeproperty', name: 'open', lastNotificationID });
      expect(one).to.deep.equal({ names: ['open'], resume: 'complete', missed: [seen[2]] });
      const all = await bench.ask({ op: 'observeallproperties', lastNotificationID });
      expect(all.missed).to.deep.equal([seen[1], seen[2]]);
      const events = await bench.ask({ op: 'subscribeallevents', lastNotificationID });
      expect(events.missed?.map(({ name, value }) => [name, value])).to.deep.equal([['knock', 1]]);
      const nothing = await bench.ask({ op: 'subscribeevent', name: 'bell', lastNotificationID });
      expect(nothing).to.deep.equal({ names: ['bell'], resume: 'complete', missed: [] });
    }
  });

  it('leaves out what the reader may not observe', async () => {
    const { open, locked, exposure } = door();
    await using bench = openWorkbench(exposure, { policy: ({ affordance }) => affordance !== 'locked' });
    const seen = bench.collect({ op: 'observeproperty', name: 'open' });
    open.next(true);
    locked.next(true);
    open.next(false);
    const { missed } = await bench.ask({ op: 'observeallproperties', lastNotificationID: seen[0]?.id ?? '' });
    expect(missed).to.deep.equal([seen[1]]);
  });

  it('tells of a gap when too many came since, when it was too long ago, and of what it never knew', async () => {
    const { knock, exposure } = door();
    await using bench = openWorkbench(exposure, { journal: { count: 2, age: 1000 } });
    const seen = bench.collect({ op: 'subscribeevent', name: 'knock' });
    for (const times of [1, 2, 3]) knock.next(times);
    const resume = async (lastNotificationID = '') =>
      (await bench.ask({ op: 'subscribeevent', name: 'knock', lastNotificationID })).resume;
    expect(await resume(seen[0]?.id)).to.equal('gap');
    expect(await resume(seen[1]?.id)).to.equal('complete');
    bench.clock.time += 1001;
    expect(await resume(seen[1]?.id)).to.equal('gap');
    expect(await resume('never')).to.equal('gap');
  });

  it('says nothing of it when nobody asked', async () => {
    await using bench = openWorkbench(door().exposure);
    expect(await bench.ask({ op: 'observeallproperties' })).to.deep.equal({ names: ['open', 'locked'] });
  });
});

describe('The past of a subscription', () => {
  it('is all that is kept of it, and a UUID of it resumes', async () => {
    const { open, bell, knock, exposure } = door();
    await using bench = openWorkbench(exposure);
    knock.next(1);
    open.next(true);
    bell.next();
    knock.next(2);
    const knocks = await bench.ask({ op: 'subscribeevent', name: 'knock', allKept: true });
    expect(knocks).to.have.all.keys('names', 'missed');
    expect(knocks.missed?.map(({ value }) => value)).to.deep.equal([1, 2]);
    const all = await bench.ask({ op: 'subscribeallevents', allKept: true });
    expect(all.missed?.map(({ name }) => name)).to.deep.equal(['knock', 'bell', 'knock']);
    const properties = await bench.ask({ op: 'observeallproperties', allKept: true });
    expect(properties.missed?.map(({ name }) => name)).to.deep.equal(['open']);
    const [first] = knocks.missed ?? [];
    const later = await bench.ask({ op: 'subscribeallevents', lastNotificationID: first?.id ?? '' });
    expect(later).to.deep.include({ resume: 'complete', missed: all.missed?.slice(1) });
  });

  it('leaves out what the caller may not subscribe to', async () => {
    const { bell, knock, exposure } = door();
    await using bench = openWorkbench(exposure, { policy: ({ affordance }) => affordance !== 'bell' });
    bell.next();
    knock.next(1);
    const { missed = [] } = await bench.ask({ op: 'subscribeallevents', allKept: true });
    expect(missed.map(({ name }) => name)).to.deep.equal(['knock']);
    expect((await refusal(bench.ask({ op: 'subscribeevent', name: 'bell', allKept: true }))).code).to.equal(
      'forbidden',
    );
  });
});
