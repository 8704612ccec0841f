import { clearScreenDown, moveCursor } from 'node:readline';
import type { Writable } from 'node:stream';
import { harmless, show } from './terminal.js';

/** Rows that change in place. */
export interface LiveTable {
  /** Shows these rows in place of those before. */
  show(rows: readonly Readonly<Record<string, unknown>>[]): void;
}

/** The size of a terminal that does not say how large it is. */
const WIDTH = 80;
const HEIGHT = 24;
/** Characters of a cell, but in the last column: strangers choose what they are called, and shall push nothing off the screen. */
const LONGEST = 32;

/**
 * A table on a terminal that a person looks at; what does not fit into a line, or onto the screen, is cut off, or the rows before would not be
 * found again.
 */
export function liveTable(
  stream: Writable & { readonly columns?: number; readonly rows?: number },
  columns: Readonly<Record<string, string>>,
): LiveTable {
  let height = 0;
  return {
    show(rows) {
      // Below the table stands the cursor.
      const room = Math.max((stream.rows ?? HEIGHT) - 2, 1);
      const shown = rows.length > room ? rows.slice(0, room - 1) : rows;
      const last = Object.keys(columns).length - 1;
      const cells = [columns, ...shown].map((row) =>
        Object.keys(columns).map((column, i) => {
          const text = row[column] === undefined ? '-' : oneLine(show(row[column]));
          return i < last && text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
        }),
      );
      const widths = Object.keys(columns).map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
      const lines = cells.map((row) =>
        row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd(),
      );
      if (shown.length < rows.length) lines.push(`and ${rows.length - shown.length} more`);
      if (height > 0) moveCursor(stream, 0, -height);
      clearScreenDown(stream);
      const most = (stream.columns ?? WIDTH) - 1;
      stream.write(lines.map((line) => `${line.slice(0, most)}\n`).join(''));
      height = lines.length;
    },
  };
}

const oneLine = (text: string): string => harmless(text).replaceAll(/[\t\n]/g, ' ');
