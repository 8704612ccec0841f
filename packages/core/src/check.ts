import type { TSchema } from 'typebox';
import type { Fault } from './thing-error.js';

/** A schema made ready for checking values. */
export interface Check {
  /** Tells whether a value fits; the quick one, for every message. */
  fits(value: unknown): boolean;
  /** Names every fault of a value; asked only after `fits` said no. */
  faults(value: unknown): readonly Fault[];
}

/** Makes a schema ready. Servers inject the compiling one of `@thingwright/core/checks`. */
export type CompileCheck = (schema: TSchema) => Check;
