import { type Figures, figure } from './figures.js';
import type { Program } from './program.js';
import type { Row, Sample, Samples } from './row.js';

/** What a scenario is run with. */
export interface Bench {
  /** Pairs of rounds. */
  readonly rounds: number;
  /** So few messages that only their correctness is worth looking at. */
  readonly smoke: boolean;
  /** Starts a program by its name, `bare/fan-out`: servers on the first core, load generators on the second. */
  start(name: string): Program;
}

/** Something that is measured. */
export interface Scenario {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<readonly Row[]>;
}

/** A server with its load generator. */
export interface Pair {
  readonly server: Program;
  readonly load: Program;
}

/** Has the load generator do its work and sees what that cost the server. */
export async function measure({ server, load }: Pair, command: string, figures: Figures): Promise<Sample> {
  const before = await server.call('usage');
  const done = await load.call(command, figures);
  const after = await server.call('usage');
  return {
    messages: figure(done, 'messages'),
    seconds: figure(done, 'seconds'),
    cpu: figure(after, 'cpu') - figure(before, 'cpu'),
    main: figure(after, 'main') - figure(before, 'main'),
  };
}

/** Runs rounds by turns, ours and bare; what the first of each gives is thrown away. */
export async function interleave(
  rounds: number,
  sides: { readonly ours: () => Promise<Sample>; readonly bare: () => Promise<Sample> },
): Promise<Samples> {
  const ours: Sample[] = [];
  const bare: Sample[] = [];
  for (let round = 0; round <= rounds; round++) {
    const one = await sides.ours();
    const other = await sides.bare();
    if (round === 0) continue;
    ours.push(one);
    bare.push(other);
  }
  return { ours, bare };
}
