import type { Bench, Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';

/** What rounds of one size gave. */
interface Figures {
  readonly plan: number[];
  readonly each: number[];
  readonly events: number[];
  readonly memory: number[];
}

async function run(bench: Bench): Promise<readonly Row[]> {
  await using server = bench.start('servers/campaign');
  const [few, many] = bench.smoke ? [20, 100] : [1000, 10_000];
  const sides = new Map<number, Figures>([few, many].map((n) => [n, { plan: [], each: [], events: [], memory: [] }]));
  for (let round = 0; round <= bench.rounds; round++) {
    for (const [devices, side] of sides) {
      const done = await server.call('run', { devices });
      if (round === 0) continue;
      side.plan.push((figure(done, 'plan') + figure(done, 'add')) / 1000);
      side.each.push(figure(done, 'run') / devices);
      side.events.push((figure(done, 'events') / figure(done, 'run')) * 1e6);
      side.memory.push(figure(done, 'memory') / devices / 1024);
    }
  }
  const of = (devices: number): Figures => sides.get(devices) ?? { plan: [], each: [], events: [], memory: [] };
  const [small, large] = [of(few), of(many)];
  const scenario = 'campaign';
  const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
  const grows = large.each.map((each, i) => each / (small.each[i] ?? each));
  return [
    {
      scenario,
      work: `planning ${many.toLocaleString('en')} devices, and keeping the plan`,
      unit: 'milliseconds, with tables in the process',
      ours: median(large.plan),
      result: median(large.plan),
      resultUnit: 'ms',
      spread: range(large.plan),
      budget: { atMost: 2000 },
    },
    {
      scenario,
      work: 'one simulated device, from planned to verified',
      unit: `microseconds a device, ${many.toLocaleString('en')} devices in three groups, 50 at once`,
      ours: median(large.each),
      result: median(large.each),
      resultUnit: 'µs',
      spread: range(large.each),
      note: `${Math.round(median(large.events)).toLocaleString('en')} changes a second; ${median(large.memory).toFixed(1)} KB of heap a device, its log included`,
    },
    {
      scenario,
      work: 'the cost of a device does not grow with the fleet',
      unit: `microseconds a device, ${many.toLocaleString('en')} devices (ours) and ${few.toLocaleString('en')} (bare)`,
      ours: median(large.each),
      bare: median(small.each),
      result: median(grows),
      resultUnit: 'x',
      spread: range(grows),
      budget: { atMost: 1.25 },
    },
  ];
}

/** Campaigns of many simulated devices. */
export const campaign: Scenario = { name: 'campaign', run };
