import type { Betrayal } from './planted-secrets.js';
import { median, type ScenarioReport, type SkippedScenario, START_LIMIT } from './scenario.js';
import { PROMISES } from './tally.js';

/** All that the run found out. */
export interface FaultsReport {
  readonly date: string;
  readonly form: 'short' | 'long';
  readonly seed: number;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly scenarios: readonly (ScenarioReport | SkippedScenario)[];
  readonly secrets: {
    /** How many were planted, by kind. */
    readonly planted: Readonly<Record<string, number>>;
    /** Lines of log that were searched. */
    readonly lines: number;
    readonly betrayals: readonly Betrayal[];
  };
}

/** What must not be, in a line each. */
export function violationsOf({ scenarios, secrets }: FaultsReport): readonly string[] {
  return [
    ...scenarios.flatMap((one) =>
      'skipped' in one ? [] : one.violations.map((violation) => `${one.scenario}: ${violation}`),
    ),
    ...secrets.betrayals.map(({ secret, file, line }) => `${file}, line ${line}: a ${secret}`),
  ];
}

const HEAD = ['scenario', 'runs', '', 'acknowledged', 'found', 'lost'];
const READERS = ['scenario', 'readers', 'notifications', 'twice', 'lost', 'gaps told', 'missed, told'];
const STARTS = ['scenario', 'starts', 'median', 'longest', 'over 3 s', 'processor, median', 'processor, longest'];
/** Violations that are printed; the rest is in the JSON. */
const PRINTED = 40;

/** Writes the report as Markdown. */
export function formatReport(report: FaultsReport): string {
  const { form, seed, machine, scenarios, secrets, date } = report;
  const run = scenarios.filter((one): one is ScenarioReport => !('skipped' in one));
  const skipped = scenarios.filter((one): one is SkippedScenario => 'skipped' in one);
  const violations = violationsOf(report);
  const readers = run.filter((one) => one.readers.readers > 0);
  const planted = Object.entries(secrets.planted).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${date}, ${form} form, seed ${seed}; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`,
    '',
    table(HEAD, run.flatMap(promiseRows)),
    '',
    ...(readers.length > 0 ? [table(READERS, readers.map(readerRow)), ''] : []),
    table(STARTS, run.filter(({ starts }) => starts.length > 0).map(startRow)),
    '',
    ...run.flatMap(({ scenario, figures }) => figures.map((figure) => `- ${scenario}: ${figure}`)),
    `- Secrets: ${secrets.betrayals.length} found in ${number(secrets.lines)} lines of log; planted: ${planted.join(', ')}`,
    ...skipped.map((one) => `SKIPPED ${one.scenario}: ${one.skipped}`),
    '',
    ...(violations.length === 0 ? ['No violation.'] : violations.slice(0, PRINTED).map((one) => `VIOLATION ${one}`)),
    ...(violations.length > PRINTED ? [`and ${violations.length - PRINTED} more`] : []),
  ].join('\n');
}

const number = (value: number): string => Math.round(value).toLocaleString('en');
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

function promiseRows({ scenario, runs, counts }: ScenarioReport): readonly (readonly string[])[] {
  return PROMISES.flatMap((kind) => {
    const count = counts[kind];
    if (!count || count.acknowledged === 0) return [];
    return [[scenario, number(runs), kind, number(count.acknowledged), number(count.found), number(count.lost)]];
  });
}

function readerRow({ scenario, readers }: ScenarioReport): readonly string[] {
  const { readers: many, notifications, duplicates, lost, gaps, missed } = readers;
  return [scenario, ...[many, notifications, duplicates, lost, gaps, missed].map(number)];
}

function startRow({ scenario, starts }: ScenarioReport): readonly string[] {
  const [walls, cpus] = [starts.map(({ wall }) => wall), starts.map(({ cpu }) => cpu)];
  const [byClock, ofProcessor] = [walls, cpus].map((times) => [median(times), Math.max(...times)].map(seconds));
  const late = walls.filter((wall) => wall > START_LIMIT).length;
  return [scenario, number(starts.length), ...(byClock ?? []), number(late), ...(ofProcessor ?? [])];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const write = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [write(head), rule, ...rows.map(write)].join('\n');
}
