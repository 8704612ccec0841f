import { type Bench, measure, type Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';
import { openFanOut } from './fan-out.js';

const SECONDS = 3;

async function run(bench: Bench): Promise<readonly Row[]> {
  await using ours = await openFanOut(bench, 'servers');
  await using bare = await openFanOut(bench, 'bare');
  const p50: number[] = [];
  const p99: number[] = [];
  const rates: number[] = [];
  const changes = bench.smoke ? 40 : 200;
  await measure(bare, 'run', { changes, window: 8 });
  await measure(ours, 'run', { changes, window: 8 });
  for (let round = 0; round < bench.rounds; round++) {
    const full = await measure(bare, 'run', { changes, window: 8 });
    const perSecond = (changes / full.seconds) * 3;
    rates.push(perSecond);
    const offered = { perSecond, changes: Math.ceil(perSecond * (bench.smoke ? 0.1 : SECONDS)) };
    const watched = ours.load.call('watch', offered);
    await ours.server.call('pace', offered);
    const seen = await watched;
    p50.push(figure(seen, 'p50'));
    p99.push(figure(seen, 'p99'));
  }
  const row = (work: string, of: readonly number[]): Row => ({
    scenario: 'latency',
    work,
    unit: 'milliseconds from the moment a change was due to its arrival at a reader, all readers, all changes',
    ours: median(of),
    result: median(of),
    resultUnit: 'ms',
    spread: [Math.min(...of), Math.max(...of)],
  });
  const note = `${Math.round(median(rates))} changes a second to 1,000 readers, three times what bare ws can send`;
  return [row('half of all messages', p50), { ...row('99 of 100', p99), budget: { atMost: 20 }, note }];
}

/** How late notifications are at three times the load at which bare `ws` is full. */
export const latency: Scenario = { name: 'latency', run };
