import { availableParallelism } from 'node:os';
import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2';
import { ThingError } from '@thingwright/core';

/** The work of hashing; a parameter so that tests can count it. */
export interface PasswordWork {
  hash(password: string): Promise<string>;
  verify(hash: string, password: string): Promise<boolean>;
}

/** How much of that work there may be: at once (default half the processors, at most 2), and waiting for its turn (default 32). */
export interface PasswordLimits {
  readonly parallel?: number;
  readonly waiting?: number;
}

/** Passwords of users. Each piece of work costs some 20 MiB and tens of milliseconds, off the event loop. */
export interface Passwords {
  /** The encoded hash of a new password. Rejects with a ThingError: `invalid` if it will not do, `tooMany`. */
  hash(password: string): Promise<string>;
  /**
   * Whether a password is the one that was hashed; without a hash it never is, after the same work. Rejects with a ThingError
   * `tooMany` with `retryAfter` where too many wait.
   */
  verify(hash: string | undefined, password: string): Promise<boolean>;
}

/** argon2id as OWASP would have it: 19 MiB, 2 passes, 1 lane (Password Storage Cheat Sheet; RFC 9106, section 4, says how to choose). */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The hash of 32 random bytes that were thrown away, with the same parameters. */
const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$klhL81XaQ7HISaQSdNs4WA$RPPabY6Oh+I55ton0ARwrxpRbB0u4sWX7j4py/g4GIE';

const SHORTEST = 12;
const LONGEST = 256;

const ARGON2: PasswordWork = {
  hash: (password) => argon2Hash(password, PARAMETERS),
  verify: (hash, password) => argon2Verify(hash, password),
};

/** Makes passwords be worked on, a few at a time. */
export function createPasswords(limits: PasswordLimits = {}, work: PasswordWork = ARGON2): Passwords {
  const { parallel = Math.max(1, Math.min(2, availableParallelism() >> 1)), waiting = 32 } = limits;
  const queue: (() => void)[] = [];
  let working = 0;

  const inTurn = async <T>(task: () => Promise<T>): Promise<T> => {
    if (working < parallel) working++;
    else {
      if (queue.length >= waiting) throw new ThingError('tooMany', 'Too many log in at once', { retryAfter: 1 });
      // Whoever is done hands the turn over.
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next) next();
      else working--;
    }
  };

  return {
    async hash(password) {
      check(password);
      return inTurn(() => work.hash(normal(password)));
    },
    async verify(hash, password) {
      const typed = normal(password);
      // What is too long to be a password costs no more than what may be one.
      const known = typed.length > LONGEST ? undefined : hash;
      const right = await inTurn(() => work.verify(known ?? NOBODYS_HASH, typed.slice(0, LONGEST)));
      return right && known !== undefined;
    },
  };
}

/** The same characters, however they were typed (NIST SP 800-63B, section 3.1.1.2). */
const normal = (password: string): string => password.normalize('NFKC');

function check(password: string): void {
  const { length } = [...password];
  if (length < SHORTEST || normal(password).length > LONGEST) {
    throw new ThingError('invalid', `A password has ${SHORTEST} to ${LONGEST} characters`);
  }
}
