import { ANONYMOUS, createSite, type Security } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { expect } from 'chai';
import { httpForms } from '../src/http-forms.js';
import { toOpenApi } from '../src/open-api.js';
import { createOven } from './oven.js';

const COMBO: Security = {
  definitions: {
    basic_sc: { scheme: 'basic', name: 'Authorization' },
    bearer_sc: { scheme: 'bearer', format: 'opaque' },
    either_sc: { scheme: 'combo', oneOf: ['basic_sc', 'bearer_sc'] },
  },
  thing: 'either_sc',
};

async function documentOf(security?: Security): Promise<Readonly<Record<string, unknown>>> {
  await using site = createSite({ compileCheck, ...(security ? { security } : {}) });
  site.addForms(httpForms);
  const thing = site.add('oven', createOven().exposure);
  const description = site.describe(thing, 'http://x', ANONYMOUS);
  return toOpenApi([{ name: 'oven', description }], { origin: 'http://x', security: site.security });
}

/** All values of members of that name, at any depth. */
function valuesOf(name: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(key === name ? [inner] : []), ...valuesOf(name, inner)]);
}

const at = (document: unknown, ...path: string[]): unknown =>
  path.reduce(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document,
  );

describe('toOpenApi', () => {
  it('has for each address the methods that it takes', async () => {
    const document = await documentOf();
    const methods = (path: string): string[] => Object.keys(Object(at(document, 'paths', `/things/oven${path}`)));
    expect(methods('')).to.deep.equal(['get']);
    expect(methods('/properties')).to.deep.equal(['get', 'put']);
    expect(methods('/properties/temperature')).to.deep.equal(['get']);
    expect(methods('/properties/label')).to.deep.equal(['get', 'put']);
    expect(methods('/properties/pin')).to.deep.equal(['put']);
    expect(methods('/actions')).to.deep.equal(['get']);
    expect(methods('/actions/double')).to.deep.equal(['post']);
    expect(methods('/actions/double/{id}')).to.deep.equal([]);
    expect(methods('/actions/bake/{id}')).to.deep.equal(['parameters', 'get', 'delete']);
    expect(methods('/events/overheated')).to.deep.equal(['get']);
  });

  it('has the schemas of the Model, and nothing of the TD besides', async () => {
    const document = await documentOf();
    const media = ['content', 'application/json', 'schema'];
    const read = ['paths', '/things/oven/properties/temperature', 'get'];
    expect(at(document, ...read, 'responses', '200', ...media)).to.deep.equal({
      type: 'number',
      unit: 'degree Celsius',
      readOnly: true,
    });
    const invoke = ['paths', '/things/oven/actions/double', 'post'];
    expect(at(document, ...invoke, 'requestBody', ...media)).to.deep.equal({ type: 'number' });
    expect(at(document, ...invoke, 'responses', '200', ...media)).to.deep.equal({ type: 'number' });
    expect(at(document, ...invoke, 'parameters')).to.deep.equal([
      { name: 'plus', in: 'query', schema: { type: 'number' } },
    ]);
    expect(valuesOf('forms', document)).to.deep.equal([]);
  });

  it('has each operationId once, and refers to nothing that is not there', async () => {
    const document = await documentOf();
    const ids = valuesOf('operationId', document);
    expect(new Set(ids).size).to.equal(ids.length).and.to.be.above(15);
    for (const reference of new Set(valuesOf('$ref', document))) {
      expect(at(document, ...String(reference).split('/').slice(1)), String(reference)).to.be.an('object');
    }
  });

  it('names the ways to authenticate, if there are any', async () => {
    expect(await documentOf()).to.not.have.property('security');
    const document = await documentOf(COMBO);
    expect(document.security).to.deep.equal([{ basic_sc: [] }, { bearer_sc: [] }]);
    expect(at(document, 'components', 'securitySchemes')).to.deep.equal({
      basic_sc: { type: 'http', scheme: 'basic' },
      bearer_sc: { type: 'http', scheme: 'bearer' },
    });
  });
});
