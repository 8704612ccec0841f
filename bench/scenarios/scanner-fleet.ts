import type { Bench, Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import { openPair } from '../harness/open-pair.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';

async function run(bench: Bench): Promise<readonly Row[]> {
  const fleet = bench.smoke ? { scanners: 12, active: 4, chunks: 1 } : { scanners: 200, active: 20, chunks: 16 };
  const period = bench.smoke ? 10 : 100;
  await using pair = await openPair(bench, { server: 'servers/gateway', load: 'load/scanner-fleet' }, fleet);
  const p50: number[] = [];
  const p99: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round <= bench.rounds; round++) {
    const seen = await pair.load.call('run', { ...fleet, period });
    if (round === 0) continue;
    p50.push(figure(seen, 'p50'));
    p99.push(figure(seen, 'p99'));
    rates.push(figure(seen, 'megabytes') / figure(seen, 'seconds'));
  }
  const row = (share: string, of: readonly number[]): Row => ({
    scenario: 'scanner-fleet',
    work: `progress, 200 scanners, 20 deliver files: ${share}`,
    unit: 'milliseconds from the moment at which a device says how far it is to the arrival at who watches it',
    ours: median(of),
    result: median(of),
    resultUnit: 'ms',
    spread: [Math.min(...of), Math.max(...of)],
  });
  const note = `files came at ${Math.round(median(rates))} MB/s meanwhile, as fast as they were taken`;
  return [{ ...row('half of all', p50), budget: { atMost: 100 }, note }, row('99 of 100', p99)];
}

/** How late the progress of scans is while other scanners deliver files. */
export const scannerFleet: Scenario = { name: 'scanner-fleet', run };
