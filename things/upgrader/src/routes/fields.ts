import { type Fault, isMembers, ThingError } from '@thingwright/core';
import { TEXTS } from './rest-errors.js';

/** Reads the value of a member, or says what is wrong with it. */
export type Field<T> = (value: unknown) => { readonly value: T } | { readonly fault: string };

const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i;

/** A text that is not empty, with so many characters at most. */
export const text =
  (most: number): Field<string> =>
  (value) => {
    if (typeof value !== 'string') return { fault: 'Not a valid string.' };
    const trimmed = value.trim();
    if (trimmed === '') return { fault: 'This field may not be blank.' };
    // A database may know no text with them.
    if (trimmed.includes('\0')) return { fault: 'Null characters are not allowed.' };
    return trimmed.length > most
      ? { fault: `Ensure this field has no more than ${most} characters.` }
      : { value: trimmed };
  };

/** A text that may be empty. */
export const freeText =
  (most: number): Field<string> =>
  (value) =>
    value === '' ? { value: '' } : text(most)(value);

/** The id of a row. */
export const id: Field<string> = (value) =>
  typeof value === 'string' && UUID.test(value)
    ? { value: value.toLowerCase() }
    : { fault: `“${String(value)}” is not a valid UUID.` };

/** True or false, also as clients of forms say it. */
export const flag: Field<boolean> = (value) => {
  if (value === true || value === 'true' || value === 'True' || value === '1' || value === 1) return { value: true };
  if (value === false || value === 'false' || value === 'False' || value === '0' || value === 0)
    return { value: false };
  return { fault: 'Must be a valid boolean.' };
};

/** Whatever it is; it is checked elsewhere. */
export const anything: Field<unknown> = (value) => ({ value });

/** The same, or null, also as an empty text. */
export const orNull =
  <T>(field: Field<T>): Field<T | null> =>
  (value) =>
    value === null || value === '' ? { value: null } : field(value);

type Fields = Readonly<Record<string, Field<unknown>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;

/** What was sent of some members. */
export type Sent<F extends Fields> = { readonly [K in keyof F]?: ValueOf<F[K]> };

/**
 * Reads the members of a body; others are ignored, as are read-only ones.
 * @throws ThingError `invalid` with every fault, also for each of `required` that is missing.
 */
export function readFields<const F extends Fields>(
  body: unknown,
  fields: F,
  required: readonly (keyof F & string)[] = [],
): Sent<F> {
  const members = body === undefined ? {} : body;
  if (!isMembers(members)) throw new ThingError('invalid', 'Invalid data. Expected a dictionary.');
  const faults: Fault[] = [];
  const sent: Sent<F> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!Object.hasOwn(members, name) || members[name] === undefined) {
      if (required.includes(name)) faults.push({ path: `/${name}`, message: TEXTS.required });
      continue;
    }
    const read = field(members[name]);
    if ('fault' in read) faults.push({ path: `/${name}`, message: read.fault });
    else Object.assign(sent, { [name]: read.value });
  }
  const [first] = faults;
  if (first) throw new ThingError('invalid', first.message, { faults });
  return sent;
}
