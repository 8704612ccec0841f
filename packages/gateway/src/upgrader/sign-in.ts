import { ThingError } from '@thingwright/core';
import type { SignIn } from '@thingwright/upgrader';
import type { Attempts } from '../identity/attempts.js';
import type { People } from '../identity/people.js';

/** Milliseconds that a token is good for that was had with a password. */
const LIFETIME = 30 * 86_400_000;
const LABEL = 'firmware upgrader';
/** Such tokens of a user: a program that asks for one with each run keeps nobody from having others. */
const MOST = 50;

/** What signing in counts and tells. */
interface SignInParts {
  /** Failures by address; those at a name are counted where the password is checked. */
  readonly attempts: Attempts;
  /** Is told who was given a token at which address; undefined: somebody whose password was wrong. */
  readonly signedIn: (principal: string | undefined, address: string) => void;
}

/**
 * Gives tokens to users who show their password, for clients that know no other way; the oldest ends where there are too many. Attempts count as
 * those of logging in do.
 */
export const signInOf =
  (
    people: Pick<People, 'checkPassword' | 'issueToken' | 'credentials' | 'revokeCredential'>,
    { attempts, signedIn }: SignInParts,
  ): SignIn =>
  async (user, password, { address }) => {
    const id = `user:${user}`;
    attempts.admit(address);
    // Counted before it is known, so that a thousand guesses at once are a thousand.
    attempts.fail(address);
    const isRight = await people.checkPassword(id, password).catch((error: unknown) => {
      attempts.forgive(address);
      throw error;
    });
    if (!isRight) {
      signedIn(undefined, address);
      return undefined;
    }
    attempts.forgive(address);
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
