import { type OperationName, type Principal, type Site, ThingError } from '@thingwright/core';
import type { CredentialRecord, PrincipalRecord } from '@thingwright/store';
import { type Observable, Subject } from 'rxjs';
import type { NewPerson, People, TokenOptions } from '../identity/people.js';
import { DEFAULT_ORGANIZATION, isRole } from '../policy.js';
import { createTurns } from '../turns.js';
import { demandAdminOf, isAdminOf, mayGive, outranks } from './authority.js';
import {
  type CredentialSummary,
  type NewSecret,
  type PrincipalSummary,
  toCredentialSummary,
  toNewSecret,
  toPrincipalSummary,
} from './principal-summary.js';

/** A user: one with a name, who comes in by a password or a token, or one of the outside issuer, with a subject. */
export interface UserRequest extends Omit<NewPerson, 'name'> {
  readonly name?: string | undefined;
  readonly subject?: string | undefined;
  readonly password?: string | undefined;
}

/** A role for somebody, and where it counts. */
export interface GrantRequest {
  readonly principal: string;
  readonly role: string;
  readonly organization?: string | undefined;
  /** The name of a Thing; then the role counts in its organization of now. */
  readonly thing?: string | undefined;
  readonly affordance?: string | undefined;
  readonly operation?: OperationName | undefined;
}

/** Whose credential it is about; whoever cares for their own without being an admin proves it by their password. */
export interface OwnerRequest {
  /** Default: the caller. */
  readonly principal?: string | undefined;
  readonly currentPassword?: string | undefined;
}

/** A token that is to be issued. */
export interface TokenRequest extends OwnerRequest, Pick<TokenOptions, 'label'> {
  readonly expiresInSeconds?: number | undefined;
}

/** A credential that is to be replaced; without one it is the secret of a service. */
export interface RotationRequest extends OwnerRequest {
  readonly credential?: string | undefined;
  readonly overlapSeconds?: number | undefined;
}

/** That somebody came, went or was changed. */
export interface PrincipalChange {
  readonly principal: string;
  readonly change: 'added' | 'changed' | 'removed';
}

/**
 * Users, services, their grants and credentials, for those who administer the organization that they belong to. Nobody gives more
 * than they have, or has a hand in what belongs to somebody who may do more. Who belongs to another organization is `notFound`.
 */
export interface PrincipalAdministration {
  readonly changed: Observable<PrincipalChange>;
  /** Those whom the caller administers, of one organization or of all; and the caller. */
  list(caller: Principal, organization?: string): Promise<PrincipalSummary[]>;
  addUser(caller: Principal, user: UserRequest): Promise<{ principal: string }>;
  addService(caller: Principal, service: NewPerson): Promise<NewSecret>;
  setDisabled(caller: Principal, id: string, disabled: boolean): Promise<void>;
  remove(caller: Principal, id: string): Promise<void>;
  /** Users replace their own with the one before; those of others are for admins. */
  setPassword(caller: Principal, request: OwnerRequest & { readonly password: string }): Promise<void>;
  grant(caller: Principal, request: GrantRequest): Promise<{ grant: string }>;
  revokeGrant(caller: Principal, id: string, grant: string): Promise<void>;
  credentials(caller: Principal, id?: string): Promise<CredentialSummary[]>;
  issueToken(caller: Principal, request: TokenRequest): Promise<NewSecret>;
  rotateCredential(caller: Principal, request: RotationRequest): Promise<NewSecret>;
  revokeCredential(caller: Principal, credential: string, id?: string): Promise<void>;
}

/** What there is to administer, and the Things that roles may be narrowed to. */
export interface PrincipalAdministrationParts {
  readonly people: People;
  readonly site: Pick<Site, 'things' | 'byID' | 'isVisible'>;
  readonly organizations: ReadonlyMap<string, string>;
}

/** Puts the question who asks before the changes of people. One after the other, so that an answer still holds when it counts. */
export function createPrincipalAdministration(parts: PrincipalAdministrationParts): PrincipalAdministration {
  const { people, site, organizations } = parts;
  const changes = new Subject<PrincipalChange>();
  const inTurn = createTurns();
  const tell = (principal: string, change: PrincipalChange['change']): void => changes.next({ principal, change });
  const nameOf = (thing: string): string => site.byID(thing)?.name ?? thing;

  const find = async (caller: Principal, id: string): Promise<PrincipalRecord> => {
    const found = await people.get(id);
    if (id === caller.id || isAdminOf(caller, found.organization)) return found;
    throw new ThingError('notFound', `There is nobody with the id '${id}'`);
  };

  const demandOutranked = async (caller: Principal, id: string): Promise<void> => {
    if (outranks(caller, await find(caller, id))) return;
    throw new ThingError('forbidden', `'${id}' has rights that ${caller.id} may not give`);
  };

  /** Credentials of others are for those who outrank them; one's own for admins, and for who knows the password. */
  const demandOwner = async (caller: Principal, { principal, currentPassword }: OwnerRequest): Promise<string> => {
    const id = principal ?? caller.id;
    const isOwn = id === caller.id && !outranks(caller, await find(caller, id));
    if (isOwn) await demandPassword(id, currentPassword);
    else await demandOutranked(caller, id);
    return id;
  };

  const demandPassword = async (id: string, password: string | undefined): Promise<void> => {
    if (password === undefined) throw new ThingError('invalid', 'Your current password is needed');
    if (!(await people.checkPassword(id, password))) {
      throw new ThingError('forbidden', `That is not the current password of '${id}'`);
    }
  };

  /** The grant that is asked for. @throws ThingError `notFound` for a Thing that the caller may not see. */
  const toGrant = (caller: Principal, { role, organization, thing, affordance, operation }: GrantRequest) => {
    const target = thing === undefined ? undefined : site.things.get(thing);
    if (thing !== undefined && !(target && site.isVisible(target, caller))) {
      throw new ThingError('notFound', `There is no Thing named '${thing}'`);
    }
    const where = target ? organizations.get(target.id) : organization;
    if (organization !== undefined && organization !== where) {
      throw new ThingError('invalid', `'${thing}' does not belong to the organization '${organization}'`);
    }
    return {
      role,
      ...(where === undefined ? {} : { organization: where }),
      ...(target ? { thing: target.id } : {}),
      ...(affordance === undefined ? {} : { affordance }),
      ...(operation === undefined ? {} : { operation }),
    };
  };

  return {
    changed: changes.asObservable(),
    async list(caller, organization) {
      const all = await people.list();
      return all
        .filter((one) => one.id === caller.id || isAdminOf(caller, one.organization))
        .filter((one) => organization === undefined || one.organization === organization)
        .map((one) => toPrincipalSummary(one, nameOf));
    },
    addUser: (caller, { name, subject, password, title, organization = DEFAULT_ORGANIZATION }) =>
      inTurn(async () => {
        demandAdminOf(caller, organization);
        const shared = { title, organization };
        if (subject !== undefined) {
          if (name !== undefined || password !== undefined) {
            throw new ThingError('invalid', 'A user of the outside issuer has neither a name nor a password here');
          }
          const { id } = await people.addOutsideUser({ subject, ...shared });
          tell(id, 'added');
          return { principal: id };
        }
        if (name === undefined) throw new ThingError('invalid', 'Either name or subject is needed');
        const { id } = await people.addUser({ name, password, ...shared });
        tell(id, 'added');
        return { principal: id };
      }),
    addService: (caller, { name, title, organization = DEFAULT_ORGANIZATION }) =>
      inTurn(async () => {
        demandAdminOf(caller, organization);
        const { service, ...issued } = await people.addService({ name, title, organization });
        tell(service.id, 'added');
        return toNewSecret(issued);
      }),
    setDisabled: (caller, id, disabled) =>
      inTurn(async () => {
        await demandOutranked(caller, id);
        await people.setDisabled(id, disabled);
        tell(id, 'changed');
      }),
    remove: (caller, id) =>
      inTurn(async () => {
        await demandOutranked(caller, id);
        await people.remove(id);
        tell(id, 'removed');
      }),
    setPassword: (caller, { principal = caller.id, password, currentPassword }) =>
      inTurn(async () => {
        if (principal === caller.id) await demandPassword(principal, currentPassword);
        else await demandOutranked(caller, principal);
        await people.setPassword(principal, password);
      }),
    grant: (caller, request) =>
      inTurn(async () => {
        const { principal, role } = request;
        demandAdminOf(caller, (await find(caller, principal)).organization);
        if (!isRole(role)) throw new ThingError('invalid', `There is no role '${role}'`);
        const grant = toGrant(caller, request);
        if (role === 'superuser' && Object.keys(grant).length > 1) {
          throw new ThingError('invalid', 'A superuser may do everything everywhere; that cannot be narrowed');
        }
        if (!mayGive(caller, grant)) {
          throw new ThingError('forbidden', `${caller.id} may not give the role '${role}' ${placeOf(grant)}`);
        }
        const { id } = await people.grant(principal, grant);
        tell(principal, 'changed');
        return { grant: id };
      }),
    revokeGrant: (caller, id, grant) =>
      inTurn(async () => {
        const { organization, grants } = await find(caller, id);
        const found = grants.find((one) => one.id === grant);
        if (!found) throw new ThingError('notFound', `'${id}' has no grant with the id '${grant}'`);
        demandAdminOf(caller, organization);
        if (!mayGive(caller, found)) {
          throw new ThingError(
            'forbidden',
            `${caller.id} may not take back the role '${found.role}' ${placeOf(found)}`,
          );
        }
        await people.revokeGrant(id, grant);
        tell(id, 'changed');
      }),
    async credentials(caller, id = caller.id) {
      await find(caller, id);
      return (await people.credentials(id)).map(toCredentialSummary);
    },
    issueToken: (caller, { label, expiresInSeconds, ...owner }) =>
      inTurn(async () => {
        const id = await demandOwner(caller, owner);
        const lifetime = expiresInSeconds === undefined ? undefined : expiresInSeconds * 1000;
        return toNewSecret(await people.issueToken(id, { label, lifetime }));
      }),
    rotateCredential: (caller, { credential, overlapSeconds = 0, ...owner }) =>
      inTurn(async () => {
        const id = await demandOwner(caller, owner);
        const overlap = overlapSeconds * 1000;
        const secretOf = (all: readonly CredentialRecord[]): boolean =>
          all.some((one) => one.id === credential && one.kind === 'secret');
        const isSecret = credential === undefined || secretOf(await people.credentials(id));
        return toNewSecret(
          isSecret ? await people.rotateSecret(id, { overlap }) : await people.rotateToken(id, credential, { overlap }),
        );
      }),
    revokeCredential: (caller, credential, id = caller.id) =>
      inTurn(async () => {
        if (id !== caller.id) await demandOutranked(caller, id);
        await people.revokeCredential(id, credential);
      }),
  };
}

const placeOf = ({ organization }: { readonly organization?: string }): string =>
  organization === undefined ? 'everywhere: name an organization' : `in the organization '${organization}'`;
