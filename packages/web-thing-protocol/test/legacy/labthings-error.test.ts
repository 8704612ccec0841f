import { ERROR_CODES, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { decodeLabThingsMessage, decodeLabThingsRequest, encodeLabThingsError } from '../../src/legacy/index.js';

const PREFIX = 'https://w3c.github.io/web-thing-protocol/errors#';
const lost = new ThingError('notFound', "There is no property named 'lid' in 'Kiln'");
const encode = (...parameters: Parameters<typeof encodeLabThingsError>) =>
  JSON.parse(encodeLabThingsError(...parameters));

describe('encodeLabThingsError', () => {
  it('3.3 an unknown property is written as in the table, byte for byte', () => {
    expect(encodeLabThingsError({ op: 'observeproperty', name: 'lid' }, lost, true)).to.equal(
      '{"messageType":"response","operation":"observeproperty","name":"lid","error":{"status":"404",' +
        '"type":"https://w3c.github.io/web-thing-protocol/errors#not-found","title":"Not Found",' +
        '"detail":"No property found with the name \'lid\'."}}',
    );
  });

  it('3.3, 3.7.4 a property that cannot be observed: 403 Not Observable', () => {
    for (const code of ['invalid', 'notAllowed'] as const) {
      const { error } = encode({ op: 'observeproperty', name: 'x' }, new ThingError(code, 'No'), true);
      expect(error).to.deep.equal({
        status: '403',
        type: `${PREFIX}not-observable`,
        title: 'Not Observable',
        detail: "Property 'x' is not observable.",
      });
    }
  });

  it('3.3, 3.7.9 an unknown action: 404 with observeaction', () => {
    const { operation, error } = encode({ op: 'observeaction', name: 'x' }, lost, true);
    expect(operation).to.equal('observeaction');
    expect(error).to.include({ status: '404', title: 'Not Found', detail: "No action found with the name 'x'." });
  });

  it('3.6 an unknown name in our messages: 404 with the operation of the table', () => {
    const details = (['unobserveproperty', 'unobserveaction', 'subscribeevent', 'unsubscribeevent'] as const).map(
      (op) => {
        const { operation, error } = encode({ op, name: 'x' }, lost, false);
        return [operation, error.status, error.detail];
      },
    );
    expect(details).to.deep.equal([
      ['unobserveproperty', '404', "No property found with the name 'x'."],
      ['unobserveaction', '404', "No action found with the name 'x'."],
      ['subscribeevent', '404', "No event found with the name 'x'."],
      ['unsubscribeevent', '404', "No event found with the name 'x'."],
    ]);
  });

  it('L1, X8 a frame that is no message: 400 Bad Request, operation and name only if readable', () => {
    const frames = ['{', '{"messageType":"addPropertyObservation"}'].map((text) => decodeLabThingsRequest(text));
    const [unreadable, half] = frames.map(({ op, error = lost }) => encode({ op }, error, false));
    expect(unreadable).to.deep.equal({
      messageType: 'response',
      error: { status: '400', type: `${PREFIX}bad-request`, title: 'Bad Request', detail: 'The frame is not JSON' },
    });
    expect(half).to.include({ operation: 'observeproperty' }).and.not.to.have.property('name');
    expect(half.error.title).to.equal('Bad Request');
  });

  it('L7, X8 no right to an affordance: 403 Forbidden', () => {
    const subject = { op: 'observeaction', name: 'bake' } as const;
    const { error } = encode(subject, new ThingError('forbidden', 'guest may not'), false);
    expect(error).to.deep.equal({
      status: '403',
      type: `${PREFIX}forbidden`,
      title: 'Forbidden',
      detail: 'guest may not',
    });
  });

  it('X8 has no types of ours in strict mode', () => {
    for (const code of ['invalid', 'forbidden'] as const) {
      expect(encode({}, new ThingError(code, 'No'), true).error.type).to.equal('about:blank');
    }
  });

  it('has three digits and a title for every error code, and a client reads them back', () => {
    for (const code of ERROR_CODES) {
      const text = encodeLabThingsError({ op: 'subscribeevent', name: 'é' }, new ThingError(code, 'Why'), false);
      expect(text).to.match(/^[\x20-\x7e]*$/);
      const { error } = JSON.parse(text);
      expect(error.status).to.match(/^[45]\d\d$/);
      expect(error.title).to.be.a('string').and.not.equal('');
      const read = decodeLabThingsMessage(text);
      expect(read).to.include({ type: 'error', op: 'subscribeevent', name: 'é' });
    }
  });
});
