import type { List, Row } from './list.js';

/** How one test ended. */
export interface TestResult {
  readonly title: string;
  readonly passed: boolean;
}

/** What came of one group of rows. Every row not offered is left out of `of`. */
export interface Score {
  readonly list: string;
  readonly part: string;
  readonly level: 'MUST' | 'SHOULD';
  readonly covered: number;
  readonly passed: number;
  readonly of: number;
  readonly failedRows: readonly string[];
  readonly uncoveredRows: readonly string[];
  readonly notOfferedRows: readonly string[];
}

type Outcome = 'passed' | 'failed' | 'uncovered';

/** The assertion ids that a test's name begins with: `WTP-027, WTP-M020: what it shows`. */
export function idsOf(title: string): readonly string[] {
  const colon = title.indexOf(': ');
  return colon < 0 ? [] : title.slice(0, colon).split(', ');
}

/**
 * Joins tests and lists: a row is covered by every test whose name has its id, and passed if all of them passed.
 * @throws TypeError for a test that begins with an id that no list has.
 */
export function scoreOf(lists: readonly List[], results: readonly TestResult[]): readonly Score[] {
  const outcomes = outcomesOf(lists, results);
  return lists.flatMap((list) => {
    const parts = [...new Set(list.rows.filter((row) => row.level !== 'NOTE').map((row) => row.part))];
    return parts.flatMap((part) =>
      (['MUST', 'SHOULD'] as const).flatMap((level) => {
        const rows = list.rows.filter((row) => row.part === part && levelOf(row) === level);
        return rows.length === 0 ? [] : [{ list: list.name, part, level, ...count(rows, outcomes) }];
      }),
    );
  });
}

const levelOf = ({ level }: Row): 'MUST' | 'SHOULD' | 'NOTE' => {
  if (level === 'NOTE') return 'NOTE';
  return level === 'MUST' || level === 'MUST NOT' ? 'MUST' : 'SHOULD';
};

function outcomesOf(lists: readonly List[], results: readonly TestResult[]): ReadonlyMap<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const { rows } of lists) for (const { id } of rows) outcomes.set(id, 'uncovered');
  for (const { title, passed } of results) {
    for (const id of idsOf(title)) {
      if (!outcomes.has(id)) throw new TypeError(`'${title}' begins with '${id}', which is in no list`);
      outcomes.set(id, passed && outcomes.get(id) !== 'failed' ? 'passed' : 'failed');
    }
  }
  const parts = new Map<string, readonly Outcome[]>();
  for (const { name, rows } of lists) {
    for (const { part } of rows) {
      const deciding = rows.filter((row) => row.part === part && levelOf(row) === 'MUST' && isTested(row));
      parts.set(
        `${name}/${part}`,
        deciding.map(({ id }) => outcomes.get(id) ?? 'uncovered'),
      );
    }
  }
  for (const { id, follows } of lists.flatMap(({ rows }) => rows)) {
    if (follows) outcomes.set(id, conclusionOf(follows.flatMap((part) => parts.get(part) ?? ['uncovered'])));
  }
  return outcomes;
}

const isTested = ({ notOffered, follows }: Row): boolean => notOffered === undefined && follows === undefined;

function conclusionOf(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('failed')) return 'failed';
  return outcomes.includes('uncovered') ? 'uncovered' : 'passed';
}

type Count = Omit<Score, 'list' | 'part' | 'level'>;

function count(rows: readonly Row[], outcomes: ReadonlyMap<string, Outcome>): Count {
  const offered = rows.filter(({ notOffered }) => notOffered === undefined);
  const idsThat = (outcome: Outcome): readonly string[] =>
    offered.filter(({ id }) => outcomes.get(id) === outcome).map(({ id }) => id);
  const failedRows = idsThat('failed');
  const uncoveredRows = idsThat('uncovered');
  return {
    covered: offered.length - uncoveredRows.length,
    passed: offered.length - uncoveredRows.length - failedRows.length,
    of: offered.length,
    failedRows,
    uncoveredRows,
    notOfferedRows: rows.filter(({ notOffered }) => notOffered !== undefined).map(({ id }) => id),
  };
}
