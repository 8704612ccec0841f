import { ThingError } from '@thingwright/core';
import type { SignIn } from '@thingwright/upgrader';
import type { People } from '../identity/people.js';

/** Milliseconds that a token is good for that was had with a password. */
const LIFETIME = 30 * 86_400_000;
const LABEL = 'firmware upgrader';
/** Such tokens of a user: a program that asks for one with each run keeps nobody from having others. */
const MOST = 50;

/** Is told who was given a token at which address; undefined: somebody whose password was wrong. */
type SignedIn = (principal: string | undefined, address: string) => void;

/**
 * Gives tokens to users who show their password, for clients that know no other way; the oldest ends where there are too many. Attempts count as
 * those of logging in do.
 */
export const signInOf =
  (
    people: Pick<People, 'checkPassword' | 'issueToken' | 'credentials' | 'revokeCredential'>,
    signedIn: SignedIn,
  ): SignIn =>
  async (user, password, { address }) => {
    const id = `user:${user}`;
    if (!(await people.checkPassword(id, password))) {
      signedIn(undefined, address);
      return undefined;
    }
    const known = (await people.credentials(id)).filter(({ kind, label }) => kind === 'token' && label === LABEL);
    // Their ids are in the order in which they were made.
    const oldest = known.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, Math.max(0, known.length - MOST + 1));
    for (const { id: credential } of oldest) await people.revokeCredential(id, credential).catch(unlessGone);
    const { secret } = await people.issueToken(id, { label: LABEL, lifetime: LIFETIME });
    signedIn(id, address);
    return secret;
  };

/** Whoever signs in at the same time ends the same ones. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ThingError && error.code === 'notFound')) throw error;
}
