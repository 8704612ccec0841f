import { type CompileCheck, ThingError } from '@thingwright/core';
import type { Static, TSchema } from 'typebox';

/** Makes the reader of bodies of a schema; members that it does not know are ignored. @throws ThingError `invalid`, naming every fault. */
export function bodyReader<Schema extends TSchema>(
  compileCheck: CompileCheck,
  schema: Schema,
): (body: unknown) => Static<Schema> {
  const check = compileCheck(schema);
  const fits = (body: unknown): body is Static<Schema> => body !== undefined && check.fits(body);
  return (body) => {
    if (fits(body)) return body;
    const faults = body === undefined ? [{ path: '', message: 'is missing' }] : check.faults(body);
    const why = faults.map(({ path, message }) => `${path || 'the body'} ${message}`).join('; ');
    throw new ThingError('invalid', `The body cannot be taken: ${why}`, { faults });
  };
}
