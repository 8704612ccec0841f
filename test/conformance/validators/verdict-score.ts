import type { List } from '../list.js';
import type { Score } from '../score.js';
import type { Verdict } from './playground.js';

/** Checks of the playground's core that point to what is unusual and not forbidden. */
const ADVICE: readonly string[] = ['enumConst', 'propItems'];

type Level = Score['level'];

/** What validators say as rows of the table: a row for each document and level; what is not said to be a SHOULD is a MUST. */
export function scoreVerdicts(verdicts: readonly Verdict[], lists: readonly List[]): readonly Score[] {
  const levels = new Map(lists.flatMap(({ rows }) => rows.map(({ id, level }) => [id, level])));
  /** Part of an assertion is what stands behind an underscore; it has the level of the whole. */
  const levelOf = (name: string): Level => {
    const level = levels.get(name) ?? levels.get(name.split('_')[0] ?? name) ?? 'MUST';
    return ADVICE.includes(name) || !level.startsWith('MUST') ? 'SHOULD' : 'MUST';
  };
  return verdicts.flatMap(({ validator, from, passed, failed }) =>
    (['MUST', 'SHOULD'] as const).flatMap((level) => {
      const isOfLevel = (name: string): boolean => levelOf(name) === level;
      const failedRows = failed.filter(isOfLevel);
      const good = passed.filter(isOfLevel).length;
      const of = good + failedRows.length;
      if (of === 0) return [];
      const counts = { covered: of, passed: good, of, failedRows, uncoveredRows: [], notOfferedRows: [] };
      return [{ list: validator, part: from, level, ...counts }];
    }),
  );
}
