import type { DescribedAffordance, Form, OperationName, Security, ThingDescription } from '@thingwright/core';

type Json = Readonly<Record<string, unknown>>;

/** A Thing to document, as its reader may see it. */
export interface DocumentedThing {
  readonly name: string;
  readonly description: ThingDescription;
}

/** Terms of a TD's affordance that are no terms of a schema. */
const NO_SCHEMA_TERMS = new Set(['@type', 'forms', 'uriVariables', 'observable', 'titles', 'descriptions']);

const PROBLEM = {
  type: 'object',
  description: 'Problem Details (RFC 9457); errors, values, faults are extensions.',
  properties: {
    status: { type: 'integer' },
    title: { type: 'string' },
    detail: { type: 'string' },
    faults: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
    errors: { type: 'object', additionalProperties: { $ref: '#/components/schemas/Problem' } },
    values: { type: 'object' },
  },
  required: ['status', 'title'],
};

const ACTION_STATUS = {
  type: 'object',
  properties: {
    status: { enum: ['pending', 'running', 'completed', 'failed'] },
    output: {},
    error: { $ref: '#/components/schemas/Problem' },
    href: { type: 'string', format: 'uri-reference' },
    timeRequested: { type: 'string', format: 'date-time' },
    timeEnded: { type: 'string', format: 'date-time' },
  },
  required: ['status', 'href', 'timeRequested'],
};

const STATUS_REF = { $ref: '#/components/schemas/ActionStatus' };
const json = (schema: unknown): Json => ({ 'application/json': { schema } });
const PROBLEM_ANSWER = {
  description: 'Problem Details',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** Makes the OpenAPI 3.1 document of what is served over HTTP. */
export function toOpenApi(
  things: readonly DocumentedThing[],
  { origin, security }: { readonly origin: string; readonly security: Security },
): Json {
  const paths = things.flatMap((thing) => pathsOf(thing).map(([path, item]) => [`/things/${thing.name}${path}`, item]));
  const schemes = securitySchemes(security);
  const describing = operation('listThings', 'The Thing Descriptions', {
    200: { description: 'An array of Thing Descriptions', content: { 'application/ld+json': {} } },
  });
  return {
    openapi: '3.1.0',
    info: { title: 'Things', version: '1', description: 'Properties, actions and events of Things over HTTP.' },
    servers: [{ url: origin }],
    ...(schemes.length === 0 ? {} : { security: schemes.map(([name]) => ({ [name]: [] })) }),
    tags: things.map(({ name, description }) => ({ name, description: description.title })),
    paths: { '/things': { get: describing }, ...Object.fromEntries(paths) },
    components: {
      schemas: { Problem: PROBLEM, ActionStatus: ACTION_STATUS },
      ...(schemes.length === 0 ? {} : { securitySchemes: Object.fromEntries(schemes) }),
    },
  };
}

function securitySchemes({ definitions, thing }: Security): [string, Json][] {
  const inner = definitions[thing]?.oneOf;
  const names = Array.isArray(inner) ? inner.map(String) : [thing];
  return names.flatMap((name): [string, Json][] => {
    const scheme = definitions[name]?.scheme;
    return scheme === 'basic' || scheme === 'bearer' ? [[name, { type: 'http', scheme }]] : [];
  });
}

type PathItem = [path: string, item: Json];

function pathsOf({ name: tag, description: td }: DocumentedThing): PathItem[] {
  const tell = (id: string, summary: string, responses: Json, more: Json = {}): Json =>
    operation(`${tag}.${id}`, summary, responses, { tags: [tag], ...more });
  const of = (group: Readonly<Record<string, DescribedAffordance>> | undefined) => Object.entries(group ?? {});
  return [
    [
      '',
      {
        get: tell('describe', 'The Thing Description', {
          200: { description: 'OK', content: { 'application/td+json': {} } },
        }),
      },
    ],
    ...thingPaths(td, tell),
    ...of(td.properties).map(([name, property]) => propertyPath(name, property, tell)),
    ...of(td.actions).flatMap(([name, action]) => actionPaths(name, action, tell)),
    ...of(td.events).map(([name, event]): PathItem => {
      const stream = tell(`events.${name}`, titleOf(event, name), { 200: eventStream(event.data) }, about(event));
      return [`/events/${encodeURIComponent(name)}`, { get: stream }];
    }),
  ];
}

type Tell = (id: string, summary: string, responses: Json, more?: Json) => Json;

function thingPaths(td: ThingDescription, tell: Tell): PathItem[] {
  const forms = td.forms ?? [];
  const values = { type: 'object', properties: schemasOf(td.properties) };
  const item = (entries: readonly (readonly [string, Json | false])[]): Json =>
    Object.fromEntries(entries.filter(([, content]) => content !== false));
  const properties = item([
    [
      'get',
      has(forms, 'readallproperties') &&
        tell('readAll', 'All readable properties', {
          200: { description: 'Values by name', content: { ...json(values), 'text/event-stream': {} } },
        }),
    ],
    [
      'put',
      has(forms, 'writemultipleproperties') && tell('write', 'Several properties', DONE, { requestBody: body(values) }),
    ],
  ]);
  const all = { type: 'object', additionalProperties: { type: 'array', items: STATUS_REF } };
  return [
    ...(Object.keys(properties).length > 0 ? ([['/properties', properties]] satisfies PathItem[]) : []),
    ...(has(forms, 'queryallactions')
      ? ([
          [
            '/actions',
            {
              get: tell('actions', 'All invocations, newest first', {
                200: { description: 'By action', content: json(all) },
              }),
            },
          ],
        ] satisfies PathItem[])
      : []),
    ...(has(forms, 'subscribeallevents')
      ? ([['/events', { get: tell('events', 'All events', { 200: eventStream(undefined) }) }]] satisfies PathItem[])
      : []),
  ];
}

function propertyPath(name: string, property: DescribedAffordance, tell: Tell): PathItem {
  const schema = schemaOf(property);
  const streams = has(property.forms, 'observeproperty') ? { 'text/event-stream': {} } : {};
  const summary = titleOf(property, name);
  const more = { ...about(property), ...parametersOf(property) };
  const content = { ...json(schema), ...streams };
  return [
    `/properties/${encodeURIComponent(name)}`,
    {
      ...(has(property.forms, 'readproperty')
        ? { get: tell(`properties.${name}.read`, summary, { 200: { description: 'The value', content } }, more) }
        : {}),
      ...(has(property.forms, 'writeproperty')
        ? { put: tell(`properties.${name}.write`, summary, DONE, { ...more, requestBody: body(schema) }) }
        : {}),
    },
  ];
}

function actionPaths(name: string, action: DescribedAffordance, tell: Tell): PathItem[] {
  const path = `/actions/${encodeURIComponent(name)}`;
  const more = {
    ...about(action),
    ...parametersOf(action),
    ...(action.input === undefined ? {} : { requestBody: body(action.input) }),
  };
  const post = (responses: Json): PathItem => [
    path,
    { post: tell(`actions.${name}.invoke`, titleOf(action, name), responses, more) },
  ];
  if (action.synchronous === true) {
    return [
      post(action.output === undefined ? DONE : { 200: { description: 'The output', content: json(action.output) } }),
    ];
  }
  const headers = { Location: { schema: { type: 'string', format: 'uri-reference' } } };
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
  const status = { description: 'How it stands', content: json(STATUS_REF) };
  return [
    post({ 201: { ...status, headers } }),
    [
      `${path}/{id}`,
      {
        parameters: [id],
        get: tell(`actions.${name}.query`, `How ${name} stands`, { 200: status }),
        delete: tell(`actions.${name}.cancel`, `Cancels ${name}`, DONE),
      },
    ],
  ];
}

const DONE = { 204: { description: 'Done' } };

const operation = (operationId: string, summary: string, responses: Json, more: Json = {}): Json => ({
  operationId,
  summary,
  ...more,
  responses: { ...responses, default: PROBLEM_ANSWER },
});

const body = (schema: unknown): Json => ({ required: true, content: json(schema) });

const eventStream = (data: unknown): Json => ({
  description: `A stream of events${data === undefined ? '' : ', whose data are JSON'}`,
  content: { 'text/event-stream': {} },
});

const has = (forms: readonly Form[], op: OperationName): boolean => forms.some((form) => [form.op].flat().includes(op));

const titleOf = (affordance: DescribedAffordance, name: string): string =>
  typeof affordance.title === 'string' ? affordance.title : name;

const about = ({ description }: DescribedAffordance): Json => (typeof description === 'string' ? { description } : {});

const schemaOf = (property: DescribedAffordance): Json =>
  Object.fromEntries(Object.entries(property).filter(([term]) => !NO_SCHEMA_TERMS.has(term)));

const schemasOf = (properties: ThingDescription['properties']): Json =>
  Object.fromEntries(Object.entries(properties ?? {}).map(([name, property]) => [name, schemaOf(property)]));

function parametersOf({ uriVariables }: DescribedAffordance): Json {
  if (typeof uriVariables !== 'object' || uriVariables === null) return {};
  return {
    parameters: Object.entries(uriVariables).map(([name, schema]) => ({ name, in: 'query', schema })),
  };
}
