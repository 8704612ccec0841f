import { isMet, type Row } from './row.js';

const number = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const UNITS = { x: 'x', ms: ' ms', µs: ' µs', MB: ' MB' } as const;

function cells(row: Row): readonly string[] {
  const { result, resultUnit, spread, wallRatio, budget } = row;
  const met = isMet(row);
  const unit = UNITS[resultUnit];
  return [
    row.scenario,
    row.work,
    number(row.ours),
    row.bare === undefined ? '' : number(row.bare),
    `${number(result)}${unit}`,
    spread ? `${number(spread[0])}–${number(spread[1])}` : '',
    wallRatio === undefined ? '' : `${number(wallRatio)}x`,
    budget === undefined ? '' : 'atLeast' in budget ? `≥ ${budget.atLeast}${unit}` : `≤ ${budget.atMost}${unit}`,
    met === undefined ? '' : met ? 'met' : 'short',
  ];
}

const HEAD = ['scenario', 'work', 'ours', 'bare', 'result', 'rounds', 'by the wall', 'budget', ''];

/** Writes rows as a Markdown table, and their notes below it. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const write = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const notes = rows.flatMap(({ scenario, work, unit, note }) => [
    `- ${scenario}, ${work}: ${unit}${note === undefined ? '' : `; ${note}`}`,
  ]);
  return [write(HEAD), rule, ...lines.slice(1).map(write), '', ...notes].join('\n');
}
