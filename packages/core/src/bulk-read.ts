import { BulkResult } from './bulk-result.js';
import type { Answer, Context } from './channel.js';
import { type Interior, missing } from './interior.js';
import { isReadable } from './model.js';
import { isPromise } from './promise.js';
import type { Property } from './property.js';
import { ThingError } from './thing-error.js';

/** Reads all properties that the caller may read. */
export function readAllProperties(interior: Interior, context: Context): Answer | Promise<Answer> {
  const { permission } = interior;
  permission.demand('readallproperties', context);
  const properties: Property[] = [];
  for (const property of interior.properties.values()) {
    if (!isReadable(property.declaration) || !permission.allows('readproperty', context, property.name)) continue;
    properties.push(property);
  }
  return readEach(interior, properties, context);
}

/**
 * Reads the properties named, one named twice once.
 * @throws ThingError `invalid` if none is named, or naming each that is unknown or write-only.
 */
export function readMultipleProperties(
  interior: Interior,
  names: readonly string[],
  context: Context,
): Answer | Promise<Answer> {
  const { permission, title } = interior;
  permission.demand('readmultipleproperties', context);
  if (names.length === 0) throw new ThingError('invalid', `No property of '${title}' is named`);
  const result = new BulkResult(title, 'read');
  const properties = new Map<string, Property>();
  for (const name of new Set(names)) {
    const property = interior.properties.get(name);
    if (!property) {
      result.deny(name, missing(interior, 'property', name));
      continue;
    }
    permission.demand('readproperty', context, name);
    if (!isReadable(property.declaration))
      result.deny(name, new ThingError('invalid', `${property.who} is write-only`));
    properties.set(name, property);
  }
  result.refuse();
  return readEach(interior, [...properties.values()], context);
}

/** Leaves out what has no value yet. */
function readEach({ title }: Interior, properties: readonly Property[], context: Context): Answer | Promise<Answer> {
  const result = new BulkResult(title, 'read');
  const later: Promise<void>[] = [];
  for (const property of properties) {
    const { name } = property;
    try {
      const found = property.find(context);
      if (isPromise(found)) {
        later.push(
          found.then(
            (reading) => reading && result.keep(name, reading.value),
            (thrown: unknown) => result.fail(name, thrown),
          ),
        );
      } else if (found) {
        result.keep(name, found.value);
      }
    } catch (thrown) {
      result.fail(name, thrown);
    }
  }
  const finish = (): Answer => result.answer(properties.map(({ name }) => name));
  return later.length === 0 ? finish() : Promise.all(later).then(finish);
}
