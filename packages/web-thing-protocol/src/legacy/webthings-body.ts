import { isMembers, ThingError } from '@thingwright/core';
import { ownMember } from '../members.js';

/** Which shape a body has: the bare value of gateway 2 and the W3C profile, or the old one under the affordance's name. */
export type BodyShape = 'bare' | 'named';

/** Tells whether a value fits what the affordance declares; undefined is no value at all. */
export type Fits = (value: unknown) => boolean;

/** A property's value, and the shape that its answer has to have. */
export interface PropertyBody {
  readonly shape: BodyShape;
  readonly value: unknown;
}

/** An action's input, no member where there is none, and the shape that its answer has to have. */
export interface ActionBody {
  readonly shape: BodyShape;
  readonly input?: unknown;
}

/** The only member of an object, if it has that name; undefined otherwise. */
function onlyMember(body: unknown, name: string): unknown {
  return isMembers(body) && Object.keys(body).length === 1 ? ownMember(body, name) : undefined;
}

/**
 * Reads a body that is a property's value or `{"name": value}`: what fits is the value, else a fitting value under that name
 * is. What is neither is given as it is, for the Thing to refuse with its faults.
 */
export function readPropertyBody(name: string, body: unknown, fits: Fits): PropertyBody {
  if (fits(body)) return { shape: 'bare', value: body };
  const inner = onlyMember(body, name);
  return inner !== undefined && fits(inner) ? { shape: 'named', value: inner } : { shape: 'bare', value: body };
}

/** Reads a body that is an action's input or `{"name": {"input": …}}`, by the same rule. */
export function readActionBody(name: string, body: unknown, fits: Fits): ActionBody {
  if (fits(body)) return withInput('bare', body);
  const entry = onlyMember(body, name);
  if (isMembers(entry) && Object.keys(entry).every((member) => member === 'input')) {
    const input = ownMember(entry, 'input');
    if (fits(input)) return withInput('named', input);
  }
  return withInput('bare', body);
}

const withInput = (shape: BodyShape, input: unknown): ActionBody =>
  input === undefined ? { shape } : { shape, input };

/** The one action that a body of `POST /actions` asks for, always in the old shape. @throws ThingError `invalid` otherwise. */
export function readActionsBody(body: unknown): { readonly name: string; readonly input?: unknown } {
  const [first, ...others] = isMembers(body) ? Object.entries(body) : [];
  if (!first || others.length > 0) throw new ThingError('invalid', 'The body has to name exactly one action');
  const [name, entry] = first;
  if (!isMembers(entry)) throw new ThingError('invalid', `The body has to hold an object under '${name}'`);
  const input = ownMember(entry, 'input');
  return input === undefined ? { name } : { name, input };
}

/** The old shape of an answer: a value or a status under the affordance's name. */
export const named = (name: string, content: unknown): object => Object.fromEntries([[name, content]]);
