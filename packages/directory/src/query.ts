import { ThingError } from '@thingwright/core';

/** The parameters of a query by name. */
export type Parameters<Names extends readonly string[]> = { readonly [Name in Names[number]]?: string };

/** Reads the query of a URL. @throws ThingError `invalid` for a parameter that is not known, or given twice. */
export function readQuery<const Names extends readonly string[]>(url: string, names: Names): Parameters<Names> {
  const given = new URLSearchParams(url.split('?').slice(1).join('?'));
  const parameters: Parameters<Names> = {};
  const known: readonly string[] = names;
  for (const name of new Set(given.keys())) {
    if (!known.includes(name))
      throw new ThingError('invalid', `There is no parameter '${name}', only ${known.join(', ')}`);
    if (given.getAll(name).length > 1) throw new ThingError('invalid', `'${name}' is given more than once`);
    Object.assign(parameters, { [name]: given.get(name) });
  }
  return parameters;
}
