import { ERROR_CODES, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeWebThingsMessage,
  decodeWebThingsRequest,
  encodeWebThingsError,
  MISSING_THING_ID,
  requestOf,
  thingNotFound,
  toWebThingsFailure,
} from '../../src/legacy/index.js';

const set = { op: 'writeproperty', name: 'x', value: 1 } as const;
const invoke = { op: 'invokeaction', name: 'x' } as const;
const faults = [{ path: '', message: 'must be number' }];
const failure = (error: ThingError, instruction?: typeof set | typeof invoke, strict = true) =>
  toWebThingsFailure(error, { instruction, strict });

describe('encodeWebThingsError', () => {
  it('4.4 is written as in the table, byte for byte', () => {
    const request = { messageType: 'setProperty', data: { target: 1 } };
    expect(encodeWebThingsError(MISSING_THING_ID, { request })).to.equal(
      '{"messageType":"error","data":{"code":400,"status":"400 Bad Request","message":"Missing thing id",' +
        '"request":{"messageType":"setProperty","data":{"target":1}}}}',
    );
  });

  it('4.4 carries the id of the Thing if it is known', () => {
    const { id, data } = JSON.parse(encodeWebThingsError({ code: 409, message: 'Busy' }, { thing: 'kiln' }));
    expect({ id, data }).to.deep.equal({ id: 'kiln', data: { code: 409, status: '409 Conflict', message: 'Busy' } });
  });

  it('4.4 an unknown Thing: 400 for an id, 404 for a path', () => {
    expect(thingNotFound('x', 400)).to.deep.equal({ code: 400, message: 'Thing x not found' });
    const { data } = JSON.parse(encodeWebThingsError(thingNotFound('x', 404)));
    expect(data).to.deep.equal({ code: 404, status: '404 Not Found', message: 'Thing x not found' });
  });

  it('repeats a request in ASCII, whatever it holds', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const { message, error } = decodeWebThingsRequest(`{"messageType":"é","data":${json}}`);
        const text = encodeWebThingsError(
          toWebThingsFailure(error ?? new ThingError('failed', ''), { strict: false }),
          {
            request: message,
          },
        );
        expect(text).to.match(/^[\x20-\x7e]*$/);
        expect(JSON.parse(text).data.request).to.deep.equal(message);
      }),
    );
  });
});

describe('toWebThingsFailure', () => {
  it('4.4 the words of the originals', () => {
    expect(failure(new ThingError('notFound', 'No'), set).message).to.equal('Property "x" not found');
    expect(failure(new ThingError('notFound', 'No'), invoke).message).to.equal('Invalid thing action name: "x"');
    expect(failure(new ThingError('notAllowed', 'No'), set).message).to.equal('Read-only property');
    expect(failure(new ThingError('invalid', 'No', { faults }), set).message).to.equal('Invalid property value');
    expect(failure(new ThingError('invalid', 'No', { faults }), invoke).message).to.equal('Invalid action request');
    expect(failure(new ThingError('invalid', 'Parsing request failed')).message).to.equal('Parsing request failed');
  });

  it('4.4 outside strict mode a refused value says why', () => {
    const error = new ThingError('invalid', "Property 'x' of 'Kiln' cannot take that value", { faults });
    expect(failure(error, set, false).message).to.equal(
      "Invalid property value: Property 'x' of 'Kiln' cannot take that value",
    );
    expect(failure(new ThingError('notFound', 'No'), set, false).message).to.equal('Property "x" not found');
  });

  it('4.4, W9 codes 400, 403, 409, 500 and 503, never 404 for an affordance', () => {
    const codes = ERROR_CODES.map((code) => failure(new ThingError(code, 'No'), set).code);
    expect([...new Set(codes)].sort()).to.deep.equal([400, 403, 409, 500, 503]);
    expect(failure(new ThingError('notFound', 'No'), invoke).code).to.equal(400);
    expect(failure(new ThingError('forbidden', 'No'), set).code).to.equal(403);
    expect(failure(new ThingError('unavailable', 'No'), set).code).to.equal(503);
  });
});

describe('requestOf', () => {
  const requests = (message: object) => {
    const request = decodeWebThingsRequest(JSON.stringify(message));
    return request.parts.map((part) => requestOf(request, part));
  };

  it('is the whole request if it is about one name', () => {
    const message = { messageType: 'setProperty', id: 'kiln', data: { target: 1 }, more: 2 };
    expect(requests(message)).to.deep.equal([message]);
  });

  it('W7 is about the name that failed if it has several, so that many errors do not repeat a long request', () => {
    const message = { messageType: 'setProperty', id: 'kiln', data: { target: 1, fan: true }, more: 2 };
    expect(requests(message)).to.deep.equal([
      { messageType: 'setProperty', id: 'kiln', data: { target: 1 } },
      { messageType: 'setProperty', id: 'kiln', data: { fan: true } },
    ]);
  });
});

describe('readWebThingsError, by decodeWebThingsMessage', () => {
  const read = (data: unknown) => {
    const message = decodeWebThingsMessage(JSON.stringify({ messageType: 'error', data }));
    if (message.type !== 'error') throw new Error(`It was read as ${message.type}`);
    return { code: message.error.code, detail: message.error.detail };
  };

  it('4.4 the gateway has a code, the library a status text', () => {
    const message = 'Read-only property';
    expect(read({ code: 400, status: '400 Bad Request', message })).to.deep.equal({ code: 'invalid', detail: message });
    expect(read({ status: '400 Bad Request', message })).to.deep.equal({ code: 'invalid', detail: message });
    expect(read({ status: 403, message })).to.deep.equal({ code: 'forbidden', detail: message });
    expect(read({ code: '404', message })).to.deep.equal({ code: 'notFound', detail: message });
  });

  it('6 takes anything for a message', () => {
    expect(read({ code: 500, message: { why: 'x' } }).detail).to.equal('{"why":"x"}');
    expect(read({ code: 500, message: null }).detail).to.equal('null');
    expect(read({ status: '503 Service Unavailable' })).to.deep.equal({
      code: 'unavailable',
      detail: '503 Service Unavailable',
    });
    expect(read({}).code).to.equal('failed');
    expect(read(null)).to.deep.equal({ code: 'protocol', detail: 'The peer sent an error without data' });
  });
});
