/** Where a command writes to. */
export interface Terminal {
  /** Writes a line of output. */
  print(line: string): void;
  /** Writes a line for the person: refusals, hints, progress. */
  tell(line: string): void;
  /** Whether a person is looking at what is told. */
  readonly isInteractive: boolean;
}

/** The terminal of this process. Ends it quietly when the reader of its output goes (`… | head -1`). */
export function processTerminal(): Terminal {
  process.stdout.on('error', (error: Error & { readonly code?: string }) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    tell: (line) => void process.stderr.write(`${line}\n`),
    isInteractive: process.stderr.isTTY === true,
  };
}

/** A value as a person reads it: texts bare, everything else as JSON. */
export const show = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
