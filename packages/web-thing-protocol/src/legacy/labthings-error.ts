import type { ThingError } from '@thingwright/core';
import { asciiJson } from '../ascii-json.js';
import { toProblem } from '../problem.js';
import { ERROR_TYPE_PREFIX } from '../provisional.js';
import { BAD_REQUEST, FORBIDDEN } from './extensions.js';
import type { InstructionName } from './instruction.js';

/** What an error is about, as far as it could be read. */
export interface ErrorSubject {
  readonly op?: InstructionName | undefined;
  readonly name?: string | undefined;
}

interface LabThingsProblem {
  /** Three digits: a text here, a number in the W3C protocol. */
  readonly status: string;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
}

/** The kind of affordance that an instruction is about. */
function kindOf(op: InstructionName): 'property' | 'action' | 'event' {
  switch (op) {
    case 'observeaction':
    case 'unobserveaction':
    case 'invokeaction':
      return 'action';
    case 'subscribeevent':
    case 'unsubscribeevent':
      return 'event';
    case 'observeproperty':
    case 'unobserveproperty':
    case 'writeproperty':
      return 'property';
  }
}

/** X8: by status, the end of a type that LabThings does not have. */
const OUR_TYPES: ReadonlyMap<number, string> = new Map([
  [400, BAD_REQUEST],
  [403, FORBIDDEN],
]);

/** LabThings has words of its own for two failures; the others are told in ours. */
function toLabThingsProblem({ op, name }: ErrorSubject, error: ThingError, strict: boolean): LabThingsProblem {
  const { status, title, detail = title } = toProblem(error, true);
  if (op !== undefined && name !== undefined) {
    if (error.code === 'notFound') {
      const missing = `No ${kindOf(op)} found with the name '${name}'.`;
      return { status: '404', type: `${ERROR_TYPE_PREFIX}not-found`, title: 'Not Found', detail: missing };
    }
    if (op === 'observeproperty' && (error.code === 'invalid' || error.code === 'notAllowed')) {
      const unobservable = `Property '${name}' is not observable.`;
      return {
        status: '403',
        type: `${ERROR_TYPE_PREFIX}not-observable`,
        title: 'Not Observable',
        detail: unobservable,
      };
    }
  }
  const ours = strict ? undefined : OUR_TYPES.get(status);
  return { status: String(status), type: ours === undefined ? 'about:blank' : ERROR_TYPE_PREFIX + ours, title, detail };
}

/**
 * Writes why a message, or one name of it, failed, in ASCII. `invalid` about the observation of a named property says that it
 * cannot be observed. In strict mode types that LabThings does not know are `about:blank`.
 */
export function encodeLabThingsError(subject: ErrorSubject, error: ThingError, strict: boolean): string {
  const operation = subject.op === undefined ? '' : `,"operation":"${subject.op}"`;
  const name = subject.name === undefined ? '' : `,"name":${asciiJson(subject.name)}`;
  const problem = asciiJson(toLabThingsProblem(subject, error, strict));
  return `{"messageType":"response"${operation}${name},"error":${problem}}`;
}
