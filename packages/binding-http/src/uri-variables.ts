import type { Affordance, UriVariables } from '@thingwright/core';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * The values of an affordance's URI variables in a query, as what their schemas say: numbers and booleans where the text is
 * one. What does not fit stays text, and fails the check of its schema.
 */
export function parseUriVariables(affordance: Affordance | undefined, query: unknown): UriVariables | undefined {
  const schemas = affordance?.uriVariables;
  if (!schemas || typeof query !== 'object' || query === null) return undefined;
  const given = new Map<string, unknown>(Object.entries(query));
  const values = Object.entries(schemas)
    .filter(([name]) => given.has(name))
    .map(([name, schema]) => [name, parseValue(schema, given.get(name))]);
  return Object.fromEntries(values);
}

function parseValue(schema: object, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const types = typesOf(schema);
  if (NUMBER.test(text) && (types.has('number') || types.has('integer'))) return Number(text);
  if ((text === 'true' || text === 'false') && types.has('boolean')) return text === 'true';
  return text;
}

/** The types that a schema speaks of, be it by its values. */
function typesOf(schema: object): ReadonlySet<unknown> {
  const types = new Set<unknown>();
  if ('type' in schema) types.add(schema.type);
  if ('const' in schema) types.add(typeof schema.const);
  for (const group of ['enum' in schema ? schema.enum : [], 'oneOf' in schema ? schema.oneOf : []]) {
    if (!Array.isArray(group)) continue;
    for (const member of group) {
      if (typeof member !== 'object' || member === null) types.add(typeof member);
      else for (const type of typesOf(member)) types.add(type);
    }
  }
  return types;
}
