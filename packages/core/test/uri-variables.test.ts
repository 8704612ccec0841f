import { expect } from 'chai';
import { of } from 'rxjs';
import * as t from 'typebox';
import { defineThing, expose } from '../src/index.js';
import { openWorkbench, refusal } from './workbench.js';

const Archive = defineThing({
  title: 'Archive',
  properties: {
    page: {
      schema: t.Unknown(),
      uriVariables: { limit: t.Integer({ maximum: 10 }), constructor: t.String(), toString: t.String() },
    },
  },
  actions: {
    find: {
      synchronous: true,
      output: t.Unknown(),
      uriVariables: { limit: t.Integer({ maximum: 10 }) },
    },
  },
});

const archive = expose(Archive, () => ({
  properties: {
    page: {
      read: ({ uriVariables }) => uriVariables,
      write: (_: unknown, { uriVariables }) => uriVariables,
      value: of(),
    },
  },
  actions: { find: (_, { uriVariables }) => uriVariables },
}));

describe('URI variables', () => {
  it('reach the handlers of a read, a write and an action', async () => {
    await using bench = openWorkbench(archive);
    const uriVariables = { limit: 3 };
    expect((await bench.ask({ op: 'readproperty', name: 'page', uriVariables })).value).to.equal(uriVariables);
    const written = await bench.ask({ op: 'writeproperty', name: 'page', value: 1, uriVariables });
    expect(written.value).to.equal(uriVariables);
    expect((await bench.ask({ op: 'invokeaction', name: 'find', uriVariables })).output).to.equal(uriVariables);
  });

  it('may be missing, also those that are named as a member of every object', async () => {
    await using bench = openWorkbench(archive);
    expect((await bench.ask({ op: 'readproperty', name: 'page' })).value).to.deep.equal({});
    expect((await bench.ask({ op: 'readproperty', name: 'page', uriVariables: {} })).value).to.deep.equal({});
    expect((await bench.ask({ op: 'invokeaction', name: 'find' })).output).to.deep.equal({});
  });

  it('are refused where they do not fit, and the refusal names all concerned', async () => {
    await using bench = openWorkbench(archive);
    const uriVariables = { limit: 11 };
    const error = await refusal(bench.ask({ op: 'readproperty', name: 'page', uriVariables }));
    expect(error.code).to.equal('invalid');
    expect(error.detail).to.equal("Property 'page' of 'Archive' cannot take 11 as URI variable 'limit': must be <= 10");
    expect(error.faults).to.have.lengthOf(1);
    const invoking = await refusal(bench.ask({ op: 'invokeaction', name: 'find', uriVariables }));
    expect(invoking.detail).to.match(/^Action 'find' of 'Archive' cannot take 11/);
    expect((await refusal(bench.ask({ op: 'writeproperty', name: 'page', value: 1, uriVariables }))).code).to.equal(
      'invalid',
    );
  });
});
