import { expect } from 'chai';
import * as t from 'typebox';
import { defineStates, defineThing, expose, type Model, type States } from '../src/index.js';
import { createFakeMemory } from './fake-memory.js';
import { openWorkbench } from './workbench.js';

interface Report {
  readonly at: number;
  readonly level?: number;
  readonly mode?: string | number | null;
}
interface Values {
  readonly report: Report;
  readonly level: number;
  readonly mode: string | number | null;
}

const createStates = defineStates<Report, Values>({
  report: (report) => report,
  level: ({ level }) => level,
  mode: ({ mode }) => mode,
});

const Tank = defineThing({
  title: 'Tank',
  properties: {
    report: {
      schema: t.Object({ at: t.Number() }, { additionalProperties: true }),
      readOnly: true,
      ignoreChangesOf: ['at'],
    },
    level: { schema: t.Number({ maximum: 100 }), readOnly: true },
    mode: { schema: t.Unknown(), readOnly: true },
  },
});

const tank = (states: States<Report, Values>, model: Model = Tank) =>
  expose(model, () => ({
    properties: { report: states.part('report'), level: states.part('level'), mode: states.part('mode') },
  }));

const told = (changes: readonly { readonly name: string; readonly value: unknown }[]) =>
  changes.map(({ name, value }) => [name, value]);

describe('States that come together', () => {
  it('are changes where they differ, each with a moment of its own; what a report does not hold stays', async () => {
    const states = createStates();
    await using bench = openWorkbench(tank(states));
    const changes = bench.collect({ op: 'observeallproperties' });
    const levels = bench.collect({ op: 'observeproperty', name: 'level' });
    states.set({ at: 1, level: 5, mode: null });
    states.set({ at: 2, level: 5, mode: null });
    states.set({ at: 3, level: 6 });
    expect(told(changes)).to.deep.equal([
      ['report', { at: 1, level: 5, mode: null }],
      ['level', 5],
      ['mode', null],
      ['report', { at: 3, level: 6 }],
      ['level', 6],
    ]);
    expect(levels).to.deep.equal([changes[1], changes[4]]);
    const { values } = await bench.ask({ op: 'readallproperties' });
    expect(values).to.deep.equal({ report: { at: 3, level: 6 }, level: 6, mode: null });
    const times = changes.map(({ time }) => time);
    expect(new Set(times).size).to.equal(5);
    expect([...times].sort()).to.deep.equal(times);
    expect(states.get()).to.deep.equal({ at: 3, level: 6 });
  });

  it('are read with the time of their last report, not of their last change', async () => {
    const states = createStates();
    await using bench = openWorkbench(tank(states));
    const time = async (name: string) => (await bench.ask({ op: 'readproperty', name })).time?.slice(0, 23);
    states.set({ at: 1, level: 5, mode: 'a' });
    bench.clock.time += 1000;
    states.set({ at: 2, level: 5 });
    expect(await time('report')).to.equal('2026-03-04T06:17:32.009');
    expect(await time('level')).to.equal('2026-03-04T06:17:32.009');
    expect(await time('mode')).to.equal('2026-03-04T06:17:31.009');
  });

  it('are told and resumed with the JSON of the report, where that is there', async () => {
    const states = createStates();
    await using bench = openWorkbench(tank(states), { checkOutputs: false });
    const changes = bench.collect({ op: 'observeallproperties' });
    states.set({ at: 1, level: 5 }, '{"at":1, "level":5}');
    states.set({ at: 2, level: 6 });
    const json = ['{"at":1, "level":5}', undefined, undefined, undefined];
    expect(changes.map((change) => change.json)).to.deep.equal(json);
    const { missed } = await bench.ask({ op: 'observeallproperties', allKept: true });
    expect(missed?.map((change) => change.json)).to.deep.equal(json);
    expect(told(missed ?? [])).to.deep.equal(told(changes));
  });

  it('are read from the JSON of a report once that was told, as often as somebody asks', async () => {
    const states = createStates();
    await using bench = openWorkbench(tank(states));
    const value = async () => (await bench.ask({ op: 'readproperty', name: 'report' })).value;
    const changes = bench.collect({ op: 'observeproperty', name: 'report' });
    const seen: Report[] = [];
    states.part('report').subscribe((report) => seen.push(report));
    const report = { at: 1, level: 5 };
    states.set(report, '{"at":1,"level":5,"more":[1]}');
    expect(changes[0]?.value).to.equal(report);
    expect(seen[0]).to.equal(report);
    const read = { at: 1, level: 5, more: [1] };
    expect(await value()).to.deep.equal(read);
    expect(states.get()).to.deep.equal(read);
    states.set({ at: 2, level: 5 }, '{"at":2,"level":5,"more":[1]}');
    expect(await value()).to.deep.equal({ ...read, at: 2 });
    expect(changes.length, 'what is ignored is no change, what is more is one').to.equal(2);
    states.set({ at: 3, level: 101 }, '{"at":3,"level":101}');
    expect(await value()).to.deep.equal({ at: 3, level: 101 });
  });

  it('are never told with the JSON of a value before', async () => {
    const states = createStates();
    // The memory has every value that is no number written out.
    await using bench = openWorkbench(tank(states), { memory: createFakeMemory() });
    const changes = bench.collect({ op: 'observeproperty', name: 'mode' });
    for (const mode of ['a', 5, null, 6, 'b', 'c']) states.set({ at: 1, mode });
    expect(told(changes).map(([, value]) => value)).to.deep.equal(['a', 5, null, 6, 'b', 'c']);
    for (const { value, json } of changes) expect(json ?? JSON.stringify(value)).to.equal(JSON.stringify(value));
  });

  it('are dropped one by one where they break their schema, or JSON has no word for them', async () => {
    for (const checkOutputs of [true, false]) {
      const states = createStates();
      await using bench = openWorkbench(tank(states), { checkOutputs });
      const changes = bench.collect({ op: 'observeallproperties' });
      states.set({ at: 1, level: Number.NaN, mode: 'a' });
      states.set({ at: 1, level: 101, mode: 'b' });
      const odd = checkOutputs ? [] : [['level', 101]];
      expect(told(changes).filter(([name]) => name === 'level')).to.deep.equal(odd);
      expect(told(changes).filter(([name]) => name === 'mode')).to.deep.equal([
        ['mode', 'a'],
        ['mode', 'b'],
      ]);
      expect(bench.warnings.length).to.equal(checkOutputs ? 2 : 1);
    }
  });

  it('begin with what was reported before there was a Thing, and tell of it', async () => {
    const states = createStates();
    states.set({ at: 1, level: 5, mode: 'a' });
    states.set({ at: 2, level: 6 });
    await using bench = openWorkbench(tank(states));
    const { values } = await bench.ask({ op: 'readallproperties' });
    expect(values).to.deep.equal({ report: { at: 2, level: 6 }, level: 6, mode: 'a' });
    const { missed } = await bench.ask({ op: 'observeallproperties', allKept: true });
    expect(missed?.length).to.equal(3);
  });

  it('are kept, and after a restart only told where they differ', async () => {
    const memory = createFakeMemory();
    {
      const states = createStates();
      await using bench = openWorkbench(tank(states), { memory });
      states.set({ at: 1, level: 5, mode: 'a' }, '{"at":1,"level":5,"mode":"a"}');
      memory.commit();
      bench.clock.time += 1000;
    }
    const states = createStates();
    await using bench = openWorkbench(tank(states), { memory });
    const before = await bench.ask({ op: 'readallproperties' });
    expect(before.values).to.deep.equal({ report: { at: 1, level: 5, mode: 'a' }, level: 5, mode: 'a' });
    const changes = bench.collect({ op: 'observeallproperties' });
    states.set({ at: 7, level: 5, mode: 'b' });
    expect(told(changes)).to.deep.equal([
      ['report', { at: 7, level: 5, mode: 'b' }],
      ['mode', 'b'],
    ]);
  });

  it('are the code of other properties, and have subscribers, by their streams', async () => {
    const states = createStates();
    const Pair = defineThing({
      title: 'Pair',
      properties: {
        level: { schema: t.Number(), readOnly: true },
        depth: { schema: t.Number(), readOnly: true },
        mode: { schema: t.Unknown(), readOnly: true, observable: false },
      },
    });
    await using bench = openWorkbench(
      expose(Pair, () => ({
        properties: { level: states.part('level'), depth: states.part('level'), mode: states.part('mode') },
      })),
    );
    await using other = openWorkbench(tank(states));
    const changes = bench.collect({ op: 'observeallproperties' });
    const seen: number[] = [];
    const subscription = states.part('level').subscribe((level) => {
      seen.push(level);
      if (level === 3) subscription.unsubscribe();
    });
    for (const level of [1, 2, 3, 4]) states.set({ at: level, level, mode: 'a' });
    expect(seen).to.deep.equal([1, 2, 3]);
    for (const name of ['level', 'depth']) {
      expect(changes.filter((change) => change.name === name).map(({ value }) => value)).to.deep.equal([1, 2, 3, 4]);
      expect((await bench.ask({ op: 'readproperty', name })).value).to.equal(4);
    }
    expect((await bench.ask({ op: 'readproperty', name: 'mode' })).value).to.equal('a');
    expect((await other.ask({ op: 'readproperty', name: 'level' })).value).to.equal(4);
  });

  it('go over to the next Thing when theirs is closed', async () => {
    const states = createStates();
    {
      await using bench = openWorkbench(tank(states));
      states.set({ at: 1, level: 1 });
      expect((await bench.ask({ op: 'readproperty', name: 'level' })).value).to.equal(1);
    }
    states.set({ at: 2, level: 2 });
    await using bench = openWorkbench(tank(states));
    const changes = bench.collect({ op: 'observeproperty', name: 'level' });
    states.set({ at: 3, level: 3 });
    expect(changes.map(({ value }) => value)).to.deep.equal([3]);
    expect((await bench.ask({ op: 'readproperty', name: 'report' })).value).to.deep.equal({ at: 3, level: 3 });
  });

  it('may be set while they are told', async () => {
    const states = createStates();
    await using bench = openWorkbench(tank(states));
    const changes = bench.collect({ op: 'observeallproperties' });
    states.part('level').subscribe((level) => {
      if (level === 1) states.set({ at: 2, level: 2 });
    });
    bench.thing
      .observe({ op: 'observeproperty', name: 'level' }, { principal: { id: 'x', kind: 'service', grants: [] } })
      .subscribe(({ value }) => {
        if (value === 2) states.set({ at: 3, level: 3, mode: 'c' });
      });
    states.set({ at: 1, level: 1, mode: 'a' });
    expect(changes.filter(({ name }) => name === 'level').map(({ value }) => value)).to.have.members([1, 2, 3]);
    expect((await bench.ask({ op: 'readproperty', name: 'mode' })).value).to.equal('c');
  });
});
