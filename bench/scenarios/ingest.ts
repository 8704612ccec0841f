import { type Bench, interleave, measure, type Pair, type Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import { openPair } from '../harness/open-pair.js';
import { compareRates, type Row } from '../harness/row.js';

async function run(bench: Bench): Promise<readonly Row[]> {
  return [
    await ingestRow(bench, { isObserved: false, work: '1,000 telemetry devices, 11 properties set', atLeast: 0.6 }),
    await ingestRow(bench, { isObserved: true, work: 'the same, each Thing observed by its program' }),
  ];
}

interface Layout {
  readonly isObserved: boolean;
  readonly work: string;
  readonly atLeast?: number;
}

async function ingestRow(bench: Bench, { isObserved, work, atLeast }: Layout): Promise<Row> {
  const devices = bench.smoke ? 50 : 1000;
  const layout = { devices, readersEach: 0, observed: Number(isObserved) };
  const load = 'load/telemetry';
  await using ours = await openPair(bench, { server: 'servers/telemetry', load }, layout);
  await using bare = await openPair(bench, { server: 'bare/telemetry', load }, layout);
  const figures = { frames: devices * (bench.smoke ? 4 : 60), window: 1 };
  const sides = { ours: () => measure(ours, 'run', figures), bare: () => measure(bare, 'run', figures) };
  await interleave(0, sides);
  const before = await usageOf(ours, bare);
  const samples = await interleave(bench.rounds, sides);
  const after = await usageOf(ours, bare);
  for (const { server, load: devicesOf } of [ours, bare]) {
    const kept = figure(await server.call('sum'), 'sum');
    const sent = figure(await devicesOf.call('sum'), 'sum');
    if (Math.abs(kept - sent) > 1e-6) throw new Error(`The last values add up to ${kept}, but ${sent} was sent`);
  }
  const [all = 0, bareAll = 0] = after.map(
    (cpu, i) => (cpu - (before[i] ?? 0)) / (figures.frames * (bench.rounds + 1)),
  );
  const note = `with what was settled between rounds ${all.toFixed(1)} µs; bare ${bareAll.toFixed(1)}`;
  const budget = atLeast === undefined ? undefined : { atLeast };
  return compareRates(samples, { scenario: 'ingest', work, budget, note });
}

/** Microseconds of CPU that each server has used. */
const usageOf = (...pairs: readonly Pair[]): Promise<readonly number[]> =>
  Promise.all(pairs.map(async ({ server }) => figure(await server.call('usage'), 'cpu')));

/** Samples of a thousand devices taken in, beside a loop that parses them. */
export const ingest: Scenario = { name: 'ingest', run };
