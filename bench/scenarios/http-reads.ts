import { type Bench, interleave, measure, type Scenario } from '../harness/bench.js';
import { openPair } from '../harness/open-pair.js';
import { compareRates, type Row } from '../harness/row.js';

async function run(bench: Bench): Promise<readonly Row[]> {
  const load = 'load/http';
  await using ours = await openPair(bench, { server: 'servers/http', load }, {});
  await using bare = await openPair(bench, { server: 'bare/http', load }, {});
  const rows: Row[] = [];
  for (const { command, work, note } of [
    { command: 'property', work: 'a property', note: 'bare is Fastify with the same value' },
    { command: 'description', work: 'a Thing Description', note: 'bare is Fastify sending the same bytes, prepared' },
  ]) {
    const figures = { messages: bench.smoke ? 500 : 20_000 };
    const samples = await interleave(bench.rounds, {
      ours: () => measure(ours, command, figures),
      bare: () => measure(bare, command, figures),
    });
    rows.push(compareRates(samples, { scenario: 'http', work, budget: { atLeast: 0.75 }, note }));
  }
  return rows;
}

/** GET of a property and of a TD over HTTP, beside Fastify alone. */
export const httpReads: Scenario = { name: 'http', run };
