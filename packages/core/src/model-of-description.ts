import { defineThing } from './define-thing.js';
import type { ActionDeclaration, EventDeclaration, Model, PropertyDeclaration } from './model.js';
import { ThingError } from './thing-error.js';

/** A Thing Description of somebody else's: a JSON object; nothing in it is relied upon. */
export type Described = Readonly<Record<string, unknown>>;

/** How a Thing is served. */
export interface ModelOptions {
  /** Whether an action of which the TD says `synchronous: false` is one that can be queried; else its answer is its output. */
  readonly keepsAsynchronous: boolean;
  /** Whether every readable property can be observed, whatever the TD says. */
  readonly observesAll: boolean;
  /**
   * Whether values are checked by the regular expressions of the TD. One can be written that takes for ever on a short text: not
   * for TDs of strangers, whose devices check for themselves. Default true.
   */
  readonly checksPatterns?: boolean;
}

/** Which terms are taken over from schemas. */
type Terms = readonly string[];

/**
 * Reads the Model out of a Thing Description. What core's Models cannot say is left out, so that a check may be laxer than the
 * TD. An action is synchronous unless the TD denies it. @throws ThingError `invalid` for what cannot be served.
 */
export function modelOfDescription(
  td: Described,
  { keepsAsynchronous, observesAll, checksPatterns = true }: ModelOptions,
): Model {
  const terms = checksPatterns ? PLAIN_TERMS : PLAIN_TERMS.filter((term) => term !== 'pattern');
  const actions = each(td.actions, (action) => toAction(action, keepsAsynchronous, terms));
  const isQueryable = Object.values(actions).some(({ synchronous }) => synchronous === false);
  const events = each(td.events, (event) => toEvent(event, terms));
  if (isQueryable) delete events.actionStatus;
  const model: Model = {
    title: asText(td.title) || 'Thing',
    ...words(td),
    ...prefixes(td['@context']),
    properties: each(td.properties, (property) => toProperty(property, observesAll, terms)),
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

const toProperty = (property: Described, observesAll: boolean, terms: Terms): PropertyDeclaration => ({
  schema: withoutWords(toSchema(property, terms)),
  ...words(property),
  ...uriVariables(property, terms),
  ...(property.readOnly === true ? { readOnly: true } : {}),
  ...(property.writeOnly === true ? { writeOnly: true } : { observable: observesAll || property.observable === true }),
});

const toAction = (action: Described, keepsAsynchronous: boolean, terms: Terms): ActionDeclaration => ({
  ...words(action),
  ...uriVariables(action, terms),
  ...(isDescribed(action.input) ? { input: toSchema(action.input, terms) } : {}),
  ...(action.synchronous === false && !keepsAsynchronous
    ? {}
    : isDescribed(action.output)
      ? { output: toSchema(action.output, terms) }
      : {}),
  ...(action.synchronous === false && keepsAsynchronous
    ? { synchronous: false, cancelable: false }
    : { synchronous: true }),
  safe: action.safe === true,
  idempotent: action.idempotent === true,
});

const toEvent = (event: Described, terms: Terms): EventDeclaration => ({
  ...words(event),
  ...(isDescribed(event.data) ? { data: toSchema(event.data, terms) } : {}),
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
const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

const toSchema = (schema: Described, terms: Terms): Described => ({
  ...(TYPES.has(schema.type) ? { type: schema.type } : {}),
  ...Object.fromEntries(terms.flatMap((term) => (schema[term] === undefined ? [] : [[term, schema[term]]]))),
  ...nested(schema, terms),
});

/** The schema of a property, whose words stand beside it. */
const withoutWords = ({ title, titles, description, descriptions, ...schema }: Described): Described => schema;

const nested = ({ properties, items, oneOf }: Described, terms: Terms): Described => ({
  ...(isDescribed(properties) ? { properties: each(properties, (inner) => toSchema(inner, terms)) } : {}),
  ...(isDescribed(items) ? { items: toSchema(items, terms) } : {}),
  ...(Array.isArray(oneOf) ? { oneOf: oneOf.filter(isDescribed).map((inner) => toSchema(inner, terms)) } : {}),
});

function words({ title, description }: Described): { readonly title?: string; readonly description?: string } {
  return {
    ...(typeof title === 'string' && title !== '' ? { title } : {}),
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
  };
}

function uriVariables(
  { uriVariables: variables }: Described,
  terms: Terms,
): { readonly uriVariables?: Record<string, Described> } {
  return isDescribed(variables) ? { uriVariables: each(variables, (schema) => toSchema(schema, terms)) } : {};
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
