import { median } from './statistics.js';

/** One line of the table: what was measured, and what the budget of DESIGN, section 8, asks. */
export interface Row {
  readonly scenario: string;
  readonly work: string;
  /** What `ours` and `bare` count. */
  readonly unit: string;
  readonly ours: number;
  readonly bare?: number | undefined;
  /** What is held against the budget: a ratio, or a figure with its unit. */
  readonly result: number;
  readonly resultUnit: 'x' | 'ms' | 'µs' | 'MB';
  /** Lowest and highest result of a single round. */
  readonly spread?: readonly [lowest: number, highest: number] | undefined;
  /** The ratio by the clock on the wall, where the result is one of CPU time. */
  readonly wallRatio?: number | undefined;
  readonly budget?: Budget | undefined;
  readonly note?: string | undefined;
}

/** What a result has to be. */
export type Budget = { readonly atLeast: number } | { readonly atMost: number };

/** Whether a row keeps its budget; undefined where there is none. */
export function isMet({ result, budget }: Row): boolean | undefined {
  if (budget === undefined) return undefined;
  return 'atLeast' in budget ? result >= budget.atLeast : result <= budget.atMost;
}

/** What one round gave. */
export interface Sample {
  readonly messages: number;
  readonly seconds: number;
  /** Microseconds of CPU that the server used. */
  readonly cpu: number;
  /** Those of its main thread; 0 where nobody tells. */
  readonly main: number;
}

/** The rounds of both sides, in pairs. */
export interface Samples {
  readonly ours: readonly Sample[];
  readonly bare: readonly Sample[];
}

const perCpuSecond = ({ messages, cpu }: Sample): number => (messages / cpu) * 1e6;
const mainEach = ({ messages, main }: Sample): number => main / messages;
const othersEach = ({ messages, cpu, main }: Sample): number => (cpu - main) / messages;
const perSecond = ({ messages, seconds }: Sample): number => messages / seconds;

/** The clocks of a process and of its threads are not read at the same moment. */
const micros = (value: number): string => Math.max(0, value).toFixed(1);

/** What a message cost by thread, in microseconds; nothing where nobody tells. */
function byThread({ ours, bare }: Samples): string | undefined {
  if (ours.some(({ main }) => main === 0)) return undefined;
  const each = (side: readonly Sample[]): string =>
    `${micros(median(side.map(mainEach)))} µs on the main thread and ${micros(median(side.map(othersEach)))} on others`;
  return `a message took ${each(ours)}; bare ${each(bare)}`;
}

/** A row that compares messages per second of the server's CPU, and by the wall beside it. */
export function compareRates(samples: Samples, row: Pick<Row, 'scenario' | 'work' | 'budget' | 'note'>): Row {
  const rate = (of: (sample: Sample) => number, side: readonly Sample[]): number => median(side.map(of));
  const ours = rate(perCpuSecond, samples.ours);
  const bare = rate(perCpuSecond, samples.bare);
  const pairs = samples.ours.map((sample, i) => perCpuSecond(sample) / perCpuSecond(samples.bare[i] ?? sample));
  return {
    ...row,
    unit: 'messages per CPU second of the server',
    ours,
    bare,
    result: ours / bare,
    resultUnit: 'x',
    spread: [Math.min(...pairs), Math.max(...pairs)],
    note: [row.note, byThread(samples)].filter((note) => note !== undefined).join('; '),
    wallRatio: rate(perSecond, samples.ours) / rate(perSecond, samples.bare),
  };
}
