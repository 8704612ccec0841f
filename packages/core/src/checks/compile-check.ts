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

/** A member that must not be there is said by the library to be of a schema that is false. */
const messageOf = ({ keyword, message }: { readonly keyword: string; readonly message: string }): string =>
  keyword === 'boolean' ? 'is not known' : message;

function faultsOf(validator: Validator, value: unknown): Fault[] {
  return validator.Errors(value).map((error) => ({ path: error.instancePath, message: messageOf(error) }));
}
