import type { Bench, Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import { openPair } from '../harness/open-pair.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';

const MEGABYTE = 1024 * 1024;

interface Outcome {
  readonly growth: number;
  readonly slowdown: number;
}

async function once(bench: Bench): Promise<Outcome> {
  const programs = { server: 'servers/stalled-reader', load: 'load/stalled-reader' };
  await using pair = await openPair(bench, programs, {});
  const { server, load } = pair;
  const changes = bench.smoke ? 20_000 : 60_000;
  await load.call('run', { changes });
  const unhurt = await load.call('run', { changes });
  const before = figure(await server.call('settle'), 'rss');
  const beside = await load.call('stall', { changes });
  const growth = figure(await server.call('settle'), 'rss') - before;
  const late = await load.call('resume');
  if (figure(late, 'changes') !== changes)
    throw new Error(`The stalled reader has ${late.changes} of ${changes} changes`);
  if (figure(late, 'conflated') === 0) throw new Error('Nothing was conflated for the stalled reader');
  return { growth: growth / MEGABYTE, slowdown: figure(beside, 'seconds') / figure(unhurt, 'seconds') };
}

async function run(bench: Bench): Promise<readonly Row[]> {
  const outcomes: Outcome[] = [];
  for (let round = 0; round < Math.min(bench.rounds, 5); round++) outcomes.push(await once(bench));
  const growths = outcomes.map(({ growth }) => growth);
  const slowdown = median(outcomes.map((outcome) => outcome.slowdown)).toFixed(2);
  return [
    {
      scenario: 'stalled-reader',
      work: 'one of 10 readers stands still, 60,000 x 1 KB',
      unit: 'MB of RSS that the server grew by, after garbage collection',
      ours: median(growths),
      result: median(growths),
      resultUnit: 'MB',
      spread: [Math.min(...growths), Math.max(...growths)],
      budget: { atMost: 5 },
      note: `the other 9 got every change, in ${slowdown} of the time that all 10 took before; then it read on and got the latest, with the number of changes that it stands for`,
    },
  ];
}

/** What a reader that does not read costs the others and the server. */
export const stalledReader: Scenario = { name: 'stalled-reader', run };
