import { nestsTooDeep, ThingError } from '@thingwright/core';

/** What node-wot gives for something that it has read, or was told. */
export interface Output {
  value(): Promise<unknown>;
}

/**
 * The value of what node-wot gives. Rejects with a ThingError `protocol` for one that is nested more than 500 deep, which nobody could compare or
 * write: node-wot takes any.
 */
export async function readOutput(output: Output): Promise<unknown> {
  const value = await output.value();
  if (typeof value === 'object' && isTooDeep(value)) {
    throw new ThingError('protocol', 'The value is nested more than 500 deep');
  }
  return value;
}

function isTooDeep(value: object | null): boolean {
  try {
    return nestsTooDeep(JSON.stringify(value));
  } catch {
    return true;
  }
}
