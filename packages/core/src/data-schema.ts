import type { DataSchema } from './thing-description.js';

/** Every term that TD 1.1 has for a data schema (section 5.3.2). */
const TERMS = new Set([
  '@type',
  'title',
  'titles',
  'description',
  'descriptions',
  'const',
  'default',
  'unit',
  'oneOf',
  'enum',
  'readOnly',
  'writeOnly',
  'format',
  'type',
  'items',
  'minItems',
  'maxItems',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'properties',
  'required',
  'minLength',
  'maxLength',
  'pattern',
  'contentEncoding',
  'contentMediaType',
]);

/** Terms of JSON Schema that mean something and that a TD cannot say. */
const INEXPRESSIBLE = new Set([
  'anyOf',
  'allOf',
  'not',
  'if',
  '$ref',
  '$dynamicRef',
  '$defs',
  'patternProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'unevaluatedItems',
  'uniqueItems',
  'contains',
  'prefixItems',
]);

/** Every type that a TD can say. */
const TYPES: readonly unknown[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

/**
 * Turns a TypeBox schema into a TD data schema: the terms of the TD vocabulary and prefixed ones stay, others, such as
 * `additionalProperties` and `$id`, are dropped.
 * @throws TypeError for a schema that says what a TD cannot (`anyOf`, a list of types, …); `where` names it.
 */
export function toDataSchema(schema: object, where: string): DataSchema {
  const terms: [string, unknown][] = [];
  for (const [term, value] of Object.entries(schema)) {
    if (INEXPRESSIBLE.has(term)) throw new TypeError(`${where}: a Thing Description cannot say '${term}'`);
    if (term === 'type' && !TYPES.includes(value)) {
      throw new TypeError(`${where}: a Thing Description cannot say the type ${JSON.stringify(value)}`);
    }
    if (TERMS.has(term) || term.includes(':')) terms.push([term, nested(term, value, where)]);
  }
  return withType(Object.fromEntries(terms));
}

function nested(term: string, value: unknown, where: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (term === 'properties') {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, toDataSchema(inner, `${where}.${name}`)]),
    );
  }
  if (term === 'oneOf' || (term === 'items' && Array.isArray(value))) {
    return Object.values(value).map((inner, i) => toDataSchema(inner, `${where} ${term} ${i}`));
  }
  return term === 'items' ? toDataSchema(value, `${where} items`) : value;
}

/** An enumeration of strings, or of numbers, says so. */
function withType(schema: DataSchema): DataSchema {
  const { enum: values } = schema;
  if ('type' in schema || !Array.isArray(values)) return schema;
  if (values.every((value) => typeof value === 'string')) return { type: 'string', ...schema };
  if (values.every((value) => typeof value === 'number')) return { type: 'number', ...schema };
  return schema;
}
