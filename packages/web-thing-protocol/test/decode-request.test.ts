import { OPERATION_NAMES } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeRequest, encodeRequest } from '../src/index.js';

const THING = 'urn:uuid:64ec8d01-96f9-4437-bb44-68f18d74e2b1';
const MESSAGE = 'f3eb6e2e-35d0-4ac9-8ee3-79edf930a9af';
const CORRELATION = '008beb85-9551-4230-a6a7-7a3fcbee9761';
const REQUEST = {
  thingID: THING,
  messageID: MESSAGE,
  messageType: 'request',
  operation: 'readproperty',
  name: 'angle',
  correlationID: CORRELATION,
};

const decode = (changes: object, strict = false) => decodeRequest(JSON.stringify({ ...REQUEST, ...changes }), strict);

describe('decodeRequest', () => {
  it('reads trace context, outside strict mode and where it is one', () => {
    const trace = { traceparent: '00-a-b-01', tracestate: 'lab=1' };
    expect(decode(trace).trace).to.deep.equal(trace);
    expect(decode({ ...trace, tracestate: 1 }).trace).to.deep.equal({ traceparent: '00-a-b-01' });
    expect(decode({ tracestate: 'lab=1' }).trace).to.equal(undefined);
    expect(decode({ ...trace, messageID: 'f3eb6e2e-35d0-4ac9-8ee3-79edf930a9af' }, true).trace).to.equal(undefined);
    expect(decode(trace, true).error).to.equal(undefined);
  });

  it('reads back every operation that encodeRequest writes', () => {
    const name = fc.string({ unit: 'binary' });
    const values = fc.dictionary(name, fc.jsonValue());
    const operation = fc.oneof(
      fc.record({ op: fc.constantFrom('readproperty', 'unobserveproperty', 'unsubscribeevent'), name }),
      fc.record({ op: fc.constant('writeproperty'), name, value: fc.jsonValue() }),
      fc.record({ op: fc.constantFrom('observeproperty', 'subscribeevent'), name, lastNotificationID: fc.uuid() }),
      fc.record({ op: fc.constantFrom('observeallproperties', 'subscribeallevents'), lastNotificationID: fc.uuid() }),
      fc.record({ op: fc.constant('readmultipleproperties'), names: fc.array(name) }),
      fc.record({ op: fc.constantFrom('writeallproperties', 'writemultipleproperties'), values }),
      fc.record({ op: fc.constant('invokeaction'), name, input: fc.jsonValue() }),
      fc.record({ op: fc.constantFrom('queryaction', 'cancelaction'), actionID: fc.uuid() }),
      fc.record({ op: fc.constantFrom('queryallactions', 'readallproperties', 'unobserveallproperties') }),
    );
    fc.assert(
      fc.property(operation, (wanted) => {
        const written = encodeRequest(JSON.parse(JSON.stringify(wanted)), { ...REQUEST });
        const read = decodeRequest(written, true);
        expect(read.error).to.equal(undefined);
        expect(read.operation).to.deep.equal(JSON.parse(JSON.stringify(wanted)));
        expect(read).to.include({ thingID: THING, correlationID: CORRELATION });
      }),
    );
  });

  it('never throws, and gives either an operation or an error', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.object({ key: fc.constantFrom(...Object.keys(REQUEST)) }).map((o) => JSON.stringify(o)),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (frame, strict) => {
        const { operation, error } = decodeRequest(frame, strict);
        expect([operation, error].filter((part) => part !== undefined)).to.have.length(1);
        if (error) expect(error.code).to.equal('invalid');
      }),
    );
  });

  it('names the member that is missing or wrong', () => {
    for (const member of ['thingID', 'messageID', 'messageType', 'operation', 'name']) {
      for (const value of [undefined, 3, null, {}]) {
        const { error } = decode({ [member]: value });
        expect(error?.detail, `${member} ${value}`).to.contain(member);
      }
    }
    expect(decode({ messageType: 'response' }).error?.detail).to.contain('request');
    expect(decode({ correlationID: 3 }).error?.detail).to.contain('correlationID');
    expect(decode({ correlationID: 'x'.repeat(257) }).correlationID).to.equal(undefined);
  });

  it('asks for UUIDs in strict mode only', () => {
    expect(decode({ messageID: 'm-1', correlationID: 'c-1' }).operation).not.to.equal(undefined);
    expect(decode({ messageID: 'm-1' }, true).error?.detail).to.contain('messageID');
    expect(decode({ correlationID: 'c-1' }, true).error?.detail).to.contain('correlationID');
  });

  it('tells the members that each operation needs', () => {
    const needs = {
      writeproperty: 'value',
      readmultipleproperties: 'names',
      writeallproperties: 'values',
      queryaction: 'actionID',
    };
    for (const [operation, member] of Object.entries(needs)) {
      expect(decode({ operation }).error?.detail).to.contain(member);
    }
    for (const operation of OPERATION_NAMES)
      expect(decode({ operation, lastNotificationID: 3 }).error).not.to.equal(undefined);
    expect(decode({ operation: 'invokeaction', input: null }).operation).to.deep.equal({
      op: 'invokeaction',
      name: 'angle',
      input: null,
    });
    expect(decode({ operation: 'invokeaction' }).operation).not.to.have.property('input');
  });

  it('has no place for URI variables, nor for the action of an invocation that is queried', () => {
    const query = JSON.parse(encodeRequest({ op: 'queryaction', actionID: 'a', name: 'sweep' }, { ...REQUEST }));
    expect(query).to.include({ operation: 'queryaction', actionID: 'a' }).and.not.have.property('name');
    const read = encodeRequest({ op: 'readproperty', name: 'angle', uriVariables: { unit: 'rad' } }, { ...REQUEST });
    expect(JSON.parse(read)).to.include({ name: 'angle' }).and.not.have.property('uriVariables');
  });
});
