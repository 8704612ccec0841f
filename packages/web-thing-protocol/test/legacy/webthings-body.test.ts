import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { named, readActionBody, readActionsBody, readPropertyBody } from '../../src/legacy/index.js';

const isNumber = (value: unknown): boolean => typeof value === 'number';
const isAny = (value: unknown): boolean => value !== undefined;
const isNothing = (value: unknown): boolean => value === undefined;
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

describe('readPropertyBody', () => {
  it('4.8 PUT of a property: both shapes', () => {
    expect(readPropertyBody('target', 180, isNumber)).to.deep.equal({ shape: 'bare', value: 180 });
    expect(readPropertyBody('target', { target: 180 }, isNumber)).to.deep.equal({ shape: 'named', value: 180 });
  });

  it('4.8 what fits the schema is the bare value, even if it looks like the old shape', () => {
    const body = { target: 180 };
    expect(readPropertyBody('target', body, isAny)).to.deep.equal({ shape: 'bare', value: body });
    expect(readPropertyBody('target', body, isObject)).to.deep.equal({ shape: 'bare', value: body });
  });

  it('4.8 what is neither is left for the Thing to refuse', () => {
    for (const body of [{ target: 'x' }, { target: 1, fan: 2 }, { fan: 1 }, [1], null, 'x', undefined]) {
      expect(readPropertyBody('target', body, isNumber)).to.deep.equal({ shape: 'bare', value: body });
    }
  });

  it('knows no value that every object inherits', () => {
    expect(readPropertyBody('constructor', { x: 1 }, isAny).shape).to.equal('bare');
    const body: unknown = JSON.parse('{"__proto__":5}');
    expect(readPropertyBody('__proto__', body, isNumber)).to.deep.equal({ shape: 'named', value: 5 });
  });
});

describe('readActionBody', () => {
  it('4.8 POST to an action: the bare input, or the old shape with at most input', () => {
    expect(readActionBody('bake', 30, isNumber)).to.deep.equal({ shape: 'bare', input: 30 });
    expect(readActionBody('bake', { bake: { input: 30 } }, isNumber)).to.deep.equal({ shape: 'named', input: 30 });
    expect(readActionBody('bake', { bake: {} }, isNothing)).to.deep.equal({ shape: 'named' });
    expect(readActionBody('bake', undefined, isNothing)).to.deep.equal({ shape: 'bare' });
  });

  it('4.8 another name, more members or a wrong input is left for the Thing to refuse', () => {
    const bodies = [{ fade: { input: 1 } }, { bake: { input: 1, more: 2 } }, { bake: { input: 'x' } }, { bake: null }];
    for (const body of bodies) {
      expect(readActionBody('bake', body, isNumber)).to.deep.equal({ shape: 'bare', input: body });
    }
  });

  it('4.8 the schema comes first', () => {
    const body = { bake: { input: {} } };
    expect(readActionBody('bake', body, isObject)).to.deep.equal({ shape: 'bare', input: body });
  });
});

describe('readActionsBody', () => {
  it('4.8 POST /actions: exactly one action, input optional', () => {
    expect(readActionsBody({ bake: { input: { minutes: 30 } } })).to.deep.equal({
      name: 'bake',
      input: { minutes: 30 },
    });
    expect(readActionsBody({ bake: {} })).to.deep.equal({ name: 'bake' });
    expect(readActionsBody({ bake: { input: 0 } })).to.deep.equal({ name: 'bake', input: 0 });
    for (const body of [undefined, null, [], 5, {}, { bake: {}, fade: {} }, { bake: null }, { bake: 5 }]) {
      expect(() => readActionsBody(body))
        .to.throw(ThingError)
        .with.property('code', 'invalid');
    }
  });
});

describe('named', () => {
  it('4.8 is the old shape of an answer, whatever the name', () => {
    expect(named('target', 180)).to.deep.equal({ target: 180 });
    expect(JSON.stringify(named('__proto__', 1))).to.equal('{"__proto__":1}');
  });
});
