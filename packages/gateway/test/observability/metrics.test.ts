import { createMeter } from '@thingwright/core';
import { expect } from 'chai';
import { createMetrics } from '../../src/observability/metrics.js';

describe('the text of metrics', () => {
  it('has every figure with its labels, buckets that add up, and what is known of the process', async () => {
    const meter = createMeter();
    meter.counter({ name: 'sent_total', help: 'What was sent.', labels: { to: 'a "b" \\ \n' } }).value = 3;
    meter.gauge({ name: 'open', help: 'What is open.' });
    const histogram = meter.histogram({ name: 'took_seconds', help: 'How long.', labels: { op: 'read' } });
    for (const seconds of [0.00005, 0.02, 60]) histogram.record(seconds);
    const text = await createMetrics(meter, () => undefined).render();
    expect(text).to.include(
      '# HELP sent_total What was sent.\n# TYPE sent_total counter\nsent_total{to="a \\"b\\" \\\\ \\n"} 3\n',
    );
    expect(text).to.include('# TYPE open gauge\nopen 0\n');
    expect(text).to.include('# TYPE took_seconds histogram\ntook_seconds_bucket{op="read",le="0.0001"} 1\n');
    expect(text).to.include('took_seconds_bucket{op="read",le="0.025"} 2\n');
    expect(text).to.include('took_seconds_bucket{op="read",le="10"} 2\ntook_seconds_bucket{op="read",le="+Inf"} 3\n');
    expect(text).to.match(/took_seconds_sum\{op="read"\} 60\.02\d*\ntook_seconds_count\{op="read"\} 3\n/);
    expect(text)
      .to.match(/\nnodejs_eventloop_lag_p99_seconds /)
      .and.match(/\nprocess_resident_memory_bytes \d/);
  });

  it('is brought up to date each time', async () => {
    const meter = createMeter();
    const gauge = meter.gauge({ name: 'things', help: 'Things.' });
    const metrics = createMetrics(meter, () => void gauge.value++);
    expect(await metrics.render()).to.include('\nthings 1\n');
    expect(await metrics.render()).to.include('\nthings 2\n');
  });
});
