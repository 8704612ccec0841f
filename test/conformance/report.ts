import type { List } from './list.js';
import type { Score } from './score.js';

/** The table for a terminal: one line for each group of rows. */
export function toTable(scores: readonly Score[]): string {
  const head = ['list', 'part', 'level', 'covered', 'passed', 'of'];
  const body = scores.map(({ list, part, level, covered, passed, of }) => [list, part, level, covered, passed, of]);
  const cells = [head, ...body].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

const FIRST_NUMBER = 3;

const pad = (cell: string, width: number, column: number): string =>
  column < FIRST_NUMBER ? cell.padEnd(width) : cell.padStart(width);

/** Names the rows that failed or that no test covers, past shortfalls and, unless `short`, the rows not counted. */
export function toDetails(scores: readonly Score[], lists: readonly List[], short: boolean): string {
  const shortfalls = new Map(lists.flatMap(({ rows }) => rows.map(({ id, shortfall }) => [id, shortfall])));
  const reasonOf = (id: string): string => (shortfalls.get(id) === undefined ? '' : `: ${shortfalls.get(id)}`);
  const lines = [
    ...scores.flatMap(({ list, part, level, failedRows, uncoveredRows }) => [
      ...failedRows.map((id) => `failed: ${id} (${list}, ${part}, ${level})${reasonOf(id)}`),
      ...uncoveredRows.map((id) => `not covered: ${id} (${list}, ${part}, ${level})`),
    ]),
    ...pastShortfalls(scores, lists).map((id) => `met after all: ${id}; its shortfall can be taken out of the list`),
  ];
  if (short) return lines.join('\n');
  const reasons = new Map<string, string[]>();
  for (const { id, notOffered } of lists.flatMap(({ rows }) => rows)) {
    if (notOffered !== undefined) reasons.set(notOffered, [...(reasons.get(notOffered) ?? []), id]);
  }
  return [...lines, ...Array.from(reasons, ([reason, ids]) => `not counted: ${ids.join(', ')}: ${reason}`)].join('\n');
}

/** Rows that are said to fall short, and passed. */
export function pastShortfalls(scores: readonly Score[], lists: readonly List[]): readonly string[] {
  const unmet = new Set(scores.flatMap(({ failedRows, uncoveredRows }) => [...failedRows, ...uncoveredRows]));
  const said = lists.flatMap(({ rows }) => rows).filter(({ shortfall }) => shortfall !== undefined);
  return said.map(({ id }) => id).filter((id) => !unmet.has(id));
}

/** Where we read a rule of the draft more freely than its words. */
const STRETCHED = [
  'Three readings stretch the words of the Web Thing Protocol: an error that answers an unreadable frame has no `operation`;',
  'a change has one `messageID` for all connections, and the same in a replay; `observeallproperties` leaves out properties',
  'that cannot be observed.',
];

/** The table for the README: one line for each part of a list. */
export function toMarkdown(scores: readonly Score[], lists: readonly List[]): string {
  const lines = [
    '| standard | part | MUST: passed / covered / of | SHOULD: passed / covered / of |',
    '|---|---|---|---|',
  ];
  for (const { name, title } of lists) {
    const ofList = scores.filter(({ list }) => list === name);
    for (const part of new Set(ofList.map((score) => score.part))) {
      const [must, should] = (['MUST', 'SHOULD'] as const).map((level) => {
        const score = ofList.find((candidate) => candidate.part === part && candidate.level === level);
        return score && score.of > 0 ? `${score.passed} / ${score.covered} / ${score.of}` : '';
      });
      lines.push(`| ${title} | ${part} | ${must} | ${should} |`);
    }
  }
  const left = scores.reduce((sum, { notOfferedRows }) => sum + notOfferedRows.length, 0);
  const unmet = lists
    .flatMap(({ rows }) => rows)
    .flatMap(({ id, shortfall }) => (shortfall === undefined ? [] : ['', `Not met: \`${id}\`. ${shortfall}`]));
  return [
    ...lines,
    ...unmet,
    '',
    `${left} rows whose feature is not offered are not counted; \`npm run conformance\` names them with the reason.`,
    '',
    ...STRETCHED,
  ].join('\n');
}

const BLOCK = /(<!-- score -->\n)[\s\S]*?(<!-- \/score -->)/;

/** Puts a text between the marks of a README. @throws TypeError if there are none. */
export function withScore(readme: string, markdown: string): string {
  if (!BLOCK.test(readme)) throw new TypeError('The README has no marks <!-- score --> and <!-- /score -->');
  return readme.replace(BLOCK, (_, begin: string, end: string) => `${begin}\n${markdown}\n\n${end}`);
}
