import type { Log } from '@thingwright/core';
import type { Terminal } from './terminal.js';

const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error'];

/** A log of lines of JSON on standard error, for commands that do without the gateway's. `level` is what it begins with. */
export function terminalLog(terminal: Terminal, level = 'info'): Log {
  const least = level === 'silent' || level === 'fatal' ? LEVELS.length : Math.max(0, LEVELS.indexOf(level));
  const writer =
    (name: string) =>
    (details: object, message?: string): void => {
      if (LEVELS.indexOf(name) < least) return;
      const time = new Date().toISOString();
      terminal.tell(JSON.stringify({ level: name, time, ...details, ...(message ? { msg: message } : {}) }, plain));
    };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}

const plain = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : value);
