import { ThingError } from '@thingwright/core';
import { type Given, text } from '../setting.js';
import { isTrustedUrl, type JwtOptions } from './jwt-issuer.js';

/** What is said of an outside issuer. */
export interface JwtGiven {
  readonly issuer: Given | undefined;
  readonly audience: Given | undefined;
  readonly jwksUri: Given | undefined;
  readonly grantsClaim: Given | undefined;
}

const url = text(isTrustedUrl, 'an https URL, or http on this machine');
const word = text((value) => value !== '', 'a text');

/** Puts together what is said of an outside issuer. @throws ThingError `invalid` if it cannot be trusted, or half of it is missing. */
export function readJwtSetting({ issuer, audience, jwksUri, grantsClaim }: JwtGiven): JwtOptions | undefined {
  if (!issuer) {
    const rest = audience ?? jwksUri ?? grantsClaim;
    if (rest) throw new ThingError('invalid', `${rest.source}: counts with an issuer only: --jwt-issuer`);
    return undefined;
  }
  // Without an audience, a token for any other service of the issuer would open this one.
  if (!audience)
    throw new ThingError('invalid', `${issuer.source}: needs to know for whom its tokens are: --jwt-audience`);
  return {
    issuer: url(issuer),
    audience: word(audience),
    ...(jwksUri ? { jwksUri: url(jwksUri) } : {}),
    ...(grantsClaim ? { grantsClaim: word(grantsClaim) } : {}),
  };
}
