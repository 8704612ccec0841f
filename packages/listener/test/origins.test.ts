import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { createOrigins, isHost, type OriginOptions } from '../src/origins.js';

const FALLBACK = 'http://127.0.0.1:8080';

function requestWith(headers: Record<string, string>, peer = '127.0.0.1'): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const request = new IncomingMessage(socket);
  Object.assign(request.headers, headers);
  return request;
}

const origins = (options: OriginOptions = {}) => createOrigins(options, () => FALLBACK);

describe('originOf', () => {
  it('is made of the Host header', () => {
    expect(origins().originOf(requestWith({ host: 'lab.example:81' }))).to.equal('http://lab.example:81');
    expect(origins().originOf(requestWith({ host: '[::1]:80' }))).to.equal('http://[::1]:80');
  });

  it('falls back to our own address where the Host header is missing or senseless', () => {
    for (const host of ['', 'a b', 'evil/path', 'user@evil', 'a:b', 'a:123456', '[::1', `${'a'.repeat(300)}`]) {
      expect(origins().originOf(requestWith({ host })), host).to.equal(FALLBACK);
    }
    expect(origins().originOf(requestWith({}))).to.equal(FALLBACK);
  });

  it('is the public URL where there is one', () => {
    const behind = origins({ publicUrl: 'https://lab.example/' });
    expect(behind.originOf(requestWith({ host: 'inner:8080' }))).to.equal('https://lab.example');
  });

  it('believes X-Forwarded headers of trusted proxies only, and of a list the last', () => {
    const behind = origins({ trustedProxies: ['10.0.0.0/8', '::1'] });
    const headers = { host: 'inner', 'x-forwarded-host': 'spoofed, lab.example', 'x-forwarded-proto': 'https' };
    expect(behind.originOf(requestWith(headers, '10.1.2.3'))).to.equal('https://lab.example');
    expect(behind.originOf(requestWith(headers, '::ffff:10.1.2.3'))).to.equal('https://lab.example');
    expect(behind.originOf(requestWith(headers, '::1'))).to.equal('https://lab.example');
    expect(behind.originOf(requestWith(headers, '11.1.2.3'))).to.equal('http://inner');
  });

  it('gives a URL without path, query or user whatever the Host header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (host) => {
        const url = origins().originOf(requestWith({ host }));
        if (isHost(host) && URL.canParse(url)) {
          const { pathname, search, username, hash } = new URL(url);
          expect([pathname, search, username, hash]).to.deep.equal(['/', '', '', '']);
        }
      }),
    );
  });
});

describe('addressOf', () => {
  const behind = origins({ trustedProxies: ['10.0.0.0/8'] });

  it('is the peer', () => {
    expect(behind.addressOf(requestWith({ 'x-forwarded-for': '1.2.3.4' }, '::ffff:9.9.9.9'))).to.equal('9.9.9.9');
  });

  it('is the nearest address before our own proxies', () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 1.2.3.4, 10.0.0.2' };
    expect(behind.addressOf(requestWith(headers, '10.0.0.1'))).to.equal('1.2.3.4');
  });

  it('is the proxy where it tells nothing sensible', () => {
    expect(behind.addressOf(requestWith({ 'x-forwarded-for': 'unknown' }, '10.0.0.1'))).to.equal('10.0.0.1');
    expect(behind.addressOf(requestWith({}, '10.0.0.1'))).to.equal('10.0.0.1');
  });
});

describe('allowed origins', () => {
  const request = requestWith({ host: 'Lab.example:80' });

  it('are our own, as browsers write it', () => {
    expect(origins().isKnown('http://lab.example', request)).to.equal(true);
    expect(origins().isKnown('https://lab.example', request)).to.equal(false);
    expect(origins().isKnown('http://lab.example:8080', request)).to.equal(false);
  });

  it('are those named, exactly', () => {
    const named = origins({ allowOrigins: ['https://page.example'] });
    expect(named.isAllowed('https://page.example', request)).to.equal(true);
    expect(named.isAllowed('https://page.example.evil', request)).to.equal(false);
    expect(named.isAllowed('null', request)).to.equal(false);
  });

  it('are all with *, which makes none of them known', () => {
    const all = origins({ allowOrigins: ['*'] });
    expect(all.isAllowed('https://any.example', request)).to.equal(true);
    expect(all.isKnown('https://any.example', request)).to.equal(false);
  });

  it('are refused at the start if they are none', () => {
    expect(() => origins({ allowOrigins: ['page.example'] })).to.throw(TypeError, 'page.example');
    expect(() => origins({ publicUrl: 'lab' })).to.throw(TypeError, 'public URL');
    for (const network of ['10.0.0.0/33', 'x', '10.0.0.0/x', '']) {
      expect(() => origins({ trustedProxies: [network] }), network).to.throw(TypeError, 'trusted proxy');
    }
  });
});

describe('isOurName', () => {
  const at = (host: string, local = '127.0.0.1'): IncomingMessage => {
    const request = requestWith({ host });
    Object.defineProperty(request.socket, 'localAddress', { value: local });
    return request;
  };

  it('knows on loopback only addresses, localhost, and names that were given', () => {
    const known = origins({ publicUrl: 'http://lab.example:8080', allowOrigins: ['http://desk.example:8080'] });
    for (const host of [
      '127.0.0.1:8080',
      '[::1]:8080',
      'localhost',
      'lab.localhost:1',
      'lab.example:8080',
      'desk.example:8080',
    ]) {
      expect(known.isOurName(at(host)), host).to.equal(true);
    }
    for (const host of [
      'evil.example:8080',
      'lab.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'a:99999',
    ]) {
      expect(known.isOurName(at(host)), host).to.equal(false);
      expect(known.isOurName(at(host, '::1')), host).to.equal(false);
    }
  });

  it('takes any name elsewhere, and where everybody is let in', () => {
    expect(origins().isOurName(at('lab.example', '192.0.2.7'))).to.equal(true);
    expect(origins({ allowOrigins: ['*'] }).isOurName(at('any.example'))).to.equal(true);
  });
});
