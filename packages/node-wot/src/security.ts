import type { SecurityScheme } from '@node-wot/core';
import type { ClientCredentials } from '@thingwright/client';

/** How a client proves who it is, out of what a TD asks for and what the Servient has; undefined where that cannot be met. */
export const credentialsFor = (
  metadata: readonly SecurityScheme[],
  credentials: unknown,
): ClientCredentials | undefined => meetAll(metadata, parseKept(credentials));

/** What node-wot's credential store holds for the Things that we know how to reach. */
interface Kept {
  readonly token?: string;
  readonly basic?: { readonly user: string; readonly password: string };
}

const NOTHING: ClientCredentials = {};

/** The store gives one entry, or a list of them: the first of each kind is taken. */
function parseKept(credentials: unknown): Kept {
  let kept: Kept = {};
  for (const entry of [credentials].flat()) {
    if (typeof entry !== 'object' || entry === null) continue;
    if ('token' in entry && typeof entry.token === 'string') kept = { token: entry.token, ...kept };
    if ('username' in entry && typeof entry.username === 'string' && 'password' in entry) {
      kept = { basic: { user: entry.username, password: String(entry.password) }, ...kept };
    }
  }
  return kept;
}

function meet(scheme: SecurityScheme, kept: Kept): ClientCredentials | undefined {
  const { token, basic } = kept;
  switch (scheme.scheme) {
    case 'nosec':
      return NOTHING;
    case 'bearer':
      // A lasting token has no place in a URL; the ticket that such a scheme asks for is not ours to give.
      if (scheme.in !== undefined && scheme.in !== 'header') return undefined;
      return token === undefined ? undefined : { token };
    case 'basic':
      // A service may show its token as a password.
      return basic ? { basic } : token === undefined ? undefined : { basic: { user: 'token', password: token } };
    case 'auto':
      return token === undefined ? basic && { basic } : { token };
    case 'combo':
      return meetCombination(scheme, kept);
    default:
      return undefined;
  }
}

function meetCombination({ oneOf, allOf }: SecurityScheme, kept: Kept): ClientCredentials | undefined {
  if (Array.isArray(oneOf)) return oneOf.filter(isScheme).flatMap((scheme) => meet(scheme, kept) ?? [])[0];
  return Array.isArray(allOf) ? meetAll(allOf.filter(isScheme), kept) : undefined;
}

/** All of them hold at once: one carries the credentials, the others have to ask for none. */
function meetAll(schemes: readonly SecurityScheme[], kept: Kept): ClientCredentials | undefined {
  const met = schemes.map((scheme) => meet(scheme, kept)).filter((one) => one !== NOTHING);
  return met.length > 1 ? undefined : met.length === 0 ? NOTHING : met[0];
}

const isScheme = (value: unknown): value is SecurityScheme =>
  typeof value === 'object' && value !== null && 'scheme' in value && typeof value.scheme === 'string';
