import type { ActionDeclaration, Affordance, PropertyDeclaration } from '@thingwright/core';
import { parameterOf, type ThingCall } from './call.js';
import { parseUriVariables } from './uri-variables.js';

/** The name of the affordance that a call is for. */
export const affordanceOf = (call: ThingCall): string => parameterOf(call.request, 'affordance');

/** The property of that name as its Model declares it; a name that every object inherits is none. */
export const propertyNamed = ({ thing }: ThingCall, name: string): PropertyDeclaration | undefined =>
  ownMember(thing.model.properties, name);

/** The action of that name, likewise. */
export const actionNamed = ({ thing }: ThingCall, name: string): ActionDeclaration | undefined =>
  ownMember(thing.model.actions, name);

const ownMember = <D>(declared: Readonly<Record<string, D>> | undefined, name: string): D | undefined =>
  declared && Object.hasOwn(declared, name) ? declared[name] : undefined;

/** The URI variables that a call has in its query, as a member of an operation. */
export function variablesOf({ request }: ThingCall, declared: Affordance | undefined): object {
  const uriVariables = parseUriVariables(declared, request.query);
  return uriVariables ? { uriVariables } : {};
}
