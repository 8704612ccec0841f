import type { StartTime } from './gateway-process.js';
import type { PlantedSecrets } from './planted-secrets.js';
import type { Count, PromiseKind, Tally } from './tally.js';

/** What all scenarios are run with. */
export interface ScenarioOptions {
  readonly short: boolean;
  readonly seed: number;
  /** Kills of each engine; undefined: as many as the form of the run has. */
  readonly kills: number | undefined;
  /** A folder of its own, for data and logs; those that end with `.log` are searched for secrets. */
  readonly folder: string;
  readonly secrets: PlantedSecrets;
  /** Says how far it is. */
  readonly tell: (text: string) => void;
}

/** What readers got, all together. */
export interface ReaderCounts {
  readers: number;
  notifications: number;
  gaps: number;
  missed: number;
  duplicates: number;
  lost: number;
}

/** What came of a scenario. */
export interface ScenarioReport {
  readonly scenario: string;
  /** Kills, interruptions or returns. */
  readonly runs: number;
  readonly counts: Readonly<Partial<Record<PromiseKind, Count>>>;
  readonly readers: ReaderCounts;
  readonly starts: readonly StartTime[];
  /** Further figures, in words. */
  readonly figures: readonly string[];
  readonly violations: readonly string[];
}

/** Why a scenario was not run. */
export interface SkippedScenario {
  readonly scenario: string;
  readonly skipped: string;
}

/** Runs a scenario; it throws only if something is wrong with the run itself. */
export type Scenario = (options: ScenarioOptions) => Promise<readonly (ScenarioReport | SkippedScenario)[]>;

/** Milliseconds of a processor that a start may take. */
export const START_LIMIT = 3000;

/** Puts a report together. */
export function reportOf(
  {
    scenario,
    runs,
    figures = [],
  }: { readonly scenario: string; readonly runs: number; readonly figures?: readonly string[] },
  {
    tally,
    readers,
    starts,
  }: { readonly tally: Tally; readonly readers: ReaderCounts; readonly starts: readonly StartTime[] },
): ScenarioReport {
  // By the clock a start takes as long as other work on the machine makes it; the processor's time is its own.
  for (const { cpu } of starts.filter((start) => start.cpu > START_LIMIT)) {
    tally.violate(`a start took ${Math.round(cpu)} ms of a processor`);
  }
  const { counts, violations } = tally;
  return { scenario, runs, counts, readers, starts, figures, violations };
}

/** The middle one of some numbers; 0 if there are none. */
export function median(numbers: readonly number[]): number {
  return Float64Array.from(numbers).sort()[numbers.length >> 1] ?? 0;
}
