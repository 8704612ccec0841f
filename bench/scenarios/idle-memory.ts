import type { Bench, Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import { openPair } from '../harness/open-pair.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';

const SUBSCRIPTIONS = 4;

/** Kilobytes that a socket more takes of a server that has some already. */
async function perSocket(bench: Bench, side: 'servers' | 'bare'): Promise<number> {
  const subscriptions = side === 'servers' ? SUBSCRIPTIONS : 0;
  const programs = { server: `${side}/idle`, load: 'load/idle' };
  await using pair = await openPair(bench, programs, { subscriptions });
  const sockets = bench.smoke ? 200 : 5000;
  await pair.load.call('more', { sockets: sockets / 5 });
  const before = figure(await pair.server.call('settle'), 'rss');
  await pair.load.call('more', { sockets });
  const after = figure(await pair.server.call('settle'), 'rss');
  return (after - before) / sockets / 1024;
}

async function run(bench: Bench): Promise<readonly Row[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < Math.min(bench.rounds, 5); round++) {
    ours.push(await perSocket(bench, 'servers'));
    bare.push(await perSocket(bench, 'bare'));
  }
  const pairs = ours.map((kilobytes, i) => kilobytes / (bare[i] ?? kilobytes));
  return [
    {
      scenario: 'idle-memory',
      work: `an idle socket with ${SUBSCRIPTIONS} subscriptions`,
      unit: 'KB of RSS for each socket, after garbage collection; bare has no subscriptions',
      ours: median(ours),
      bare: median(bare),
      result: median(ours) / median(bare),
      resultUnit: 'x',
      spread: [Math.min(...pairs), Math.max(...pairs)],
      budget: { atMost: 1.5 },
    },
  ];
}

/** What a socket costs that waits for notifications. */
export const idleMemory: Scenario = { name: 'idle-memory', run };
