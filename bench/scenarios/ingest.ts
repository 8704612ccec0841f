import { type Bench, interleave, measure, type Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import { openPair } from '../harness/open-pair.js';
import { compareRates, type Row } from '../harness/row.js';

async function run(bench: Bench): Promise<readonly Row[]> {
  const devices = bench.smoke ? 50 : 1000;
  const load = 'load/telemetry';
  await using ours = await openPair(bench, { server: 'servers/telemetry', load }, { devices, readersEach: 0 });
  await using bare = await openPair(bench, { server: 'bare/telemetry', load }, { devices, readersEach: 0 });
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
  const budget = { atLeast: 0.6 };
  return [compareRates(samples, { scenario: 'ingest', work: '1,000 telemetry devices, 11 properties set', budget })];
}

/** Samples of a thousand devices taken in, beside a loop that parses them. */
export const ingest: Scenario = { name: 'ingest', run };
