import type { Log } from '@thingwright/core';
import { pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { LogLevel } from './configuration.js';

/**
 * Opens the process's log: lines of JSON on standard error (standard output is for the ready line), with errors spelt out.
 * Headers and queries never reach it, so there is nothing to redact.
 */
export const openLog = (level: LogLevel): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err },
    },
    pino.destination({ dest: 2, sync: true }),
  );
