import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { readLabThingsError, readLabThingsInput, toLabThingsErrorBody } from '../../src/legacy/index.js';

describe('toLabThingsErrorBody', () => {
  it('3.9 is the detail as a text', () => {
    expect(toLabThingsErrorBody(new ThingError('notFound', 'Not Found'))).to.deep.equal({ detail: 'Not Found' });
  });

  it('3.9 is the list of faults for a body that does not fit', () => {
    const faults = [{ path: '/minutes', message: 'must be integer' }];
    const body = { name: 'bake', value: { minutes: 'x' } };
    expect(toLabThingsErrorBody(new ThingError('invalid', 'No', { faults }), body)).to.deep.equal({
      detail: [{ type: 'value_error', loc: ['body', 'minutes'], msg: 'must be integer', input: 'x' }],
    });
  });

  it('3.9 always has a second part of loc, which clients read unasked', () => {
    const locOf = (path: string, value: unknown) => {
      const error = new ThingError('invalid', 'No', { faults: [{ path, message: 'm' }] });
      const [first] = JSON.parse(JSON.stringify(toLabThingsErrorBody(error, { name: 'target', value }))).detail;
      return [first.loc, first.input];
    };
    expect(locOf('', 'hot')).to.deep.equal([['body', 'target'], 'hot']);
    expect(locOf('/steps/1/a~1b', { steps: [0, { 'a/b': 7 }] })).to.deep.equal([['body', 'steps', 1, 'a/b'], 7]);
    expect(locOf('/0', { 0: 'x' })).to.deep.equal([['body', '0'], 'x']);
    expect(locOf('/__proto__/x', {})).to.deep.equal([['body', '__proto__', 'x'], null]);
  });

  it('3.9 says that a part of the path did not fit', () => {
    const error = new ThingError('invalid', 'No', { faults: [{ path: '', message: 'must be a UUID' }] });
    expect(toLabThingsErrorBody(error, { name: 'id', value: '7', place: 'path' })).to.deep.equal({
      detail: [{ type: 'value_error', loc: ['path', 'id'], msg: 'must be a UUID', input: '7' }],
    });
  });
});

describe('readLabThingsInput', () => {
  it('3.9 an action that declares no input: no body, null or {}', () => {
    for (const body of [undefined, null, {}]) expect(readLabThingsInput(body, false)).to.deep.equal({});
    expect(readLabThingsInput({ a: 1 }, false)).to.deep.equal({ input: { a: 1 } });
  });

  it('3.9 else the input itself', () => {
    for (const input of [null, {}, 0, false, '']) expect(readLabThingsInput(input, true)).to.deep.equal({ input });
    expect(readLabThingsInput(undefined, true)).to.deep.equal({});
  });
});

describe('readLabThingsError', () => {
  it('tells the detail, a text or a list', () => {
    expect(readLabThingsError(404, { detail: 'Not Found' })).to.include({ code: 'notFound', detail: 'Not Found' });
    const detail = [{ loc: ['body', 'minutes'], msg: 'no integer' }, { msg: 'odd' }, 5];
    expect(readLabThingsError(422, { detail })).to.include({ code: 'invalid', detail: 'minutes: no integer; odd; 5' });
    expect(readLabThingsError(503, undefined)).to.include({ code: 'unavailable', detail: 'Status 503' });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.integer(), fc.jsonValue(), (status, detail) => void readLabThingsError(status, { detail })),
    );
  });
});
