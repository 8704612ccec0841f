import type { UriVariables } from './operation.js';
import type { VariableChecks } from './prepared-model.js';
import { ThingError } from './thing-error.js';

/** What an operation without URI variables has. */
export const NO_VARIABLES: UriVariables = Object.freeze({});

/**
 * Checks the URI variables that were given; each of them may be missing. `who` names affordance and Thing.
 * @throws ThingError `invalid` with the faults of the first that does not fit.
 */
export function checkVariables(variables: UriVariables, checks: VariableChecks, who: string): void {
  for (const [name, check] of checks) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined || check.fits(value)) continue;
    const faults = check.faults(value);
    const why = faults[0]?.message ?? 'does not fit its schema';
    throw new ThingError('invalid', `${who} cannot take ${JSON.stringify(value)} as URI variable '${name}': ${why}`, {
      faults,
    });
  }
}
