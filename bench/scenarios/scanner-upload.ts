import { type Bench, interleave, measure, type Pair, type Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import { openPair } from '../harness/open-pair.js';
import { compareRates, type Row, type Sample } from '../harness/row.js';

const MEGABYTE = 1024 * 1024;

/** A server, what it is told after each file, and how much memory it had before the first. */
interface Side {
  readonly pair: Pair;
  readonly idle: number;
  peak: number;
}

async function sideOf(pair: Pair): Promise<Side> {
  return { pair, idle: figure(await pair.server.call('settle'), 'rss'), peak: 0 };
}

async function upload(side: Side, chunks: number): Promise<Sample> {
  const { server, load } = side.pair;
  await load.call('begin', { chunks });
  await server.call('watch');
  const sample = await measure(side.pair, 'upload', {});
  side.peak = Math.max(side.peak, figure(await server.call('peak'), 'rss'));
  await load.call('check');
  await server.call('tidy');
  return sample;
}

const growthOf = ({ idle, peak }: Side): number => (peak - idle) / MEGABYTE;

async function runOf(bench: Bench, generation: 1 | 2): Promise<readonly Row[]> {
  const load = 'load/scanner-upload';
  await using oursPair = await openPair(bench, { server: 'servers/gateway', load }, { generation });
  await using barePair = await openPair(bench, { server: 'bare/scanner-upload', load }, { generation });
  const ours = await sideOf(oursPair);
  const bare = await sideOf(barePair);
  const chunks = bench.smoke ? 4 : 1024;
  const samples = await interleave(bench.rounds, {
    ours: () => upload(ours, chunks),
    bare: () => upload(bare, chunks),
  });
  const named = { scenario: 'scanner-upload', work: `1 GiB, generation ${generation}` };
  const growth = growthOf(ours);
  return [
    compareRates(samples, { ...named, budget: { atLeast: 0.5 }, note: 'a message is 1 MiB' }),
    {
      ...named,
      work: `${named.work}, memory`,
      unit: 'MB of RSS that the server had at most while files came, more than before the first of them',
      ours: growth,
      bare: growthOf(bare),
      result: growth,
      resultUnit: 'MB',
      budget: { atMost: 64 },
    },
  ];
}

/** Large files of a scanner, stored with their digest, beside `ws` with SHA-256 and a file on disk. */
export const scannerUpload: Scenario = {
  name: 'scanner-upload',
  run: async (bench) => [...(await runOf(bench, 1)), ...(await runOf(bench, 2))],
};
