import { expect } from 'chai';
import fc from 'fast-check';
import { Layouts } from '../../src/wire/layouts.js';
import { learnLayout } from '../../src/wire/learn-layout.js';

const learn = (text: string) => learnLayout(Buffer.from(text));

/** What a layout learnt from one text reads in another. */
function read(learnt: string, text: string): unknown {
  const sample = learn(learnt)?.read(Buffer.from(text));
  if (sample) expect(sample.text).to.equal(text);
  return sample?.frame;
}

const plain = fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/["\\]/g, '_'));
const decimal = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.integer({ min: -99_999, max: 99_999 }).map((cents) => cents / 100),
  fc.constantFrom(0, -0, 0.1, 1e15, 999_999_999_999_999, 0.000001),
);
const leaf = fc.oneof(decimal, plain, fc.boolean(), fc.constant(null));
const name = fc.oneof(plain, fc.constantFrom('0', '17', 'a', 'constructor', 'toString'));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaf, tie('members'), fc.array(tie('tree'), { maxLength: 3 })),
  members: fc.dictionary(name, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
}));
const frame = fc.dictionary(name, tree, { minKeys: 1, maxKeys: 6, noNullPrototype: true });

/** Another frame of that shape. */
function vary(value: unknown, random: () => number): unknown {
  if (typeof value === 'number') return Math.round(random() * 100_000) / 10 ** Math.floor(random() * 5);
  if (typeof value === 'string') return 'x~ {}[],:'.slice(0, Math.floor(random() * 10)) + value.slice(1);
  if (Array.isArray(value)) return value.map((item) => vary(item, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, vary(member, random)]));
}

const write = (value: unknown, isWide: boolean): string =>
  isWide ? JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ') : JSON.stringify(value);

describe('A layout', () => {
  it('reads what JSON.parse reads, of frames that are written alike', () => {
    const inputs = [frame, fc.boolean(), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }))] as const;
    fc.assert(
      fc.property(...inputs, (example, isWide, randoms) => {
        const learnt = write(example, isWide);
        // What is not learnt has tests of its own.
        fc.pre(learnt.length <= 4096 && !/e[-+]|"(__proto__|\d+)" *:/.test(learnt));
        const text = write(
          vary(example, () => randoms.next().value),
          isWide,
        );
        expect(read(learnt, learnt)).to.deep.equal(JSON.parse(learnt));
        expect(read(learnt, text)).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it('reads nothing that JSON.parse does not read so', () => {
    const cut = fc.record({
      at: fc.nat(),
      length: fc.nat({ max: 3 }),
      by: fc.string({ maxLength: 3, unit: 'binary' }),
    });
    fc.assert(
      fc.property(frame, cut, (example, { at, length, by }) => {
        const learnt = JSON.stringify(example);
        const place = at % learnt.length;
        const text = learnt.slice(0, place) + by + learnt.slice(place + length);
        const found = read(learnt, text);
        if (found !== undefined) expect(found).to.deep.equal(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('reads numbers to the last bit, and leaves those aside that it cannot', () => {
    const numbers = ['0', '-0', '5', '-1.5', '0.1', '52.209999999999994', '123456789012345', '9007199254740993'];
    for (const number of [...numbers, '0.000001', '-0.0', '12345678901234567890', '4.35', '1.005'])
      expect(read('{"a":1}', `{"a":${number}}`)).to.deep.equal(JSON.parse(`{"a":${number}}`));
    const others = ['1e3', '1E3', '-', '.5', '5.', '01', '-01', '+1', '1.2.3', '--1', 'NaN', '', '"1"', 'null'];
    for (const other of [...others, '9'.repeat(400)]) expect(read('{"a":1}', `{"a":${other}}`)).to.equal(undefined);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = `{"a":${JSON.stringify(number)}}`;
        if (!text.includes('e')) expect(read('{"a":1}', text)).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it('leaves strings aside that are not plain ASCII', () => {
    expect(read('{"a":"b"}', '{"a":""}')).to.deep.equal({ a: '' });
    expect(read('{"a":"b"}', '{"a":"a longer text than is copied"}')).to.deep.equal({
      a: 'a longer text than is copied',
    });
    for (const other of ['"\\n"', '"ä"', '"\u007f"', '"\n"', '"', '"b', 'b"', '"b""', '"\\""', '1'])
      expect(read('{"a":"b"}', `{"a":${other}}`)).to.equal(undefined);
  });

  it('fits no frame with another name, order or value that is neither number nor string', () => {
    const learnt = '{"a":1,"b":[true,null,{"c":"d"}]}';
    expect(read(learnt, '{"a":7,"b":[true,null,{"c":""}]}')).to.deep.equal({ a: 7, b: [true, null, { c: '' }] });
    for (const other of [
      '{"a":1,"b":[false,null,{"c":"d"}]}',
      '{"b":[true,null,{"c":"d"}],"a":1}',
      '{"a":1,"b":[true,null,{"c":"d"},1]}',
      '{"a":1,"b":[true,null,{"c":"d"}]} ',
      '{"a":1,"b":[true,null,{"c":"d"}]',
      '',
    ]) {
      expect(read(learnt, other)).to.equal(undefined);
    }
  });

  it('gives each frame objects of its own', () => {
    const layout = learn('{"a":{"b":1},"c":[]}');
    const [first, second] = ['{"a":{"b":1},"c":[]}', '{"a":{"b":2},"c":[]}'].map((text) =>
      layout?.read(Buffer.from(text)),
    );
    expect(first?.frame).to.deep.equal({ a: { b: 1 }, c: [] });
    expect(second?.frame.c).not.to.equal(first?.frame.c);
  });

  it('does not follow the bytes that it was learnt from', () => {
    const bytes = Buffer.from('{"a":1}');
    const layout = learnLayout(bytes);
    bytes.fill(0);
    expect(layout?.read(Buffer.from('{"a":2}'))?.frame).to.deep.equal({ a: 2 });
  });

  it('takes no more memory than JSON.parse: names that are numbers are not learnt', () => {
    for (const name of ['0', '17', '1023', '4294967294']) expect(learn(`{"a":{"${name}" :0}}`)).to.equal(undefined);
    expect(read('{"a":"17","b17":1}', '{"a":"1","b17":2}')).to.deep.equal({ a: '1', b17: 2 });
  });

  it('is not learnt from what it could not read again', () => {
    for (const text of ['{"a":1e3}', '{"ä":1}', '{"a":"€"}', '{"__proto__":{"a":1}}', `{"a":"${'x'.repeat(5000)}"}`])
      expect(learn(text)).to.equal(undefined);
  });
});

describe('The layouts of a kind', () => {
  const text = (n: number): Buffer => Buffer.from(`{"name${n}":${n}}`);

  const strangers = (layouts: Layouts, count: number): void => {
    for (let i = 0; i < count; i++) layouts.read(Buffer.from('no frame at all'));
  };

  it('are a few, all learnt at once; another one when one is no longer used', () => {
    const layouts = new Layouts();
    for (let n = 0; n < 9; n++) layouts.learn(text(n));
    for (let n = 0; n < 8; n++) expect(layouts.read(text(n))?.frame, String(n)).to.deep.equal({ [`name${n}`]: n });
    expect(layouts.read(text(8))).to.equal(undefined);
    strangers(layouts, 255);
    for (let n = 0; n < 7; n++) layouts.read(text(n));
    layouts.learn(text(8));
    expect(layouts.read(text(8))).to.equal(undefined);
    strangers(layouts, 255);
    layouts.learn(text(8));
    expect(layouts.read(text(8))?.frame).to.deep.equal({ name8: 8 });
    expect(layouts.read(text(7))).to.equal(undefined);
    for (let n = 0; n < 7; n++) expect(layouts.read(text(n)), String(n)).not.to.equal(undefined);
  });

  it('are not compared in vain for long', () => {
    const layouts = new Layouts();
    for (let n = 0; n < 8; n++) layouts.learn(text(n));
    strangers(layouts, 512);
    for (let n = 0; n < 8; n++) expect(layouts.read(text(n))).to.equal(undefined);
  });

  it('are learnt from few frames only, also where these cannot be learnt', () => {
    const layouts = new Layouts();
    for (let n = 0; n < 8; n++) layouts.learn(Buffer.from('{"a":1e3}'));
    layouts.learn(text(0));
    expect(layouts.read(text(0))).to.equal(undefined);
    strangers(layouts, 255);
    layouts.learn(Buffer.from('{"a":1e3}'));
    layouts.learn(text(0));
    expect(layouts.read(text(0))?.frame).to.deep.equal({ name0: 0 });
    layouts.learn(text(1));
    expect(layouts.read(text(1))).to.equal(undefined);
  });
});
