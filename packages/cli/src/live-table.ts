import { clearScreenDown, moveCursor } from 'node:readline';
import type { Writable } from 'node:stream';
import { harmless, show } from './terminal.js';

/** Rows that change in place. */
export interface LiveTable {
  /** Shows these rows in place of those before. */
  show(rows: readonly Readonly<Record<string, unknown>>[]): void;
}

/** The width of a terminal that does not say how wide it is. */
const WIDTH = 80;

/** A table on a terminal that a person looks at; what does not fit into a line is cut off, or the rows before would not be found again. */
export function liveTable(
  stream: Writable & { readonly columns?: number },
  columns: Readonly<Record<string, string>>,
): LiveTable {
  let height = 0;
  return {
    show(rows) {
      const cells = [columns, ...rows].map((row) =>
        Object.keys(columns).map((column) => (row[column] === undefined ? '-' : oneLine(show(row[column])))),
      );
      const widths = Object.keys(columns).map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
      const lines = cells.map((row) =>
        row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd(),
      );
      if (height > 0) moveCursor(stream, 0, -height);
      clearScreenDown(stream);
      const most = (stream.columns ?? WIDTH) - 1;
      stream.write(lines.map((line) => `${line.slice(0, most)}\n`).join(''));
      height = lines.length;
    },
  };
}

const oneLine = (text: string): string => harmless(text).replaceAll(/[\t\n]/g, ' ');
