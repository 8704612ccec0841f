import { allEvents } from './action-status.js';
import { toDataSchema } from './data-schema.js';
import {
  type ActionDeclaration,
  type Affordance,
  type EventDeclaration,
  isCancelable,
  isObservable,
  isReadable,
  isWritable,
  type Model,
  type PropertyDeclaration,
} from './model.js';
import type { OperationName } from './operation.js';
import type {
  DataSchema,
  DescribedAffordance,
  Form,
  FormBuilder,
  FormTarget,
  Security,
  ThingDescription,
} from './thing-description.js';

/** What a Thing Description says beyond its Model. */
export interface Description {
  readonly thing: { readonly id: string; readonly name: string };
  /** URL of the Thing, with a slash at its end. */
  readonly base: string;
  readonly security: Security;
  readonly profiles: readonly string[];
  readonly builders: readonly FormBuilder[];
  /** JSON-LD prefixes of the terms that builders use, by name. */
  readonly prefixes?: Readonly<Record<string, string>>;
  /** Whether the reader may do that; what it may not is left out. Without an affordance: on the whole Thing. */
  readonly may: (operation: OperationName, affordance?: string) => boolean;
}

/** The JSON-LD context of TD 1.1. */
export const TD_CONTEXT = 'https://www.w3.org/2022/wot/td/v1.1';
const HTTP_VOCABULARY = 'http://www.w3.org/2011/http#';

/** Name and schema of the error bodies that forms refer to: Problem Details, RFC 9457. */
const PROBLEM_SCHEMAS: Readonly<Record<string, DataSchema>> = {
  problem: {
    type: 'object',
    properties: {
      status: { type: 'integer' },
      type: { type: 'string' },
      title: { type: 'string' },
      detail: { type: 'string' },
    },
    required: ['status', 'title'],
  },
};

/** Makes the Thing Description 1.1 of a Thing: every term of its Model, and the forms of every binding. */
export function describe(model: Model, description: Description): ThingDescription {
  const { thing, base, security, profiles } = description;
  const properties = affordances('property', model.properties, propertyTerms, description);
  const actions = affordances('action', model.actions, actionTerms, description);
  const events = affordances('event', allEvents(model), eventTerms, description);
  const forms = formsFor('thing', { name: '', operations: thingOperations(model) }, description);

  const all = [
    ...forms,
    ...[properties, actions, events].flatMap((group) => Object.values(group).flatMap((a) => a.forms)),
  ];
  return {
    '@context': contexts(model, all, description.prefixes),
    ...(model['@type'] === undefined ? {} : { '@type': model['@type'] }),
    id: thing.id,
    ...heading(model),
    ...(profiles.length === 0 ? {} : { profile: profiles }),
    base,
    ...securityTerms(security, all),
    ...section('links', model.links?.length ? model.links : undefined),
    ...section('properties', nonEmpty(properties)),
    ...section('actions', nonEmpty(actions)),
    ...section('events', nonEmpty(events)),
    ...section('forms', forms.length === 0 ? undefined : forms),
    ...(all.some((form) => form.additionalResponses) ? { schemaDefinitions: PROBLEM_SCHEMAS } : {}),
  };
}

/** Makes the Thing Model of a Model (TD 1.1, section 10): what all Things of it share, without ids, forms or security. */
export function toThingModel(model: Model): Readonly<Record<string, unknown>> {
  const bare = <D extends Affordance>(group: Readonly<Record<string, D>>, terms: Terms<D>): object | undefined =>
    nonEmpty(
      Object.fromEntries(
        Object.entries(group).map(([name, declared]) => [name, { ...heading(declared), ...terms(declared, name) }]),
      ),
    );
  const types = model['@type'] === undefined ? [] : [model['@type']].flat();
  const type = types.length === 0 ? 'tm:ThingModel' : ['tm:ThingModel', ...types];
  return {
    '@context': contexts(model, []),
    ...heading({ ...model, '@type': type }),
    ...(model.version === undefined ? {} : { version: { model: model.version } }),
    ...section('links', model.links?.length ? model.links : undefined),
    ...section('properties', bare(model.properties ?? {}, propertyTerms)),
    ...section('actions', bare(model.actions ?? {}, actionTerms)),
    ...section('events', bare(allEvents(model), eventTerms)),
  };
}

type Terms<D> = (declared: D, name: string) => DataSchema;

const section = (name: string, content: unknown): object => (content === undefined ? {} : { [name]: content });

const nonEmpty = <T extends object>(content: T): T | undefined =>
  Object.keys(content).length === 0 ? undefined : content;

function contexts(
  model: Model,
  forms: readonly Form[],
  prefixes: Description['prefixes'] = {},
): ThingDescription['@context'] {
  const known = Object.entries({ htv: HTTP_VOCABULARY, ...prefixes });
  const isUsed = (prefix: string): boolean =>
    forms.some((form) => Object.keys(form).some((term) => term.startsWith(`${prefix}:`)));
  const terms = {
    ...(model.language === undefined ? {} : { '@language': model.language }),
    ...Object.fromEntries(known.filter(([prefix]) => isUsed(prefix))),
    ...model.prefixes,
  };
  const uris = [TD_CONTEXT, ...(model.contexts ?? [])];
  return Object.keys(terms).length === 0 ? uris : [...uris, terms];
}

const HEADING_TERMS = ['@type', 'title', 'titles', 'description', 'descriptions'] as const;

/** The human-readable terms and `@type`; a Model's version and support contact besides. */
function heading<T extends { readonly title?: string }>(of: T): Pick<T, 'title'>;
function heading(of: Affordance & Partial<Pick<Model, 'version' | 'support'>>): object {
  const terms: [string, unknown][] = HEADING_TERMS.filter((term) => of[term] !== undefined).map((term) => [
    term,
    of[term],
  ]);
  if (of.version !== undefined) terms.push(['version', { instance: of.version, model: of.version }]);
  if (of.support !== undefined) terms.push(['support', of.support]);
  return Object.fromEntries(terms);
}

function securityTerms(
  security: Security,
  forms: readonly Form[],
): Pick<ThingDescription, 'security' | 'securityDefinitions'> {
  const used = new Set([security.thing, ...forms.flatMap((form) => form.security ?? [])]);
  for (const name of used) {
    const scheme = security.definitions[name];
    for (const inner of [scheme?.oneOf, scheme?.allOf].flat()) if (typeof inner === 'string') used.add(inner);
  }
  const definitions = Object.entries(security.definitions).filter(([name]) => used.has(name));
  return { securityDefinitions: Object.fromEntries(definitions), security: security.thing };
}

function affordances<D extends Affordance>(
  kind: 'property' | 'action' | 'event',
  group: Readonly<Record<string, D>> | undefined,
  terms: Terms<D>,
  description: Description,
): Readonly<Record<string, DescribedAffordance>> {
  const described: [string, DescribedAffordance][] = [];
  for (const [name, declared] of Object.entries(group ?? {})) {
    const affordance = { name, operations: operationsOf(kind, declared), declared };
    const forms = formsFor(kind, affordance, description);
    if (forms.length > 0) described.push([name, { ...heading(declared), ...terms(declared, name), forms }]);
  }
  return Object.fromEntries(described);
}

function formsFor(
  kind: FormTarget['kind'],
  affordance: {
    readonly name: string;
    readonly operations: readonly OperationName[];
    readonly declared?: Affordance & Partial<Pick<ActionDeclaration, 'synchronous'>>;
  },
  { thing, base, security, builders, may }: Description,
): readonly Form[] {
  const { name, declared } = affordance;
  const operations = affordance.operations.filter((op) =>
    kind === 'thing' ? may(beginningOf(op)) : may(beginningOf(op), name),
  );
  if (operations.length === 0) return [];
  const target: FormTarget = {
    thing,
    base,
    security,
    kind,
    name,
    operations,
    ...(kind === 'action' ? { synchronous: declared?.synchronous === true } : {}),
    uriVariables: Object.keys(declared?.uriVariables ?? {}),
  };
  return builders.flatMap((builder) => builder(target));
}

/** Ending a stream goes with the right to begin it; nobody is asked for it. */
function beginningOf(operation: OperationName): OperationName {
  switch (operation) {
    case 'unobserveproperty':
      return 'observeproperty';
    case 'unobserveallproperties':
      return 'observeallproperties';
    case 'unsubscribeevent':
      return 'subscribeevent';
    case 'unsubscribeallevents':
      return 'subscribeallevents';
    default:
      return operation;
  }
}

function operationsOf(kind: 'property' | 'action' | 'event', declared: Affordance): readonly OperationName[] {
  if (kind === 'property' && isPropertyDeclaration(declared)) {
    return [
      ...(isReadable(declared) ? (['readproperty'] as const) : []),
      ...(isWritable(declared) ? (['writeproperty'] as const) : []),
      ...(isObservable(declared) ? (['observeproperty', 'unobserveproperty'] as const) : []),
    ];
  }
  if (kind === 'event') return ['subscribeevent', 'unsubscribeevent'];
  const action: ActionDeclaration = declared;
  return [
    'invokeaction',
    ...(action.synchronous ? [] : (['queryaction'] as const)),
    ...(isCancelable(action) ? (['cancelaction'] as const) : []),
  ];
}

const isPropertyDeclaration = (declared: Affordance): declared is PropertyDeclaration => 'schema' in declared;

function thingOperations(model: Model): readonly OperationName[] {
  const properties = Object.values(model.properties ?? {});
  return [
    ...(properties.some(isReadable) ? (['readallproperties', 'readmultipleproperties'] as const) : []),
    ...(properties.some(isWritable) ? (['writeallproperties', 'writemultipleproperties'] as const) : []),
    ...(properties.some(isObservable) ? (['observeallproperties', 'unobserveallproperties'] as const) : []),
    ...(Object.keys(model.actions ?? {}).length > 0 ? (['queryallactions'] as const) : []),
    ...(Object.keys(allEvents(model)).length > 0 ? (['subscribeallevents', 'unsubscribeallevents'] as const) : []),
  ];
}

const propertyTerms: Terms<PropertyDeclaration> = (property, name) => ({
  ...toDataSchema(property.schema, `property '${name}'`),
  ...heading(property),
  ...(property.readOnly ? { readOnly: true } : {}),
  ...(property.writeOnly ? { writeOnly: true } : {}),
  observable: isObservable(property),
  ...variableTerms(property, name),
});

const actionTerms: Terms<ActionDeclaration> = (action, name) => ({
  ...(action.input ? { input: toDataSchema(action.input, `input of '${name}'`) } : {}),
  ...(action.output ? { output: toDataSchema(action.output, `output of '${name}'`) } : {}),
  safe: action.safe === true,
  idempotent: action.idempotent === true,
  synchronous: action.synchronous === true,
  ...variableTerms(action, name),
});

const eventTerms: Terms<EventDeclaration> = (event, name) => ({
  ...(event.data ? { data: toDataSchema(event.data, `data of '${name}'`) } : {}),
  ...variableTerms(event, name),
});

function variableTerms({ uriVariables }: Affordance, name: string): object {
  if (!uriVariables) return {};
  const schemas = Object.entries(uriVariables).map(([variable, schema]) => [
    variable,
    toDataSchema(schema, `URI variable '${variable}' of '${name}'`),
  ]);
  return { uriVariables: Object.fromEntries(schemas) };
}
