import { expect } from 'chai';
import { NEVER, of } from 'rxjs';
import * as t from 'typebox';
import { defineThing, expose, type PolicyQuestion, ThingError } from '../src/index.js';
import { ADA, BOB, openWorkbench, refusal } from './workbench.js';

const Station = defineThing({
  title: 'Station',
  properties: {
    wind: { schema: t.Number(), readOnly: true },
    rain: { schema: t.Number(), readOnly: true },
    ice: { schema: t.Number(), readOnly: true },
    key: { schema: t.String(), writeOnly: true },
  },
});

function station(rain: () => number | Promise<number>) {
  return expose(Station, () => ({
    properties: { wind: of(7), rain: { read: rain }, ice: NEVER, key: { write: () => undefined } },
  }));
}

const offline = () => {
  throw new ThingError('unavailable', 'The rain gauge is offline');
};

describe('Reading all properties', () => {
  it('leaves out what has no value yet and what is write-only', async () => {
    await using bench = openWorkbench(station(() => 2));
    expect(await bench.ask({ op: 'readallproperties' })).to.deep.equal({ values: { wind: 7, rain: 2 } });
  });

  it('leaves out what a handler has no value for', async () => {
    await using bench = openWorkbench(station(async () => JSON.parse('[]')[0]));
    expect(await bench.ask({ op: 'readallproperties' })).to.deep.equal({ values: { wind: 7 } });
  });

  it('answers at once if no handler has to be waited for', async () => {
    await using bench = openWorkbench(station(() => 2));
    const answer = bench.thing.request({ op: 'readallproperties' }, { principal: ADA });
    expect(answer).to.deep.equal({ values: { wind: 7, rain: 2 } });
  });

  it('leaves out what the caller may not read, and asks for each property', async () => {
    const asked: PolicyQuestion[] = [];
    const policy = (question: PolicyQuestion): boolean => {
      asked.push(question);
      return question.affordance !== 'rain';
    };
    await using bench = openWorkbench(station(offline), { policy });
    expect(await bench.ask({ op: 'readallproperties' })).to.deep.equal({ values: { wind: 7 } });
    expect(asked.map(({ operation, affordance }) => [operation, affordance])).to.deep.equal([
      ['readallproperties', undefined],
      ['readproperty', 'wind'],
      ['readproperty', 'rain'],
      ['readproperty', 'ice'],
    ]);
    expect(asked.every(({ principal, thing }) => principal === ADA && thing.name === 'bench')).to.equal(true);
  });

  it('is refused as a whole to those who may not do it', async () => {
    await using bench = openWorkbench(station(offline), { policy: ({ principal }) => principal !== BOB });
    const error = await refusal(bench.ask({ op: 'readallproperties' }, BOB));
    expect([error.code, error.detail]).to.deep.equal(['forbidden', "user:bob may not readallproperties of 'Station'"]);
  });

  it('fails with what could be read, and the reason for the rest', async () => {
    for (const rain of [offline, () => Promise.reject(new ThingError('unavailable', 'The rain gauge is offline'))]) {
      await using bench = openWorkbench(station(rain));
      const error = await refusal(bench.ask({ op: 'readallproperties' }));
      expect([error.code, error.detail]).to.deep.equal(['failed', 'The rain gauge is offline']);
      expect(error.values).to.deep.equal({ wind: 7 });
      expect(error.errors?.rain?.code).to.equal('unavailable');
    }
  });
});

describe('Reading multiple properties', () => {
  const read = (...names: string[]) => ({ op: 'readmultipleproperties', names }) as const;

  it('answers in the order of the names, one named twice once', async () => {
    await using bench = openWorkbench(station(async () => 2));
    const { values } = await bench.ask(read('rain', 'wind', 'rain'));
    expect(Object.entries(values ?? {})).to.deep.equal([
      ['rain', 2],
      ['wind', 7],
    ]);
  });

  it('leaves out what has no value yet', async () => {
    await using bench = openWorkbench(station(() => 2));
    expect(await bench.ask(read('ice', 'wind'))).to.deep.equal({ values: { wind: 7 } });
    expect(await bench.ask(read('ice'))).to.deep.equal({ values: {} });
  });

  it('is invalid without names, with unknown ones and with write-only ones', async () => {
    await using bench = openWorkbench(station(() => 2));
    expect((await refusal(bench.ask(read()))).code).to.equal('invalid');
    const error = await refusal(bench.ask(read('wind', 'constructor', '__proto__', 'key')));
    expect(error.code).to.equal('invalid');
    expect(error.detail).to.contain("There is no property named 'constructor' in 'Station'");
    const codes = Object.entries(error.errors ?? {}).map(([name, { code }]) => [name, code]);
    expect(codes).to.deep.equal([
      ['constructor', 'notFound'],
      ['__proto__', 'notFound'],
      ['key', 'invalid'],
    ]);
    expect(error.values).to.equal(undefined);
  });

  it('tells no more than a hundred refusals, however many names there are', async () => {
    await using bench = openWorkbench(station(() => 2));
    const error = await refusal(bench.ask(read(...Array.from({ length: 5000 }, (_, i) => `name ${i}`))));
    expect([error.code, Object.keys(error.errors ?? {}).length]).to.deep.equal(['invalid', 100]);
  });

  it('asks for the operation and for each property named', async () => {
    const asked: (string | undefined)[][] = [];
    const policy = ({ operation, affordance }: PolicyQuestion): boolean => {
      asked.push([operation, affordance]);
      return affordance !== 'rain';
    };
    await using bench = openWorkbench(station(offline), { policy });
    expect((await refusal(bench.ask(read('wind', 'rain')))).code).to.equal('forbidden');
    expect(asked).to.deep.equal([
      ['readmultipleproperties', undefined],
      ['readproperty', 'wind'],
      ['readproperty', 'rain'],
    ]);
  });

  it('fails with what could be read, and the reason for the rest', async () => {
    await using bench = openWorkbench(station(() => Promise.reject('no')));
    const error = await refusal(bench.ask(read('rain', 'wind')));
    expect([error.code, error.detail]).to.deep.equal(['failed', "Property 'rain' of 'Station' could not be read"]);
    expect(error.values).to.deep.equal({ wind: 7 });
    const nothing = await refusal(bench.ask(read('rain')));
    expect(nothing.values).to.equal(undefined);
  });
});
