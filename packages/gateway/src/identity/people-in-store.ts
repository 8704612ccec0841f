import { randomBytes } from 'node:crypto';
import { type Grant, type Log, type Now, silent, ThingError } from '@thingwright/core';
import type { CredentialEnd, CredentialRecord, NewCredential, PrincipalRecord, Principals } from '@thingwright/store';
import { DEFAULT_ORGANIZATION, isRole } from '../policy.js';
import type { createTurns } from '../turns.js';
import type { Attempts } from './attempts.js';
import type { CredentialUses } from './credential-uses.js';
import { SUBJECT } from './jwt-logins.js';
import { guessedName, LOCAL_NAME, PASSWORD } from './logins.js';
import type { Passwords } from './passwords.js';
import type { IssuedSecret, NewPerson, People } from './people.js';
import type { Sessions } from './sessions.js';

/** What users and services are kept by. */
export interface PeopleParts {
  readonly principals: Principals;
  readonly uses: CredentialUses;
  readonly sessions: Pick<Sessions, 'interrupt'>;
  readonly passwords: Passwords;
  /** Failures at a name. */
  readonly nameAttempts: Attempts;
  /** In which all changes are made, one after the other. */
  readonly turn: ReturnType<typeof createTurns>;
  /** The host of the issuer of JSON Web Tokens, if there is one. */
  readonly issuerHost?: string | undefined;
  readonly log?: Log;
  readonly now?: Now;
}

/** Tokens that a user or a service may have at once. */
const MOST_TOKENS = 100;

/** Who holds the admin token has the id of a user of that name. */
const RESERVED_NAME = 'admin';

/** The users and services that a store keeps. */
export function createPeople(parts: PeopleParts): People {
  const { principals, uses, sessions, passwords, nameAttempts, turn, issuerHost, log = silent, now = Date.now } = parts;

  const demand = async (id: string): Promise<PrincipalRecord> => {
    const found = await principals.get(id);
    if (!found) throw new ThingError('notFound', `There is nobody with the id '${id}'`);
    return found;
  };

  const demandCredential = async (id: string, credential: string): Promise<CredentialRecord> => {
    const found = (await principals.credentials(id)).find((one) => one.id === credential);
    if (!found) throw new ThingError('notFound', `'${id}' has no credential with the id '${credential}'`);
    return found;
  };

  /** Where it cannot be told whether something was taken away, whoever is in has to come in again. */
  const take = <T>(id: string, work: () => Promise<T>): Promise<T> =>
    turn(async () => {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ThingError) || error.code === 'unavailable' || error.code === 'failed') {
          uses.end(id, 'It is not known whether the credentials still count');
        }
        throw error;
      }
    });

  const issue = async (credential: NewCredential, ends: readonly CredentialEnd[] = []): Promise<IssuedSecret> => {
    const secret = randomBytes(32).toString('base64url');
    const children = await childrenOf(credential.principal, ends);
    const issued = await principals.addCredential(credential, secret, { ends });
    for (const { id, at } of [...ends, ...children]) uses.endAt(credential.principal, id, at);
    log.info({ principal: credential.principal, credential: issued.id, kind: issued.kind }, 'a credential was issued');
    return { credential: issued, secret };
  };

  /** What ends with those that end. */
  const childrenOf = async (id: string, ends: readonly CredentialEnd[]): Promise<readonly CredentialEnd[]> => {
    if (ends.length === 0) return [];
    const all = await principals.credentials(id);
    return ends.flatMap(({ id: parent, at }) =>
      all.filter((one) => one.parent === parent).map((one) => ({ ...one, at })),
    );
  };

  const add = async (kind: 'user' | 'service', person: NewPerson, hash?: string): Promise<PrincipalRecord> => {
    const { name, title = name, organization = DEFAULT_ORGANIZATION } = person;
    const added = await principals.add({ kind, name, title, organization }, hash);
    log.info({ principal: added.id }, `a ${kind} was added`);
    return added;
  };

  const issueToken: People['issueToken'] = (id, { label = '', lifetime } = {}) =>
    turn(async () => {
      await demand(id);
      const tokens = (await principals.credentials(id)).filter(({ kind }) => kind === 'token');
      if (tokens.length >= MOST_TOKENS) throw new ThingError('conflict', `'${id}' has ${MOST_TOKENS} tokens already`);
      const until = lifetime === undefined ? {} : { until: now() + duration(lifetime) };
      return issue({ principal: id, kind: 'token', label, ...until });
    });

  return {
    list: () => principals.list(),
    get: demand,
    async addUser({ password, ...person }) {
      checkName(person.name);
      if (person.name === RESERVED_NAME)
        throw new ThingError('conflict', `'${RESERVED_NAME}' is who holds the admin token`);
      const hash = password === undefined ? undefined : await passwords.hash(password);
      return turn(() => add('user', person, hash));
    },
    async addOutsideUser({ subject, title = subject, organization }) {
      if (issuerHost === undefined) throw new ThingError('invalid', 'No issuer of JSON Web Tokens is configured');
      if (!SUBJECT.test(subject)) throw new ThingError('invalid', 'A subject has 1 to 255 ASCII characters');
      return turn(() => add('user', { name: `${issuerHost}|${subject}`, title, organization }));
    },
    addService: (person) => {
      checkName(person.name);
      return turn(async () => {
        const service = await add('service', person);
        return { service, ...(await issue({ principal: service.id, kind: 'secret', label: '' })) };
      });
    },
    setDisabled: (id, disabled) =>
      take(id, async () => {
        const changed = await principals.setDisabled(id, disabled);
        uses.end(id, 'The account is disabled');
        log.info({ principal: id, disabled }, 'an account was disabled or enabled');
        return changed;
      }),
    remove: (id) =>
      take(id, async () => {
        const removed = await principals.remove(id);
        if (!removed) throw new ThingError('notFound', `There is nobody with the id '${id}'`);
        uses.end(id, 'The account was removed');
        log.info({ principal: id }, 'an account was removed');
        return removed;
      }),
    async checkPassword(id, password) {
      const name = guessedName(id.slice(id.indexOf(':') + 1), password);
      nameAttempts.admit(name);
      nameAttempts.fail(name);
      const match = await principals.findPassword(id);
      const isRight = await passwords.verify(match?.hash, password);
      if (isRight) nameAttempts.forgive(name);
      return isRight;
    },
    async setPassword(id, password) {
      const { kind, name } = await demand(id);
      if (kind !== 'user' || !LOCAL_NAME.test(name))
        throw new ThingError('invalid', `'${id}' does not come in by a password`);
      const hash = password === undefined ? undefined : await passwords.hash(password);
      await take(id, async () => {
        await principals.setPassword(id, hash);
        uses.end(id, 'The password was changed', new Set([PASSWORD]));
        log.info({ principal: id }, 'a password was changed');
      });
    },
    grant: (id, grant) => {
      checkRole(grant);
      return turn(async () => {
        const given = await principals.grant(id, grant);
        uses.granted(id, (await demand(id)).grants);
        log.info({ principal: id, grant: given.id, role: given.role }, 'a role was granted');
        return given;
      });
    },
    revokeGrant: (id, grant) =>
      take(id, async () => {
        const left = await principals.revokeGrant(id, grant);
        if (!left) throw new ThingError('notFound', `'${id}' has no grant with the id '${grant}'`);
        uses.granted(id, left.grants, { taken: true });
        sessions.interrupt(id);
        log.info({ principal: id, grant }, 'a role was taken back');
        return left;
      }),
    async credentials(id) {
      await demand(id);
      return principals.credentials(id);
    },
    issueToken,
    rotateSecret: (id, { overlap = 0 } = {}) =>
      take(id, async () => {
        const { kind } = await demand(id);
        if (kind !== 'service') throw new ThingError('invalid', `'${id}' is no service`);
        const secrets = (await principals.credentials(id)).filter((one) => one.kind === 'secret');
        const last = secrets.at(-1);
        const ends = secrets.map((one) => ({ id: one.id, at: now() + (one === last ? duration(overlap) : 0) }));
        return issue({ principal: id, kind: 'secret', label: '' }, ends);
      }),
    rotateToken: (id, credential, { overlap = 0 } = {}) =>
      take(id, async () => {
        const { kind, label, until } = await demandCredential(id, credential);
        if (kind !== 'token') throw new ThingError('notFound', `'${id}' has no token with the id '${credential}'`);
        const ends = [{ id: credential, at: now() + duration(overlap) }];
        return issue({ principal: id, kind, label, ...(until === undefined ? {} : { until }) }, ends);
      }),
    revokeCredential: (id, credential) =>
      take(id, async () => {
        const children = (await principals.credentials(id)).filter(({ parent }) => parent === credential);
        const ended = await principals.endCredential(id, credential);
        if (!ended) throw new ThingError('notFound', `'${id}' has no credential with the id '${credential}'`);
        uses.end(id, 'The credential was revoked', new Set([credential, ...children.map((child) => child.id)]));
        log.info({ principal: id, credential }, 'a credential was revoked');
        return ended;
      }),
  };
}

function checkName(name: string): void {
  if (!LOCAL_NAME.test(name)) {
    throw new ThingError('invalid', `'${name}' is no name: letters, digits, '_', '.' and '-', at most 64`);
  }
}

function checkRole({ role }: Grant): void {
  if (!isRole(role)) throw new ThingError('invalid', `There is no role '${role}'`);
}

function duration(milliseconds: number): number {
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  throw new ThingError('invalid', `${milliseconds} is no length of time`);
}
