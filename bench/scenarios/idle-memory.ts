import type { Bench, Scenario } from '../harness/bench.js';
import { type Figures, figure } from '../harness/figures.js';
import { openPair } from '../harness/open-pair.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';

const SUBSCRIPTIONS = 4;

/** Kilobytes. */
interface Size {
  readonly rss: number;
  /** What JavaScript and its buffers really use of it. */
  readonly used: number;
}

const sizeOf = (figures: Figures): Size => ({
  rss: figure(figures, 'rss') / 1024,
  used: (figure(figures, 'heap') + figure(figures, 'external')) / 1024,
});

/** What a socket more takes of a server that has some already. */
async function perSocket(bench: Bench, side: 'servers' | 'bare'): Promise<Size> {
  const subscriptions = side === 'servers' ? SUBSCRIPTIONS : 0;
  const programs = { server: `${side}/idle`, load: 'load/idle' };
  await using pair = await openPair(bench, programs, { subscriptions });
  const sockets = bench.smoke ? 200 : 6000;
  await pair.load.call('more', { sockets: sockets / 2 });
  const before = sizeOf(await pair.server.call('settle'));
  await pair.load.call('more', { sockets });
  const after = sizeOf(await pair.server.call('settle'));
  return { rss: (after.rss - before.rss) / sockets, used: (after.used - before.used) / sockets };
}

async function run(bench: Bench): Promise<readonly Row[]> {
  const ours: Size[] = [];
  const bare: Size[] = [];
  for (let round = 0; round < Math.min(bench.rounds, 5); round++) {
    ours.push(await perSocket(bench, 'servers'));
    bare.push(await perSocket(bench, 'bare'));
  }
  const compare = (what: 'rss' | 'used'): Row => {
    const one = ours.map((size) => size[what]);
    const other = bare.map((size) => size[what]);
    const pairs = one.map((kilobytes, i) => kilobytes / (other[i] ?? kilobytes));
    return {
      scenario: 'idle-memory',
      work: `an idle socket with ${SUBSCRIPTIONS} subscriptions${what === 'used' ? ', heap alone' : ''}`,
      unit: `KB of ${what === 'rss' ? 'RSS' : 'heap and buffers'} for each socket, after garbage collection; bare has no subscriptions`,
      ours: median(one),
      bare: median(other),
      result: median(one) / median(other),
      resultUnit: 'x',
      spread: [Math.min(...pairs), Math.max(...pairs)],
    };
  };
  return [{ ...compare('rss'), budget: { atMost: 1.5 } }, compare('used')];
}

/** What a socket costs that waits for notifications. */
export const idleMemory: Scenario = { name: 'idle-memory', run };
