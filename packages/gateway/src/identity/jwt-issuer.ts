import { type Now, ThingError } from '@thingwright/core';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** The OpenID Connect provider whose JSON Web Tokens let people in. */
export interface JwtOptions {
  /** Its issuer identifier, as in `iss`: an https URL, or http on this machine. */
  readonly issuer: string;
  /** What has to be in `aud`. */
  readonly audience: string;
  /** Where its keys are; default: what its discovery document says. */
  readonly jwksUri?: string;
  /** The claim that holds grants; default: none does. */
  readonly grantsClaim?: string;
}

/** Verifies tokens of one issuer. */
export interface JwtIssuer {
  /** `host` or `host:port` of the issuer; begins the names of its users. */
  readonly host: string;
  /**
   * The claims of a token that is right now; `expired` for one that was; undefined for everything else. Rejects with a ThingError
   * `unavailable` while the keys of the issuer cannot be had.
   */
  verify(token: string): Promise<JWTPayload | 'expired' | undefined>;
}

/** Milliseconds: of waiting for an answer, and of keeping keys. */
const PATIENCE = 5000;
const KEEP_KEYS = 600_000;

/** Seconds by which clocks may differ. */
export const CLOCK_SKEW = 10;

/** A secret that we share with the issuer would let us make its tokens; `none` would let everybody (RFC 8725, sections 2.1 and 3.2). */
const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
];

/** What jose throws for a token, whoever sent it; all else is a fault of the issuer or of the way to it. */
const REFUSALS: readonly (new (...given: never[]) => Error)[] = [
  errors.JWTInvalid,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
];

/**
 * Makes the verifier; asks the issuer for nothing until a token comes that names it. `cooldown` (milliseconds, default 10 s) lies between
 * two questions about a key that was not there, and after an answer that did not come.
 * @throws ThingError `invalid` for an issuer or an address of keys that are no URL to trust.
 */
export function createJwtIssuer(
  options: JwtOptions,
  { now = Date.now, cooldown = 10_000 }: { readonly now?: Now; readonly cooldown?: number } = {},
): JwtIssuer {
  const { issuer, audience, jwksUri } = options;
  const { host } = trustedUrl(issuer, 'The issuer');
  if (jwksUri !== undefined) trustedUrl(jwksUri, 'The address of its keys');
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let failure: { readonly error: unknown; readonly until: number } | undefined;

  const openKeys = async (): Promise<JWTVerifyGetKey> =>
    createRemoteJWKSet(trustedUrl(jwksUri ?? (await discover(issuer)), 'The address of its keys'), {
      timeoutDuration: PATIENCE,
      cooldownDuration: cooldown,
      cacheMaxAge: KEEP_KEYS,
    });

  const keysOf = (): Promise<JWTVerifyGetKey> => {
    if (failure && failure.until > now()) throw failure.error;
    keys ??= openKeys();
    return keys;
  };

  const fail = (error: unknown): never => {
    keys = undefined;
    failure = { error, until: now() + cooldown };
    throw error;
  };

  return {
    host,
    async verify(token) {
      if (!names(token, issuer)) return undefined;
      try {
        const getKey = await keysOf().catch(fail);
        const { payload } = await jwtVerify(token, getKey, {
          issuer,
          audience,
          algorithms: ALGORITHMS,
          clockTolerance: CLOCK_SKEW,
          currentDate: new Date(now()),
          requiredClaims: ['sub', 'exp'],
        });
        return payload;
      } catch (error) {
        if (error instanceof errors.JWTExpired) return 'expired';
        if (REFUSALS.some((refusal) => error instanceof refusal)) return undefined;
        throw new ThingError('unavailable', 'The issuer of these tokens does not tell its keys', { cause: error });
      }
    },
  };
}

/** Whether a text is a JSON Web Token that says it is of that issuer; only then is the issuer asked. */
export function names(token: string, issuer: string): boolean {
  const [, payload = '', signature, ...more] = token.split('.');
  if (signature === undefined || more.length > 0) return false;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null && 'iss' in claims && claims.iss === issuer;
  } catch {
    return false;
  }
}

/** Asks where the keys are (OpenID Connect Discovery 1.0, section 4). */
async function discover(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const found: unknown = await response.json();
  if (typeof found !== 'object' || found === null || !('issuer' in found) || found.issuer !== issuer) {
    throw new Error(`${url} is not of ${issuer}`);
  }
  if (!('jwks_uri' in found) || typeof found.jwks_uri !== 'string') throw new Error(`${url} names no jwks_uri`);
  return found.jwks_uri;
}

/** A URL that nobody on the way can change what comes from. */
function trustedUrl(url: string, what: string): URL {
  if (!isTrustedUrl(url)) throw new ThingError('invalid', `${what} is an https URL, or http on this machine: ${url}`);
  return new URL(url);
}

/** Tells whether a text is an https URL, or an http one of this machine. */
export function isTrustedUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname));
}
