import type { Bench, Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';

/** What rounds of one size gave, by the place where the campaigns were kept. */
interface Figures {
  readonly plan: number[];
  readonly create: number[];
  /** Microseconds of CPU time a device. */
  readonly each: number[];
  /** Changes a second by the wall. */
  readonly events: number[];
  readonly peak: number[];
  readonly heap: number[];
}

type Server = ReturnType<Bench['start']>;

const MEGABYTE = 1024 * 1024;
const scenario = 'campaign';

const range = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
const counted = (value: number): string => Math.round(value).toLocaleString('en');

/** Rounds of two sizes by turns, after one of each that does not count. */
async function measure(
  server: Server,
  { rounds, sizes, lasting }: { readonly rounds: number; readonly sizes: readonly number[]; readonly lasting: 0 | 1 },
): Promise<readonly Figures[]> {
  const sides = sizes.map((): Figures => ({ plan: [], create: [], each: [], events: [], peak: [], heap: [] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, devices] of sizes.entries()) {
      const done = await server.call('run', { devices, lasting });
      const side = sides[i];
      if (round === 0 || !side) continue;
      side.plan.push(figure(done, 'plan') / 1000);
      side.create.push(figure(done, 'create') / 1000);
      side.each.push(figure(done, 'cpu') / devices);
      side.events.push((figure(done, 'events') / figure(done, 'run')) * 1e6);
      side.peak.push(figure(done, 'peak') / MEGABYTE);
      side.heap.push(figure(done, 'heap') / devices / 1024);
    }
  }
  return sides;
}

/** What a device costs, and whether that grows with their number. */
function costs(where: string, [few, many]: readonly [number, number], sides: readonly Figures[]): readonly Row[] {
  const [small, large] = sides;
  if (!small || !large) throw new RangeError('Two sizes are measured');
  const grows = large.each.map((each, i) => each / (small.each[i] ?? each));
  return [
    {
      scenario,
      work: `one simulated device, from planned to verified, ${where}`,
      unit: `microseconds of CPU time a device, ${counted(many)} devices in three groups, 50 at once`,
      ours: median(large.each),
      result: median(large.each),
      resultUnit: 'µs',
      spread: range(large.each),
      note: `${counted(median(large.events))} changes a second by the wall`,
    },
    {
      scenario,
      work: `the cost of a device does not grow with the fleet, ${where}`,
      unit: `microseconds of CPU time a device, ${counted(many)} devices (ours) and ${counted(few)} (bare)`,
      ours: median(large.each),
      bare: median(small.each),
      result: median(grows),
      resultUnit: 'x',
      spread: range(grows),
      budget: { atMost: 1.25 },
    },
  ];
}

async function run(bench: Bench): Promise<readonly Row[]> {
  await using server = bench.start('servers/campaign');
  const sizes = bench.smoke ? ([20, 100] as const) : ([1000, 10_000] as const);
  const inStore = await measure(server, { rounds: bench.rounds, sizes, lasting: 1 });
  const inProcess = await measure(server, { rounds: bench.rounds, sizes, lasting: 0 });
  const [small, large] = inStore;
  if (!small || !large) throw new RangeError('Two sizes are measured');
  return [
    {
      scenario,
      work: `planning ${counted(sizes[1])} devices`,
      unit: 'milliseconds, with what they have in SQLite',
      ours: median(large.plan),
      result: median(large.plan),
      resultUnit: 'ms',
      spread: range(large.plan),
    },
    {
      scenario,
      work: `planning ${counted(sizes[1])} devices, and keeping the plan`,
      unit: 'milliseconds, until the plan is on the disk',
      ours: median(large.create),
      result: median(large.create),
      resultUnit: 'ms',
      spread: range(large.create),
      budget: { atMost: 2000 },
    },
    ...costs('in SQLite', sizes, inStore),
    {
      scenario,
      work: `memory while ${counted(sizes[1])} devices are upgraded`,
      unit: `MB of RSS, at most, more than before; ${counted(sizes[1])} devices (ours) and ${counted(sizes[0])} (bare)`,
      ours: median(large.peak),
      bare: median(small.peak),
      result: median(large.peak),
      resultUnit: 'MB',
      spread: range(large.peak),
      budget: { atMost: 256 },
      note: `${median(large.heap).toFixed(1)} KB of heap a device at the end`,
    },
    ...costs('in the process', sizes, inProcess),
  ];
}

/** Campaigns of many simulated devices. */
export const campaign: Scenario = { name: scenario, run };
