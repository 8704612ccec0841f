import type { FormTarget, OperationName } from '@thingwright/core';
import { expect } from 'chai';
import { httpForms, httpSubprotocolForms } from '../src/http-forms.js';

const target = (
  kind: FormTarget['kind'],
  operations: readonly OperationName[],
  more: Partial<FormTarget> = {},
): FormTarget => ({
  thing: { id: 'urn:x', name: 'lab' },
  base: 'http://x/things/lab/',
  security: { definitions: {}, thing: 'nosec_sc' },
  kind,
  name: 'wind',
  operations,
  uriVariables: [],
  ...more,
});

const COMMON = {
  contentType: 'application/json',
  additionalResponses: [{ success: false, contentType: 'application/problem+json', schema: 'problem' }],
};

describe('httpForms', () => {
  it('labels a property as the profiles do', () => {
    expect(httpForms(target('property', ['readproperty', 'observeproperty', 'unobserveproperty']))).to.deep.equal([
      { href: 'properties/wind', op: ['readproperty'], ...COMMON },
      { href: 'properties/wind', op: ['observeproperty', 'unobserveproperty'], subprotocol: 'sse', ...COMMON },
    ]);
  });

  it('offers only what the caller may do', () => {
    expect(httpForms(target('property', ['writeproperty']))).to.deep.equal([
      { href: 'properties/wind', op: ['writeproperty'], ...COMMON },
    ]);
    expect(httpForms(target('action', ['queryaction', 'cancelaction']))).to.deep.equal([]);
    expect(httpForms(target('thing', ['readmultipleproperties', 'writeallproperties']))).to.deep.equal([]);
  });

  it('gives an action its invocation alone', () => {
    expect(httpForms(target('action', ['invokeaction', 'queryaction', 'cancelaction']))).to.deep.equal([
      { href: 'actions/wind', op: 'invokeaction', ...COMMON },
    ]);
  });

  it('encodes names, and puts URI variables into a template of the requests that take them', () => {
    const forms = httpForms(
      target('property', ['readproperty', 'observeproperty'], { name: 'a b/{c}', uriVariables: ['x', 'y'] }),
    );
    expect(forms.map(({ href }) => href)).to.deep.equal([
      'properties/a%20b%2F%7Bc%7D{?x,y}',
      'properties/a%20b%2F%7Bc%7D',
    ]);
  });

  it('states a method only in a form of one operation that has no default', () => {
    const all: OperationName[] = [
      'readallproperties',
      'readmultipleproperties',
      'writeallproperties',
      'writemultipleproperties',
      'observeallproperties',
      'unobserveallproperties',
      'queryallactions',
      'subscribeallevents',
      'unsubscribeallevents',
    ];
    expect(httpForms(target('thing', all, { name: '' }))).to.deep.equal([
      { href: 'properties', op: ['readallproperties', 'writemultipleproperties'], ...COMMON },
      { href: 'properties', op: ['observeallproperties', 'unobserveallproperties'], subprotocol: 'sse', ...COMMON },
      { href: 'actions', op: 'queryallactions', 'htv:methodName': 'GET', ...COMMON },
      { href: 'events', op: ['subscribeallevents', 'unsubscribeallevents'], subprotocol: 'sse', ...COMMON },
    ]);
  });

  it('has forms of the proposed sub-protocol besides', () => {
    expect(httpSubprotocolForms(target('event', ['subscribeevent', 'unsubscribeevent']))).to.deep.equal([
      { href: 'events/wind', op: ['subscribeevent', 'unsubscribeevent'], subprotocol: 'webthingprotocol', ...COMMON },
    ]);
    expect(httpSubprotocolForms(target('thing', ['readallproperties']))).to.deep.equal([]);
  });
});
