import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { Check } from '../check.js';
import type { Fault } from '../thing-error.js';

const compiled = new WeakMap<TSchema, Check>();

/** Compiles a schema to a checking function, once for each schema object. Values of huge size cost time linear to it. */
export function compileCheck(schema: TSchema): Check {
  const known = compiled.get(schema);
  if (known) return known;
  const validator = Compile(schema);
  const check: Check = {
    fits: (value) => validator.Check(value),
    faults: (value) => faultsOf(validator, value),
  };
  compiled.set(schema, check);
  return check;
}

function faultsOf(validator: Validator, value: unknown): Fault[] {
  return validator.Errors(value).map((error) => ({ path: error.instancePath, message: error.message }));
}
