import type { Grant, OperationName, Policy, PolicyQuestion, Principal } from '@thingwright/core';

/** The roles, from little to all. Each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin', 'superuser'] as const;

/** What somebody may do: look; handle; administer an organization; everything everywhere. */
export type Role = (typeof ROLES)[number];

/** The organization of what is given to no other. */
export const DEFAULT_ORGANIZATION = 'default';

/** What the policy of a gateway has to know. */
export interface PolicyFacts {
  /** The id of the gateway's own Thing. */
  readonly gatewayID: string;
  /** The organization of the Thing with that id; undefined for one that is not there. */
  organizationOf(thing: string): string | undefined;
  /** The declarations of affordances whose writing or invoking takes an admin; of all others it takes an operator. */
  readonly reserved?: ReadonlySet<object>;
}

/** A {@link Grant} made ready to be asked often. */
interface Right {
  /** Place of the role among {@link ROLES}. */
  readonly level: number;
  readonly organization: string | undefined;
  readonly thing: string | undefined;
  readonly affordance: string | undefined;
  readonly operation: OperationName | undefined;
}

/** What of the gateway everybody with a role may read; the list holds only what the caller may see. */
const OPEN_FACTS: ReadonlySet<string> = new Set(['version', 'startedAt', 'listDevices']);

/** What of the gateway is for those alone who administer all of it. */
const ADMIN_FACTS: ReadonlySet<string> = new Set(['principalChanged']);

/** What of the gateway is for all who administer something; it holds only what concerns that. */
const RECORDS: ReadonlySet<string> = new Set(['audit']);

/** Safe actions of the gateway for those who administer something; they ask again what. */
const ADMIN_VIEWS: ReadonlySet<string> = new Set(['audit']);

/**
 * Actions of the gateway that every user and service may invoke, whatever its grants: on itself. They ask again whom they
 * concern.
 */
const SELF_CARE: ReadonlySet<string> = new Set([
  'listPrincipals',
  'listCredentials',
  'setPassword',
  'issueToken',
  'rotateCredential',
  'revokeCredential',
]);

const OPERATOR = ROLES.indexOf('operator');
const ADMIN = ROLES.indexOf('admin');
const SUPERUSER = ROLES.indexOf('superuser');

/**
 * Makes the one function that says who may do what on a gateway; what no grant allows is forbidden. Devices are let in at their own
 * doors, which ask for the device's identity and not for this.
 */
export function createPolicy({ gatewayID, organizationOf, reserved = NONE }: PolicyFacts): Policy {
  return (question) => {
    const { principal, thing } = question;
    if (thing.id === gatewayID && isSelfCare(question)) return true;
    const organization = organizationOf(thing.id);
    for (const right of rightsOf(principal)) {
      if (right.level === SUPERUSER) return true;
      if (right.thing !== undefined && right.thing !== thing.id) continue;
      const allowed =
        thing.id === gatewayID
          ? allowsOnGateway(right, question)
          : (right.organization === undefined || right.organization === organization) &&
            allows(right, question, reserved);
      if (allowed) return true;
    }
    return false;
  };
}

/** Tells whether somebody has a role, or a greater one, for all Things of an organization; undefined: of all organizations. */
export function hasRole({ grants }: Pick<Principal, 'grants'>, role: Role, organization: string | undefined): boolean {
  return grants
    .map(toRight)
    .some(
      (right) =>
        right.level === SUPERUSER ||
        (right.level >= ROLES.indexOf(role) &&
          (right.organization === undefined || right.organization === organization) &&
          right.thing === undefined &&
          right.affordance === undefined &&
          right.operation === undefined),
    );
}

/** Tells whether a text is the name of a role. */
export const isRole = (name: string): name is Role => ROLES.some((role) => role === name);

/** The gateway's own Thing has its own rules. */
const NONE: ReadonlySet<object> = new Set();

/** By the grants and not by the principal, which may be given others while it is connected. */
const rightsByGrants = new WeakMap<readonly Grant[], readonly Right[]>();

function rightsOf({ grants }: Principal): readonly Right[] {
  let rights = rightsByGrants.get(grants);
  if (!rights) {
    rights = grants.filter(({ role }) => isRole(role)).map(toRight);
    rightsByGrants.set(grants, rights);
  }
  return rights;
}

const toRight = ({ role, organization, thing, affordance, operation }: Grant): Right => ({
  level: isRole(role) ? ROLES.indexOf(role) : -1,
  organization,
  thing,
  affordance,
  operation: operation && singleOf(operation),
});

/** The operation on one affordance that an operation on many consists of: core asks about each affordance again. */
export function singleOf(operation: OperationName): OperationName {
  switch (operation) {
    case 'readallproperties':
    case 'readmultipleproperties':
      return 'readproperty';
    case 'writeallproperties':
    case 'writemultipleproperties':
      return 'writeproperty';
    case 'observeallproperties':
      return 'observeproperty';
    case 'subscribeallevents':
      return 'subscribeevent';
    case 'queryallactions':
      return 'queryaction';
    default:
      return operation;
  }
}

/** Whether a right that counts for the Thing covers what is asked. */
function allows(right: Right, question: PolicyQuestion, reserved: ReadonlySet<object>): boolean {
  const { operation, affordance } = question;
  if (operation === 'describe') return true;
  if (right.affordance !== undefined && affordance !== undefined && right.affordance !== affordance) return false;
  if (right.operation !== undefined && right.operation !== singleOf(operation)) return false;
  const least = isReserved(question, reserved) ? ADMIN : levelFor(question);
  return right.level >= least;
}

function isReserved(
  { operation, affordance = '', thing: { model } }: PolicyQuestion,
  reserved: ReadonlySet<object>,
): boolean {
  if (reserved.size === 0) return false;
  const isWrite = operation === 'writeproperty';
  if (!isWrite && operation !== 'invokeaction') return false;
  const declared = isWrite ? model.properties?.[affordance] : model.actions?.[affordance];
  return declared !== undefined && reserved.has(declared);
}

/**
 * The gateway's own Thing belongs to no organization, and what can be done there is administration. Who counts in one
 * organization only may do that, for the action asks again about the organization concerned, and see what is open.
 */
function allowsOnGateway(right: Right, question: PolicyQuestion): boolean {
  if (!allows(right, question, NONE)) return false;
  const { affordance } = question;
  const isView = affordance !== undefined && ADMIN_VIEWS.has(affordance);
  if (isView || levelFor(question) > 0) return right.level >= ADMIN;
  if (affordance !== undefined && RECORDS.has(affordance)) return right.level >= ADMIN;
  if (affordance !== undefined && ADMIN_FACTS.has(affordance)) {
    return right.level >= ADMIN && right.organization === undefined;
  }
  return right.organization === undefined || affordance === undefined || OPEN_FACTS.has(affordance);
}

function isSelfCare({ principal: { kind }, operation, affordance }: PolicyQuestion): boolean {
  if (kind !== 'user' && kind !== 'service') return false;
  return (
    operation === 'describe' || (operation === 'invokeaction' && affordance !== undefined && SELF_CARE.has(affordance))
  );
}

/** The least role for an operation. */
function levelFor({ operation, affordance, thing, invoker, principal }: PolicyQuestion): number {
  switch (operation) {
    case 'writeproperty':
    case 'writeallproperties':
    case 'writemultipleproperties':
      return OPERATOR;
    case 'invokeaction':
      return affordance !== undefined && thing.model.actions?.[affordance]?.safe === true ? 0 : OPERATOR;
    case 'queryaction':
    case 'cancelaction':
      return invoker === undefined || invoker === principal.id ? 0 : OPERATOR;
    default:
      return 0;
  }
}
