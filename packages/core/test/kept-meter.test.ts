import { expect } from 'chai';
import { createMeter, unread } from '../src/index.js';

const SENT = { name: 'sent_total', help: 'What was sent.' };

describe('a meter that is kept', () => {
  it('gives one figure for one measure, whatever the order of its labels', () => {
    const meter = createMeter();
    const figure = meter.counter({ ...SENT, labels: { a: '1', b: '2' } });
    figure.value++;
    meter.counter({ ...SENT, labels: { b: '2', a: '1' } }).value++;
    meter.counter({ ...SENT, labels: { a: '1', b: '3' } }).value++;
    expect(meter.read('sent_total', { a: '1', b: '2' })).to.equal(2);
    expect(meter.read('sent_total', { a: '1', b: '3' })).to.equal(1);
    expect(meter.read('sent_total')).to.equal(undefined);
    expect(meter.read('other')).to.equal(undefined);
    expect([...meter.families.values()].map(({ name, type, series }) => [name, type, series.size])).to.deep.equal([
      ['sent_total', 'counter', 2],
    ]);
  });

  it('counts durations by their bounds, the bound itself included, and those beyond all', () => {
    const meter = createMeter();
    const histogram = meter.histogram({ name: 'took_seconds', help: 'How long it took.' });
    for (const seconds of [0, 0.0001, 0.00011, 3, 1000]) histogram.record(seconds);
    const family = meter.families.get('took_seconds');
    const [series] = family?.type === 'histogram' ? family.series.values() : [];
    expect(series?.figure.counts).to.deep.equal([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
    expect(series?.figure.sum).to.be.closeTo(1003.00021, 1e-9);
    expect(meter.read('took_seconds')).to.equal(5);
  });

  it('refuses one name for two types', () => {
    const meter = createMeter();
    meter.counter(SENT);
    expect(() => meter.gauge(SENT)).to.throw(TypeError, "'sent_total' is a counter");
  });
});

describe('a meter that nobody reads', () => {
  it('gives figures that may be counted on', () => {
    const figure = unread.counter(SENT);
    figure.value++;
    expect([figure.value, unread.counter(SENT).value]).to.deep.equal([1, 0]);
    expect(() => unread.histogram(SENT).record(1)).not.to.throw();
  });
});
