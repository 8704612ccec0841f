import { type Bench, interleave, measure, type Scenario } from '../harness/bench.js';
import { openPair } from '../harness/open-pair.js';
import { compareRates, type Row } from '../harness/row.js';

/** A thousand readers in all, and a thousand samples under way: `window` of each device. */
const LAYOUTS = [
  { devices: 1000, readersEach: 1, window: 1, oursFrames: 40_000, bareFrames: 40_000, atLeast: 1.25 },
  { devices: 100, readersEach: 10, window: 10, oursFrames: 15_000, bareFrames: 6000, atLeast: 2.8 },
  { devices: 10, readersEach: 100, window: 100, oursFrames: 6000, bareFrames: 1000, atLeast: 12 },
];

async function run(bench: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { devices: all, readersEach: each, window, oursFrames, bareFrames, atLeast } of LAYOUTS) {
    const devices = bench.smoke ? Math.min(all, 10) : all;
    const readersEach = bench.smoke ? Math.min(each, 10) : each;
    const load = 'load/telemetry';
    const layout = { devices, readersEach, observed: 0 };
    await using ours = await openPair(bench, { server: 'servers/telemetry', load }, layout);
    await using bare = await openPair(bench, { server: 'bare/telemetry', load }, layout);
    const figures = (frames: number) => ({ frames: bench.smoke ? devices * 4 : frames, window });
    const samples = await interleave(bench.rounds, {
      ours: () => measure(ours, 'run', figures(oursFrames)),
      bare: () => measure(bare, 'run', figures(bareFrames)),
    });
    const work = `${all} devices to ${each} reader${each === 1 ? '' : 's'} each`;
    rows.push(compareRates(samples, { scenario: 'end-to-end', work, budget: { atLeast } }));
  }
  return rows;
}

/** From a device's frame to the frames of its readers, beside stringify and `ws.send` for each. */
export const endToEnd: Scenario = { name: 'end-to-end', run };
