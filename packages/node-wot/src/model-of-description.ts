import {
  type ActionDeclaration,
  defineThing,
  type EventDeclaration,
  type Model,
  type PropertyDeclaration,
  ThingError,
} from '@thingwright/core';

/** A Thing Description, or what node-wot knows of an exposed Thing; nothing in it is relied upon. */
export type Described = Readonly<Record<string, unknown>>;

/** How a Thing is served. */
export interface ModelOptions {
  /** Whether an action of which the TD says `synchronous: false` is one that can be queried; else its answer is its output. */
  readonly keepsAsynchronous: boolean;
  /** Whether every readable property can be observed, whatever the TD says. */
  readonly observesAll: boolean;
}

/**
 * Reads the Model out of a Thing Description. What core's Models cannot say is left out, so that a check may be laxer than the
 * TD. An action is synchronous unless the TD denies it. @throws ThingError `invalid` for what cannot be served.
 */
export function modelOfDescription(td: Described, { keepsAsynchronous, observesAll }: ModelOptions): Model {
  const actions = each(td.actions, (action) => toAction(action, keepsAsynchronous));
  const isQueryable = Object.values(actions).some(({ synchronous }) => synchronous === false);
  const events = each(td.events, toEvent);
  if (isQueryable) delete events.actionStatus;
  const model: Model = {
    title: asText(td.title) || 'Thing',
    ...words(td),
    ...prefixes(td['@context']),
    properties: each(td.properties, (property) => toProperty(property, observesAll)),
    actions,
    events,
  };
  try {
    return defineThing(model);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'its Thing Description has no meaning here';
    throw new ThingError('invalid', `'${model.title}' cannot be served: ${why}`, { cause });
  }
}

const toProperty = (property: Described, observesAll: boolean): PropertyDeclaration => ({
  schema: toSchema(property, PROPERTY_TERMS),
  ...words(property),
  ...uriVariables(property),
  ...(property.readOnly === true ? { readOnly: true } : {}),
  ...(property.writeOnly === true ? { writeOnly: true } : { observable: observesAll || property.observable === true }),
});

const toAction = (action: Described, keepsAsynchronous: boolean): ActionDeclaration => ({
  ...words(action),
  ...uriVariables(action),
  ...(isDescribed(action.input) ? { input: toSchema(action.input) } : {}),
  ...(action.synchronous === false && !keepsAsynchronous
    ? {}
    : isDescribed(action.output)
      ? { output: toSchema(action.output) }
      : {}),
  ...(action.synchronous === false && keepsAsynchronous
    ? { synchronous: false, cancelable: false }
    : { synchronous: true }),
  safe: action.safe === true,
  idempotent: action.idempotent === true,
});

const toEvent = (event: Described): EventDeclaration => ({
  ...words(event),
  ...(isDescribed(event.data) ? { data: toSchema(event.data) } : {}),
});

/** Terms of data schemas that a Model takes as they are. */
const PLAIN_TERMS = [
  'title',
  'titles',
  'description',
  'descriptions',
  'const',
  'default',
  'unit',
  'enum',
  'format',
  'minItems',
  'maxItems',
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'required',
  'minLength',
  'maxLength',
  'pattern',
  'contentEncoding',
  'contentMediaType',
] as const;
/** The same for the schema of a property, whose words stand beside it. */
const PROPERTY_TERMS = PLAIN_TERMS.filter((term) => !/^(title|description)s?$/.test(term));
const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

function toSchema(schema: Described, terms: readonly string[] = PLAIN_TERMS): Described {
  const { type, properties, items, oneOf } = schema;
  return {
    ...(TYPES.has(type) ? { type } : {}),
    ...Object.fromEntries(terms.flatMap((term) => (schema[term] === undefined ? [] : [[term, schema[term]]]))),
    ...(isDescribed(properties) ? { properties: each(properties, (inner) => toSchema(inner)) } : {}),
    ...(isDescribed(items) ? { items: toSchema(items) } : {}),
    ...(Array.isArray(oneOf) ? { oneOf: oneOf.filter(isDescribed).map((inner) => toSchema(inner)) } : {}),
  };
}

function words({ title, description }: Described): { readonly title?: string; readonly description?: string } {
  return {
    ...(typeof title === 'string' && title !== '' ? { title } : {}),
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
  };
}

function uriVariables({ uriVariables: variables }: Described): { readonly uriVariables?: Record<string, Described> } {
  return isDescribed(variables) ? { uriVariables: each(variables, (schema) => toSchema(schema)) } : {};
}

/** The JSON-LD prefixes that a TD declares. */
function prefixes(context: unknown): Pick<Model, 'prefixes'> {
  const declared = [context].flat().filter(isDescribed).flatMap(Object.entries);
  const found = declared.filter(([name, iri]) => typeof iri === 'string' && !name.startsWith('@'));
  return found.length === 0 ? {} : { prefixes: Object.fromEntries(found) };
}

const isDescribed = (value: unknown): value is Described =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asText = (value: unknown): string => (typeof value === 'string' ? value : '');

function each<T>(group: unknown, make: (part: Described) => T): Record<string, T> {
  const parts = isDescribed(group) ? Object.entries(group) : [];
  return Object.fromEntries(parts.flatMap(([name, part]) => (isDescribed(part) ? [[name, make(part)]] : [])));
}
