import type { Bench, Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';

async function run(bench: Bench): Promise<readonly Row[]> {
  await using server = bench.start('servers/many-things');
  const things = bench.smoke ? 100 : 1000;
  const steps = bench.smoke ? 4 : 10;
  const exposing: number[] = [];
  const describing: number[] = [];
  const setting: number[] = [];
  const memory: number[] = [];
  let last = figure(await server.call('settle'), 'rss');
  for (let step = 0; step < steps; step++) {
    exposing.push(figure(await server.call('expose', { things }), 'each') / 1000);
    describing.push(figure(await server.call('describe', { things }), 'each') / 1000);
    setting.push(figure(await server.call('set', { things }), 'each') / 1000);
    const rss = figure(await server.call('settle'), 'rss');
    memory.push((rss - last) / things / 1024);
    last = rss;
  }
  const scenario = 'many-things';
  const row = (work: string, unit: string, each: readonly number[]): Row => ({
    scenario,
    work,
    unit,
    ours: median(each),
    result: median(each),
    resultUnit: 'ms',
    spread: [Math.min(...each), Math.max(...each)],
  });
  const half = (from: number, to?: number): number => median(exposing.slice(from, to));
  const kilobytes = median(memory).toFixed(1);
  return [
    {
      ...row(
        'exposing one of 10,000 Things',
        'milliseconds a telemetry Thing: 13 properties, 3 actions, 12 events',
        exposing,
      ),
      budget: { atMost: 0.2 },
      note: `rounds are thousands of Things; ${kilobytes} KB of RSS a Thing`,
    },
    { ...row('its TD, as text', 'milliseconds', describing), budget: { atMost: 1 } },
    row('its first sample', 'milliseconds for decoding it and setting 11 properties', setting),
    {
      scenario,
      work: 'linear: the second half against the first',
      unit: 'median milliseconds of exposing one, Things 5,001 to 10,000 (ours) and 1,001 to 5,000 (bare)',
      ours: half(steps / 2),
      bare: half(1, steps / 2),
      result: half(steps / 2) / half(1, steps / 2),
      resultUnit: 'x',
      budget: { atMost: 1.25 },
    },
  ];
}

/** Ten thousand Things in one process. */
export const manyThings: Scenario = { name: 'many-things', run };
