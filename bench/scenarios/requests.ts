import { type Bench, interleave, measure, type Scenario } from '../harness/bench.js';
import { openPair } from '../harness/open-pair.js';
import { compareRates, type Row } from '../harness/row.js';

async function run(bench: Bench): Promise<readonly Row[]> {
  const load = 'load/requests';
  await using ours = await openPair(bench, { server: 'servers/requests', load }, { echoes: 0 });
  await using bare = await openPair(bench, { server: 'bare/requests', load }, { echoes: 1 });
  const rows: Row[] = [];
  for (const { inFlight, messages, budget } of [
    { inFlight: 32, messages: 100_000, budget: { atLeast: 1.3 } },
    { inFlight: 1, messages: 30_000, budget: undefined },
  ]) {
    const figures = { inFlight, messages: bench.smoke ? 500 : messages };
    const samples = await interleave(bench.rounds, {
      ours: () => measure(ours, 'run', figures),
      bare: () => measure(bare, 'run', figures),
    });
    rows.push(compareRates(samples, { scenario: 'requests', work: `readproperty, ${inFlight} in flight`, budget }));
  }
  return rows;
}

/** A property read over one socket, beside a JSON echo. */
export const requests: Scenario = { name: 'requests', run };
