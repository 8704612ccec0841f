import type { UriVariables } from '@thingwright/core';

/** A value as node-wot takes it. */
export type InteractionValue = object | string | number | boolean | null;

/** A value of ours as node-wot takes it, which has no word for none but null. */
export function toInput(value: unknown): InteractionValue {
  switch (typeof value) {
    case 'object':
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    default:
      return null;
  }
}

/** URI variables as node-wot hands them over. */
export const toVariables = (uriVariables: unknown): UriVariables =>
  typeof uriVariables === 'object' && uriVariables !== null ? { ...uriVariables } : {};
