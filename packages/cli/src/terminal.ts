import { type Interruption, processInterruption } from './interruption.js';

/** The settings of the surroundings that count: `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command has around it. */
export interface Terminal {
  readonly environment: Environment;
  /** Writes a line of output. */
  print(line: string): void;
  /** Writes a line for the person: refusals, hints, progress. */
  tell(line: string): void;
  /** Whether a person is looking at what is told. */
  readonly isInteractive: boolean;
  /** Whether a person is there to type secrets. */
  readonly asksSecrets: boolean;
  /** Reads a secret: one that is typed, without an echo, or a line of the input. Rejects with a ThingError. */
  readSecret(prompt: string): Promise<string>;
  /** Begins to listen for ^C and its like. */
  interruption(): Interruption;
}

/** The terminal of this process. Ends it quietly when the reader of its output goes (`… | head -1`). */
export function processTerminal(): Terminal {
  process.stdout.on('error', (error: Error & { readonly code?: string }) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  let readSecret: ((prompt: string) => Promise<string>) | undefined;
  return {
    environment: process.env,
    print: (line) => void process.stdout.write(`${harmless(line)}\n`),
    tell: (line) => void process.stderr.write(`${harmless(line)}\n`),
    isInteractive: process.stderr.isTTY === true,
    asksSecrets: process.stdin.isTTY === true,
    readSecret: async (prompt) => {
      const { createSecretReader } = await import('./secret-input.js');
      readSecret ??= createSecretReader({ input: process.stdin, output: process.stderr });
      return readSecret(prompt);
    },
    interruption: processInterruption,
  };
}

/**
 * A text without what steers a terminal: values, titles and reasons come from devices and from other hosts. Control characters
 * but for tabs and line ends, and what turns round the text beside it, are written as JSON escapes, which leaves JSON what it is.
 */
export const harmless = (text: string): string =>
  text.replaceAll(
    /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A value as a person reads it: texts bare, everything else as JSON. */
export const show = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
