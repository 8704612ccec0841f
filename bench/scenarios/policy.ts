import type { Bench, Scenario } from '../harness/bench.js';
import { figure } from '../harness/figures.js';
import type { Row } from '../harness/row.js';
import { median } from '../harness/statistics.js';

/** Who asks: with so many grants, for a Thing of theirs or of another organization. */
const CASES = [
  { work: 'allowed by the only grant', grants: 1, foreign: 0 },
  { work: 'allowed by the last of 5 grants', grants: 5, foreign: 0 },
  { work: 'refused after 5 grants', grants: 5, foreign: 1 },
  { work: 'allowed by the last of 50 grants', grants: 50, foreign: 0 },
] as const;

async function run(bench: Bench): Promise<readonly Row[]> {
  await using server = bench.start('servers/policy');
  const questions = bench.smoke ? 10_000 : 1_000_000;
  const rows: Row[] = [];
  for (const { work, grants, foreign } of CASES) {
    const each: number[] = [];
    for (let round = 0; round <= bench.rounds; round++) {
      const answer = await server.call('ask', { questions, grants, foreign });
      const expected = foreign === 1 ? 0 : questions;
      if (figure(answer, 'allowed') !== expected)
        throw new Error(`${work}: ${figure(answer, 'allowed')} of ${expected}`);
      if (round > 0) each.push(figure(answer, 'each'));
    }
    rows.push({
      scenario: 'policy',
      work,
      unit: 'microseconds a question, 1,000 users in turn',
      ours: median(each),
      result: median(each),
      resultUnit: 'µs',
      spread: [Math.min(...each), Math.max(...each)],
      budget: { atMost: 2 },
    });
  }
  return rows;
}

/** What it costs to ask whether somebody may do an operation. */
export const policy: Scenario = { name: 'policy', run };
