import { createRequire } from 'node:module';
import { type Fault, isMembers, type Members, ThingError } from '@thingwright/core';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { checkSize, type SizeLimits } from './description-size.js';
import { targetFaults } from './description-targets.js';
import { type RegistrationWish, readRegistration } from './registration.js';

/** How strangers' TDs are looked at. */
export interface DescriptionCheck {
  readonly size: SizeLimits;
  /** Whether a URL leads to the directory's own server. */
  isOwn(url: URL): boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A TD that was found good. */
export interface CheckedDescription {
  /** Without its registration information. */
  readonly td: Members;
  readonly wish: RegistrationWish;
  /** Absent: it is anonymous. */
  readonly id: string | undefined;
}

const require = createRequire(import.meta.url);

/** More than that helps nobody to repair a TD. */
const MOST_FAULTS = 100;
/** Definitions of security: each is held against every scheme that there is. */
const MOST_SECURITY = 100;
/** Characters of an id. */
const MOST_ID = 1024;

/** Of any TD, by the W3C's JSON Schema for TD 1.1, which takes those with the context of TD 1.0 as well. */
const describes = createSchemaCheck();

/**
 * Checks a TD as Minimal Validation asks (Discovery, section 7.3.1.4): by the JSON Schema of Thing Descriptions and what is known of
 * registration information; and where it leads.
 * @throws ThingError `tooLarge`; `invalid` with all that is wrong as its faults.
 */
export function checkDescription(given: unknown, { size, isOwn, now }: DescriptionCheck): CheckedDescription {
  checkSize(given, size);
  if (!isMembers(given)) throw invalid([{ path: '', message: 'must be object' }]);
  if (Object.keys(Object(given.securityDefinitions)).length > MOST_SECURITY) {
    throw new ThingError('tooLarge', `The TD has more than ${MOST_SECURITY} security definitions`);
  }
  const { registration: _, ...td } = given;
  const { wish, faults } = readRegistration(given, now);
  const all = [...describes(td), ...faults, ...idFaults(td.id), ...targetFaults(td, isOwn)];
  if (all.length > 0) throw invalid(all);
  return { td, wish, id: typeof td.id === 'string' ? td.id : undefined };
}

function createSchemaCheck(): (td: Members) => readonly Fault[] {
  // The schema is an extension of JSON Schema's draft 7 by words of its own. The values of what it checks are never code.
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const schema: object = require('wot-thing-description-types/schema/td-json-schema-validation.json');
  const validate = ajv.compile(schema);
  return (td) => (validate(td) ? [] : (validate.errors ?? []).map(toFault));
}

const toFault = ({ instancePath, message = 'is wrong' }: ErrorObject): Fault => ({ path: instancePath, message });

/** An id stands in addresses, where it is known from a name by its colon. */
function idFaults(id: unknown): readonly Fault[] {
  if (id === undefined || typeof id !== 'string') return [];
  if (id.length > MOST_ID) return [{ path: '/id', message: `must not have more than ${MOST_ID} characters` }];
  const isURI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\p{Cc}\p{Cs}<>"\\^`{|}]+$/u.test(id);
  return isURI ? [] : [{ path: '/id', message: 'must be an absolute URI' }];
}

function invalid(faults: readonly Fault[]): ThingError {
  const [first] = faults;
  const more = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
  const detail = `This is no Thing Description that can be registered: ${fieldOf(first?.path ?? '')} ${first?.message}${more}`;
  return new ThingError('invalid', detail, { faults: faults.slice(0, MOST_FAULTS) });
}

/** A place in a TD as validation errors name it: `properties.level.forms.0.href`; the TD itself is `(root)`. */
export function fieldOf(path: string): string {
  if (path === '') return '(root)';
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}
