import type { SignIn } from '@thingwright/upgrader';
import type { People } from '../identity/people.js';

/** Milliseconds that a token is good for that was had with a password. */
const LIFETIME = 30 * 86_400_000;

/** Gives tokens to users who show their password, for clients that know no other way. Attempts count as those of logging in do. */
export const signInOf =
  (people: Pick<People, 'checkPassword' | 'issueToken'>): SignIn =>
  async (user, password) => {
    const id = `user:${user}`;
    if (!(await people.checkPassword(id, password))) return undefined;
    return (await people.issueToken(id, { label: 'firmware upgrader', lifetime: LIFETIME })).secret;
  };
