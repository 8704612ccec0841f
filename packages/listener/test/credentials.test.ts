import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { asksForWebSocket, credentialsOf, offeredProtocols, parseAuthorization } from '../src/credentials.js';

function requestWith(headers: Record<string, string>, url = '/'): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  request.url = url;
  return request;
}

const SENSELESS = { kind: 'bearer', token: '' };
const WEBSOCKET = { upgrade: 'websocket', connection: 'Upgrade' };
const encode = (text: string): string => Buffer.from(text).toString('base64url');

describe('credentialsOf', () => {
  it('finds none in a bare request', () => {
    expect(credentialsOf(requestWith({}))).to.deep.equal({ kind: 'none' });
  });

  it('takes a bearer token whatever the case of the scheme', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect(parseAuthorization(`${scheme} a.b-c~d+/=!"{}`)).to.deep.equal({ kind: 'bearer', token: 'a.b-c~d+/=!"{}' });
    }
  });

  it('takes user and password of Basic, cut at the first colon', () => {
    const header = `basic ${Buffer.from('ada:p:äß').toString('base64')}`;
    expect(parseAuthorization(header)).to.deep.equal({ kind: 'basic', user: 'ada', password: 'p:äß' });
  });

  it('makes a token that nobody knows of every malformed header', () => {
    const basic = (bytes: Buffer | string): string => `Basic ${Buffer.from(bytes).toString('base64')}`;
    for (const header of [
      '',
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'Bearer tökén',
      'Digest x',
      'Basic',
      'Basic ***',
      basic('nocolon'),
      basic(Buffer.from([0x3a, 0xff])),
    ]) {
      expect(parseAuthorization(header), header).to.deep.equal(SENSELESS);
    }
  });

  it('lets an Authorization header decide alone', () => {
    const request = requestWith(
      {
        ...WEBSOCKET,
        authorization: 'Nonsense',
        cookie: 'thingwright_session=s',
        'sec-websocket-protocol': `bearer.${encode('t')}`,
      },
      '/?access_token=x',
    );
    expect(credentialsOf(request)).to.deep.equal(SENSELESS);
  });

  it('takes the ticket of a WebSocket before its sub-protocol, and that before its cookie', () => {
    const cookie = { cookie: 'a=b; thingwright_session=s%20s' };
    const bearer = { 'sec-websocket-protocol': `webthingprotocol, bearer.${encode('t')}` };
    expect(credentialsOf(requestWith({ ...WEBSOCKET, ...cookie, ...bearer }, '/x?a=1&access_token=T'))).to.deep.equal({
      kind: 'ticket',
      value: 'T',
    });
    expect(credentialsOf(requestWith({ ...WEBSOCKET, ...cookie, ...bearer }))).to.deep.equal({
      kind: 'bearer',
      token: 't',
    });
    expect(credentialsOf(requestWith({ ...WEBSOCKET, ...cookie }))).to.deep.equal({ kind: 'cookie', value: 's s' });
  });

  it('knows the ticket of WebThings clients too', () => {
    expect(credentialsOf(requestWith(WEBSOCKET, '/things?jwt=T'))).to.deep.equal({ kind: 'ticket', value: 'T' });
  });

  it('takes no ticket and no sub-protocol from a plain request', () => {
    const request = requestWith({ 'sec-websocket-protocol': `bearer.${encode('t')}` }, '/?access_token=x');
    expect(credentialsOf(request)).to.deep.equal({ kind: 'none' });
    const halfway = requestWith({ upgrade: 'websocket', connection: 'close' }, '/?access_token=x');
    expect(credentialsOf(halfway)).to.deep.equal({ kind: 'none' });
  });

  it('makes a token that nobody knows of a malformed bearer sub-protocol', () => {
    for (const protocol of ['bearer.', 'bearer.*', `bearer.${encode('two words')}`, `bearer.${encode('')}`]) {
      const request = requestWith({ ...WEBSOCKET, 'sec-websocket-protocol': protocol });
      expect(credentialsOf(request), protocol).to.deep.equal(SENSELESS);
    }
  });

  it('never throws and never gives a token that is not visible ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('Bearer ', 'Basic ', ''), (text, scheme) => {
        const credentials = parseAuthorization(scheme + text);
        if (credentials.kind === 'bearer') expect(credentials.token).to.match(/^[\x21-\x7e]*$/);
      }),
    );
  });

  it('gives back every token that is visible ASCII, in both of its places', () => {
    const visible = fc.string({
      minLength: 1,
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
    });
    fc.assert(
      fc.property(visible, (token) => {
        expect(parseAuthorization(`Bearer ${token}`)).to.deep.equal({ kind: 'bearer', token });
        const request = requestWith({ ...WEBSOCKET, 'sec-websocket-protocol': `bearer.${encode(token)}` });
        expect(credentialsOf(request)).to.deep.equal({ kind: 'bearer', token });
      }),
    );
  });

  it('gives back every user without a colon and every password', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (name, password) => {
        const user = name.replaceAll(':', '');
        const header = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
        expect(parseAuthorization(header)).to.deep.equal({ kind: 'basic', user, password });
      }),
    );
  });
});

describe('offeredProtocols', () => {
  it('gives what is offered in order, without credentials and empty entries', () => {
    const request = requestWith({ 'sec-websocket-protocol': 'webthingprotocol, bearer.eA,,webthing' });
    expect(offeredProtocols(request)).to.deep.equal(['webthingprotocol', 'webthing']);
    expect(offeredProtocols(requestWith({}))).to.deep.equal([]);
  });
});

describe('asksForWebSocket', () => {
  it('knows a WebSocket from other upgrades', () => {
    const connection = 'keep-alive, upgrade';
    expect(asksForWebSocket(requestWith({ upgrade: 'WebSocket', connection }))).to.equal(true);
    expect(asksForWebSocket(requestWith({ upgrade: 'h2c', connection }))).to.equal(false);
    expect(asksForWebSocket(requestWith({ upgrade: 'websocket' })), 'served as plain HTTP').to.equal(false);
    expect(asksForWebSocket(requestWith({}))).to.equal(false);
  });
});
