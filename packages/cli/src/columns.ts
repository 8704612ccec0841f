import { show, type Terminal } from './terminal.js';

/** Prints a list: for programs one JSON object a line, for a person those members in columns. */
export function printList(
  items: readonly Readonly<Record<string, unknown>>[],
  columns: readonly string[],
  { json, terminal }: { readonly json: boolean | undefined; readonly terminal: Terminal },
): void {
  if (json) {
    for (const item of items) terminal.print(JSON.stringify(item));
    return;
  }
  const rows = items.map((item) => columns.map((column) => (item[column] === undefined ? '-' : show(item[column]))));
  const widths = columns.map((_, i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of rows)
    terminal.print(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** Prints what was made: for programs one JSON object, for a person a member a line. */
export function printMembers(
  members: ReadonlyMap<string, string>,
  { json, terminal }: { readonly json: boolean | undefined; readonly terminal: Terminal },
): void {
  if (json) {
    terminal.print(JSON.stringify(Object.fromEntries(members)));
    return;
  }
  const width = Math.max(0, ...[...members.keys()].map((name) => name.length));
  for (const [name, value] of members) terminal.print(`${name.padEnd(width)} ${value}`);
}
