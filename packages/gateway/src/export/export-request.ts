import { chooseMediaType } from '@thingwright/binding-http';
import { type Authentication, ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { FastifyRequest } from 'fastify';

/** Who asks. Rejects with a ThingError `unauthenticated`. */
export async function authenticated(listener: Listener, { raw }: FastifyRequest): Promise<Authentication> {
  const authentication = await listener.authenticate(raw);
  if (authentication) return authentication;
  throw new ThingError('unauthenticated', 'Credentials are missing, unknown or wrong');
}

/** The parameters of a query by name. */
export type Parameters<Names extends readonly string[]> = { readonly [Name in Names[number]]?: string };

/** What else a query may hold: in which format the answer is wanted. */
const FORMAT = 'format';

/** Reads the query. @throws ThingError `invalid` for a parameter that is not known, or given twice. */
export function readParameters<const Names extends readonly string[]>(
  { url }: FastifyRequest,
  names: Names,
): Parameters<Names> {
  const given = new URL(url, 'http://localhost').searchParams;
  const parameters: Parameters<Names> = {};
  const known: readonly string[] = names;
  for (const name of new Set(given.keys())) {
    if (given.getAll(name).length > 1) throw new ThingError('invalid', `'${name}' is given more than once`);
    if (name === FORMAT) continue;
    if (!known.includes(name)) {
      throw new ThingError('invalid', `There is no parameter '${name}', only ${[...known, FORMAT].join(', ')}`);
    }
    Object.assign(parameters, { [name]: given.get(name) });
  }
  return parameters;
}

/**
 * The format to answer in, of those that are offered by name with their media types: `?format=` decides, else `Accept`.
 * @throws ThingError `invalid` for a format that there is not, `notAcceptable` for media types that there are not.
 */
export function formatOf<Name extends string>(request: FastifyRequest, offered: Readonly<Record<Name, string>>): Name {
  const names = Object.keys(offered).filter((name): name is Name => Object.hasOwn(offered, name));
  const asked = new URL(request.url, 'http://localhost').searchParams.get(FORMAT);
  if (asked !== null) {
    const known = names.find((name) => name === asked);
    if (known !== undefined) return known;
    throw new ThingError('invalid', `There is no format '${asked}', only ${names.join(', ')}`);
  }
  const types = names.map((name) => offered[name]);
  const type = chooseMediaType(request.headers.accept, types);
  const chosen = names.find((name) => offered[name] === type);
  if (chosen !== undefined) return chosen;
  throw new ThingError('notAcceptable', `This address has only ${types.join(', ')}`);
}
