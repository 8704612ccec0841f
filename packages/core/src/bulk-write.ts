import { BulkResult } from './bulk-result.js';
import type { Answer, Context } from './channel.js';
import type { Access } from './implementation.js';
import { type Interior, missing } from './interior.js';
import { isWritable } from './model.js';
import type { WriteAllProperties, WriteMultipleProperties } from './operation.js';
import type { Property } from './property.js';
import { ThingError } from './thing-error.js';
import { NO_VARIABLES } from './uri-variables.js';

/** What is to be written where. */
type Assignments = ReadonlyMap<Property, unknown>;

/**
 * Writes several properties, after a check of every one of them: names, permissions, values. The answer holds the values
 * that are confirmed.
 * @throws ThingError `invalid` naming each name or value that will not do; then nothing was written. Rejects with `failed`
 * and the confirmed values if some could not be written.
 */
export function writeProperties(
  interior: Interior,
  operation: WriteAllProperties | WriteMultipleProperties,
  context: Context,
): Promise<Answer> {
  interior.permission.demand(operation.op, context);
  const { principal } = context;
  return carryOut(interior, checkedAssignments(interior, operation, context), {
    principal,
    uriVariables: NO_VARIABLES,
  });
}

function checkedAssignments(
  interior: Interior,
  { op, values }: WriteAllProperties | WriteMultipleProperties,
  context: Context,
): Assignments {
  const { permission, properties, title } = interior;
  const assignments = new Map<Property, unknown>();
  const result = new BulkResult(title, 'written');
  for (const [name, value] of Object.entries(values)) {
    const property = properties.get(name);
    if (property) {
      permission.demand('writeproperty', context, name);
      assignments.set(property, value);
    } else {
      result.deny(name, missing(interior, 'property', name));
    }
  }
  for (const [property, value] of assignments) {
    const refusal = property.refusal(value);
    if (refusal) result.deny(property.name, refusal);
  }
  if (op === 'writeallproperties') {
    for (const property of properties.values()) {
      if (!isWritable(property.declaration) || assignments.has(property)) continue;
      result.deny(property.name, new ThingError('invalid', `${property.who} is missing`));
    }
  } else if (Object.keys(values).length === 0) {
    throw new ThingError('invalid', `No property of '${title}' is named`);
  }
  result.refuse();
  return assignments;
}

async function carryOut({ title }: Interior, assignments: Assignments, access: Access): Promise<Answer> {
  const result = new BulkResult(title, 'written');
  await Promise.all(
    Array.from(assignments, async ([property, value]) => {
      try {
        const reading = await property.write(value, access);
        if (reading) result.keep(property.name, reading.value);
      } catch (thrown) {
        result.fail(property.name, thrown);
      }
    }),
  );
  return result.answer(Array.from(assignments.keys(), ({ name }) => name));
}
