import type { RequestOperation } from '@thingwright/client';
import { type ObserveOperation, ThingError } from '@thingwright/core';
import type { AffordanceAddress } from '@thingwright/web-thing-protocol';

/** What a form is for: an affordance, where it is reached, and what the form offers. */
export interface Target extends AffordanceAddress {
  readonly url: string;
  /** Empty: whatever a form means that does not say. */
  readonly ops: readonly string[];
}

/** What reading the resource of a form is. @throws ThingError `notAllowed`. */
export function readOperation(target: Target): RequestOperation {
  const { kind, name } = target;
  if (kind === 'property') return { op: 'readproperty', name };
  if (kind === 'thing' && target.ops.includes('readallproperties')) return { op: 'readallproperties' };
  if (kind === 'thing' && target.ops.includes('queryallactions')) return { op: 'queryallactions' };
  throw unsuitable(target, 'read');
}

/** What writing the resource of a form is. @throws ThingError `notAllowed`, `invalid` for what is no object of values by name. */
export function writeOperation(target: Target, value: unknown): RequestOperation {
  const { kind, name, ops } = target;
  if (kind === 'property') return { op: 'writeproperty', name, value };
  if (kind !== 'thing') throw unsuitable(target, 'written');
  const values = membersOf(value);
  if (!values) throw new ThingError('invalid', 'Several properties are written as an object, by name');
  const onlyAll = ops.includes('writeallproperties') && !ops.includes('writemultipleproperties');
  return { op: onlyAll ? 'writeallproperties' : 'writemultipleproperties', values };
}

/** What invoking the resource of a form is. @throws ThingError `notAllowed`, `invalid` for a query without an id. */
export function invocationOperation(target: Target, input: unknown): RequestOperation {
  const { kind, name, ops } = target;
  if (kind !== 'action') throw unsuitable(target, 'invoked');
  const [op, ...others] = ops;
  if (others.length > 0 || (op !== 'queryaction' && op !== 'cancelaction')) {
    return { op: 'invokeaction', name, ...(input === undefined ? {} : { input }) };
  }
  const actionID = membersOf(input)?.actionID;
  if (typeof actionID !== 'string')
    throw new ThingError('invalid', `${op} of '${name}' needs an object with the actionID`);
  return { op, name, actionID };
}

/** What subscribing to the resource of a form is. @throws ThingError `notAllowed`. */
export function observeOperation(target: Target): ObserveOperation {
  const { kind, name, ops } = target;
  if (kind === 'property') return { op: 'observeproperty', name };
  if (kind === 'event') return { op: 'subscribeevent', name };
  if (kind === 'thing' && ops.includes('observeallproperties')) return { op: 'observeallproperties' };
  if (kind === 'thing' && ops.includes('subscribeallevents')) return { op: 'subscribeallevents' };
  throw unsuitable(target, 'subscribed to');
}

const unsuitable = ({ kind, name, thingID }: Target, done: string): ThingError =>
  new ThingError(
    'notAllowed',
    `${kind === 'thing' ? thingID : `The ${kind} '${name}'`} cannot be ${done} by this form`,
  );

const membersOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
