import type { Form, FormBuilder, FormTarget, OperationName } from '@thingwright/core';

const JSON_TYPE = 'application/json';
const PROBLEMS = {
  additionalResponses: [{ success: false, contentType: 'application/problem+json', schema: 'problem' }],
};

/**
 * The forms of the HTTP Basic and SSE profiles. A method is stated only where TD 1.1 has no default for the operation and
 * none but that operation is in the form. Read-multiple and write-all have no form (the profiles have none), nor have query
 * and cancel: their URL is the `href` of the invocation.
 */
export const httpForms: FormBuilder = (target) => {
  switch (target.kind) {
    case 'property':
      return [
        ...plain(target, `properties/${nameOf(target)}${queryOf(target)}`, ['readproperty', 'writeproperty']),
        ...stream(target, `properties/${nameOf(target)}`, ['observeproperty', 'unobserveproperty']),
      ];
    case 'action':
      return target.operations.includes('invokeaction')
        ? [form(`actions/${nameOf(target)}${queryOf(target)}`, { op: 'invokeaction' })]
        : [];
    case 'event':
      return stream(target, `events/${nameOf(target)}`, ['subscribeevent', 'unsubscribeevent']);
    case 'thing':
      return [
        ...plain(target, 'properties', ['readallproperties', 'writemultipleproperties']),
        ...stream(target, 'properties', ['observeallproperties', 'unobserveallproperties']),
        ...(target.operations.includes('queryallactions')
          ? [form('actions', { op: 'queryallactions', 'htv:methodName': 'GET' })]
          : []),
        ...stream(target, 'events', ['subscribeallevents', 'unsubscribeallevents']),
      ];
  }
};

/**
 * One more form for each affordance, labelled as the HTTP sub-protocol that is proposed in the Web Thing Protocol's
 * repository labels them; what goes over the wire is the same.
 */
export const httpSubprotocolForms: FormBuilder = (target) => {
  const groups = { property: 'properties', action: 'actions', event: 'events' };
  if (target.kind === 'thing') return [];
  const href = `${groups[target.kind]}/${nameOf(target)}${queryOf(target)}`;
  return [{ href, op: target.operations, subprotocol: 'webthingprotocol', contentType: JSON_TYPE, ...PROBLEMS }];
};

function form(href: string, terms: Partial<Form>): Form {
  return { href, ...terms, contentType: JSON_TYPE, ...PROBLEMS };
}

function plain(target: FormTarget, href: string, operations: readonly OperationName[]): readonly Form[] {
  const op = operations.filter((operation) => target.operations.includes(operation));
  return op.length === 0 ? [] : [form(href, { op })];
}

function stream(target: FormTarget, href: string, operations: readonly OperationName[]): readonly Form[] {
  const op = operations.filter((operation) => target.operations.includes(operation));
  return op.length === 0 ? [] : [form(href, { op, subprotocol: 'sse' })];
}

const nameOf = ({ name }: FormTarget): string => encodeURIComponent(name);

const queryOf = ({ uriVariables }: FormTarget): string =>
  uriVariables.length === 0 ? '' : `{?${uriVariables.map(encodeURIComponent).join(',')}}`;
