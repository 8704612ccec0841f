import { type Bench, interleave, measure, type Scenario } from '../harness/bench.js';
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
  const samples = await interleave(bench.rounds, {
    ours: () => measure(ours, 'run', figures),
    bare: () => measure(bare, 'run', figures),
  });
  for (const { server, load: devicesOf } of [ours, bare]) {
    const kept = figure(await server.call('sum'), 'sum');
    const sent = figure(await devicesOf.call('sum'), 'sum');
    if (Math.abs(kept - sent) > 1e-6) throw new Error(`The last values add up to ${kept}, but ${sent} was sent`);
  }
  return compareRates(samples, { scenario: 'ingest', work, budget: atLeast === undefined ? undefined : { atLeast } });
}

/** Samples of a thousand devices taken in, beside a loop that parses them. */
export const ingest: Scenario = { name: 'ingest', run };
