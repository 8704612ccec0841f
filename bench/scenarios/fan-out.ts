import { type Bench, interleave, measure, type Pair, type Scenario } from '../harness/bench.js';
import { openPair } from '../harness/open-pair.js';
import { compareRates, type Row } from '../harness/row.js';

/** Opens a server of one property and a thousand readers. */
export const openFanOut = (bench: Bench, side: 'servers' | 'bare'): Promise<Pair & AsyncDisposable> =>
  openPair(bench, { server: `${side}/fan-out`, load: 'load/fan-out' }, { readers: bench.smoke ? 50 : 1000 });

async function run(bench: Bench): Promise<readonly Row[]> {
  await using ours = await openFanOut(bench, 'servers');
  await using bare = await openFanOut(bench, 'bare');
  const rows: Row[] = [];
  for (const { burst, atLeast } of [
    { burst: 1, atLeast: 1.25 },
    { burst: 8, atLeast: 7 },
  ]) {
    await ours.server.call('burst', { changes: burst });
    await bare.server.call('burst', { changes: burst });
    const window = burst * 8;
    const oursChanges = bench.smoke ? 80 : burst * 96;
    const bareChanges = bench.smoke ? 80 : 96;
    const samples = await interleave(bench.rounds, {
      ours: () => measure(ours, 'run', { changes: oursChanges, window }),
      bare: () => measure(bare, 'run', { changes: bareChanges, window }),
    });
    const work = burst === 1 ? 'one change to 1,000 sockets' : `the same in bursts of ${burst} changes a tick`;
    rows.push(compareRates(samples, { scenario: 'fan-out', work, budget: { atLeast } }));
  }
  return rows;
}

/** One change to a thousand subscribed sockets, each with its own correlationID; then in bursts of eight. */
export const fanOut: Scenario = { name: 'fan-out', run };
