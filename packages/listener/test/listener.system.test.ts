import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  ANONYMOUS,
  type Authenticate,
  type Credentials,
  createMeter,
  type Meter,
  silent,
  ThingError,
  unread,
} from '@thingwright/core';
import { expect } from 'chai';
import { type ListenOptions, openListener } from '../src/listener.js';
import { handshake, sendRaw } from './raw-request.js';

const ADA = { principal: { ...ANONYMOUS, id: 'user:ada' } };
const authenticateAda: Authenticate = (credentials) =>
  credentials.kind === 'bearer' && credentials.token === 'ada' ? ADA : undefined;
const tls = {
  port: 0,
  key: readFileSync(new URL('localhost.key.pem', import.meta.url)),
  cert: readFileSync(new URL('localhost.cert.pem', import.meta.url)),
};

/** A listener with one route that tells who asks, and one that tells where we are. */
async function open(
  options: ListenOptions = {},
  { authenticate = authenticateAda, meter = unread }: { authenticate?: Authenticate; meter?: Meter } = {},
) {
  const logged: object[] = [];
  const log = { ...silent, error: (details: object) => void logged.push(details) };
  const listener = openListener({ port: 0, grace: 100, ...options }, { authenticate, log, meter });
  const { fastify } = listener;
  const whoami = async (request: { raw: Parameters<typeof listener.authenticate>[0] }) =>
    (await listener.authenticate(request.raw))?.principal.id ?? 'nobody';
  fastify.get('/whoami', whoami);
  fastify.post('/whoami', whoami);
  fastify.get('/origin', async (request) => listener.originOf(request.raw));
  fastify.get('/broken', async () => {
    throw new Error('secret');
  });
  fastify.get('/refused', async () => {
    throw new ThingError('unauthenticated', 'Who are you?');
  });
  await listener.listen();
  return Object.assign(listener, { logged });
}

const problemIn = async (response: Response): Promise<unknown> => {
  expect(response.headers.get('content-type')).to.equal('application/problem+json');
  return response.json();
};

describe('a listener', () => {
  it('has no URL before it listens', async () => {
    await using listener = openListener({ port: 0 }, { authenticate: authenticateAda });
    expect([listener.url, listener.tlsUrl]).to.deep.equal(['', undefined]);
  });

  it('serves the same routes on a plain door and on a TLS one', async () => {
    await using listener = await open({ tls });
    expect(await (await fetch(`${listener.url}/origin`)).text()).to.equal(listener.url);
    const text = await new Promise<string>((resolve, reject) => {
      get(`${listener.tlsUrl}/origin`, { ca: tls.cert }, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      }).once('error', reject);
    });
    expect(text).to.equal(listener.tlsUrl);
  });

  it('speaks TLS 1.2 and later only', async () => {
    await using listener = await open({ tls });
    const { port } = new URL(listener.tlsUrl ?? '');
    const old = { host: '127.0.0.1', port: Number(port), ca: tls.cert, ciphers: 'DEFAULT@SECLEVEL=0' };
    const socket = connectTls({ ...old, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' });
    const [error]: NodeJS.ErrnoException[] = await once(socket, 'error');
    expect(error?.code).to.match(/^ERR_SSL_/);
  });

  it('survives plain HTTP on its TLS door', async () => {
    await using listener = await open({ tls });
    await sendRaw(listener.tlsUrl ?? '', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await fetch(`${listener.url}/origin`)).status).to.equal(200);
  });

  it('rejects with the code and the port when the port is taken', async () => {
    await using first = await open();
    const port = Number(new URL(first.url).port);
    await using second = openListener({ port }, { authenticate: authenticateAda });
    const error = await second.listen().catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'EADDRINUSE', port, host: '127.0.0.1' });
    expect(error).to.have.property('message', `Port ${port} on 127.0.0.1 is taken by another program`);
  });

  it('asks the authenticator with the credentials and the address', async () => {
    const asked: unknown[] = [];
    await using listener = await open(
      {},
      {
        authenticate(credentials, caller) {
          asked.push([credentials, caller]);
          return undefined;
        },
      },
    );
    await fetch(`${listener.url}/whoami`, { headers: { authorization: 'Bearer t' } });
    expect(asked).to.deep.equal([[{ kind: 'bearer', token: 't' }, { address: '127.0.0.1' }]]);
  });

  it('knows nobody whose authentication has ended', async () => {
    await using listener = await open({}, { authenticate: () => ({ ...ADA, ended: AbortSignal.abort() }) });
    expect(await (await fetch(`${listener.url}/whoami`)).text()).to.equal('nobody');
  });

  it('answers a ThingError with its problem, a 401 with its challenges', async () => {
    await using listener = await open();
    const response = await fetch(`${listener.url}/refused`);
    expect(await problemIn(response)).to.deep.equal({ status: 401, title: 'Unauthorized', detail: 'Who are you?' });
    const raw = await sendRaw(listener.url, 'GET /refused HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(raw.match(/^www-authenticate: /gim)).to.have.length(2);
  });

  it('says nothing of its own errors, and logs them', async () => {
    await using listener = await open();
    const response = await fetch(`${listener.url}/broken?access_token=ticket`);
    const problem = await problemIn(response);
    expect(problem).to.include({ status: 500, title: 'Internal Server Error' });
    expect(JSON.stringify(problem)).to.not.match(/secret|stack|at /);
    expect(listener.logged).to.have.length(1);
    expect(JSON.stringify(listener.logged)).to.not.contain('ticket');
  });

  it('answers problems for unknown paths, bad encodings, bad JSON, large bodies and other media types', async () => {
    await using listener = await open({ maxBody: 10 });
    const post = (body: string, type: string) =>
      fetch(`${listener.url}/whoami`, { method: 'POST', body, headers: { 'content-type': type } });
    const answers = await Promise.all([
      fetch(`${listener.url}/nothing`),
      fetch(`${listener.url}/%zz`),
      post('{', 'application/json'),
      post('"0123456789"', 'application/json'),
      post('x', 'application/xml'),
    ]);
    const problems = await Promise.all(answers.map(problemIn));
    const statuses = [404, 400, 400, 413, 415];
    expect(answers.map(({ status }) => status)).to.deep.equal(statuses);
    for (const [i, problem] of problems.entries()) {
      expect(problem).to.have.property('status', statuses[i]);
      expect(problem).to.have.property('detail').that.is.a('string');
    }
  });

  it('answers what is no HTTP with 400, headers that are too large with 431', async () => {
    await using listener = await open();
    expect(await sendRaw(listener.url, 'nonsense\r\n\r\n')).to.match(/^HTTP\/1.1 400 .*problem\+json/s);
    expect(await sendRaw(listener.url, 'GET / HTTP/1.1\r\n\r\n')).to.match(/^HTTP\/1.1 400 /);
    const large = `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await sendRaw(listener.url, large)).to.match(/^HTTP\/1.1 431 .*problem\+json/s);
    const twoLengths = 'POST /whoami HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await sendRaw(listener.url, twoLengths)).to.match(/^HTTP\/1.1 400 /);
  });

  it('answers 431 to more headers than it takes, on upgrades too', async () => {
    await using listener = await open({ maxHeaderCount: 5 });
    const more = Array.from({ length: 5 }, (_, i) => `X-${i}: a\r\n`).join('');
    const few = await sendRaw(listener.url, 'GET /origin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(few).to.match(/^HTTP\/1.1 200 /);
    const many = `GET /origin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${more}\r\n`;
    expect(await sendRaw(listener.url, many)).to.match(/^HTTP\/1.1 431 .*problem\+json/s);
    const upgrade = handshake('/socket', { 'X-1': 'a' });
    expect(await sendRaw(listener.url, upgrade)).to.match(/^HTTP\/1.1 431 .*problem\+json/s);
  });

  it('gives up who takes too long to send its headers', async () => {
    await using listener = await open({ headersTimeout: 50 });
    expect(await sendRaw(listener.url, 'GET /origin HTTP/1.1\r\nHost:')).to.match(/^HTTP\/1.1 408 .*problem\+json/s);
  });

  it('drops connections beyond its limit, and counts them', async () => {
    const meter = createMeter();
    await using listener = await open({ maxConnections: 1 }, { meter });
    const { hostname, port } = new URL(listener.url);
    const first = connect(Number(port), hostname);
    await once(first, 'connect');
    const second = connect(Number(port), hostname).on('error', () => undefined);
    await once(second, 'close');
    expect(meter.read('thingwright_connections_dropped_total', { door: 'plain', limit: 'all' })).to.equal(1);
    expect(meter.read('thingwright_connections', { door: 'plain' })).to.equal(1);
    first.destroy();
  });

  it('counts requests by method and status, and what nobody knows by what was shown', async () => {
    const meter = createMeter();
    await using listener = await open({}, { meter });
    await fetch(`${listener.url}/whoami`, { headers: { authorization: 'Bearer eve' } });
    await fetch(`${listener.url}/whoami`, { headers: { authorization: 'Bearer ada' } });
    await fetch(`${listener.url}/whoami`);
    await fetch(`${listener.url}/nothing`);
    await fetch(`${listener.url}/broken`);
    const requests = (status: number) =>
      meter.read('thingwright_http_request_duration_seconds', { method: 'GET', status: String(status) });
    expect([200, 404, 500].map(requests)).to.deep.equal([3, 1, 1]);
    const failures = (credentials: string) => meter.read('thingwright_authentication_failures_total', { credentials });
    expect(['bearer', 'basic'].map(failures)).to.deep.equal([1, 0]);
  });

  it('has every answer say what it is and that it is no page, and not what it is served by', async () => {
    await using listener = await open({ allowOrigins: ['https://a.example'] });
    const answers = await Promise.all(
      ['/origin', '/nothing', '/broken', '/refused', '/%zz'].map((path) => fetch(listener.url + path)),
    );
    answers.push(
      await fetch(`${listener.url}/whoami`, {
        method: 'OPTIONS',
        headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
      }),
    );
    for (const { url, headers } of answers) {
      expect(headers.get('x-content-type-options'), url).to.equal('nosniff');
      expect(headers.get('content-security-policy'), url).to.equal("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('referrer-policy'), url).to.equal('no-referrer');
      expect([headers.has('server'), headers.has('x-powered-by')], url).to.deep.equal([false, false]);
      expect(headers.has('strict-transport-security'), url).to.equal(false);
    }
    for (const raw of ['nonsense\r\n\r\n', handshake('/nothing')]) {
      const answer = await sendRaw(listener.url, raw);
      expect(answer)
        .to.match(/\r\nx-content-type-options: nosniff\r\n/)
        .and.match(/\r\ncontent-security-policy: /);
    }
  });

  it('asks browsers for TLS only where it is told to, and only over TLS', async () => {
    await using listener = await open({ hsts: 3600, publicUrl: 'https://lab.example' });
    const answer = await fetch(`${listener.url}/origin`);
    expect(answer.headers.get('strict-transport-security')).to.equal('max-age=3600');
    await using plain = await open({ hsts: 3600 });
    expect((await fetch(`${plain.url}/origin`)).headers.has('strict-transport-security')).to.equal(false);
  });

  it('takes requests without a Host header, with a senseless one, and with an absolute target', async () => {
    await using listener = await open();
    const close = 'Connection: close\r\n\r\n';
    expect(await sendRaw(listener.url, `GET /origin HTTP/1.0\r\n${close}`)).to.contain(`\r\n\r\n${listener.url}`);
    const senseless = await sendRaw(listener.url, `GET /origin HTTP/1.1\r\nHost: a/b?c\r\n${close}`);
    expect(senseless).to.contain(`\r\n\r\n${listener.url}`);
    const absolute = await sendRaw(listener.url, `GET http://x/origin?a HTTP/1.1\r\nHost: x\r\n${close}`);
    expect(absolute).to.contain('\r\n\r\nhttp://x');
  });

  it('serves a request that offers a protocol it does not speak, as if it had not', async () => {
    await using listener = await open();
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const post = `POST /whoami HTTP/1.1\r\nHost: x\r\n${offer}Authorization: Bearer ada\r\nContent-Type: application/json\r\n`;
    const next = 'GET /origin HTTP/1.1\r\nHost: second\r\nConnection: close\r\n\r\n';
    const answer = await sendRaw(listener.url, `${post}Connection: close\r\nContent-Length: 2\r\n\r\n{}`);
    expect(answer).to.contain('user:ada');
    const chunks = `${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
    expect(await sendRaw(listener.url, chunks)).to.contain('user:ada');
    const before = `GET /origin HTTP/1.1\r\nHost: first\r\n${offer}\r\n`;
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
    let answers = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (answers === '') socket.write(next);
      answers += text;
    });
    socket.write(before);
    await once(socket, 'close');
    expect(answers).to.contain('http://first').and.to.contain('http://second');
  });

  it('ends a connection with the offer that does not wait for its answer', async () => {
    await using listener = await open();
    const offer = 'GET /origin HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    const answer = await sendRaw(listener.url, offer.repeat(500));
    expect(answer.split('HTTP/1.1 ')).to.have.length(2);
    expect(answer).to.match(/^HTTP\/1.1 200 /);
  });

  it('answers 404 before it has read a byte of the body', async () => {
    await using listener = await open();
    const head =
      'POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n';
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
    socket.write(head);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).to.match(/^HTTP\/1.1 404 /);
    socket.destroy();
  });

  it('hands WebSocket requests to their handler, with the origin and the protocols that they offer', async () => {
    await using listener = await open();
    const seen: unknown[] = [];
    listener.upgrade('/things/:name', async ({ request, params, url, protocols, refuse }) => {
      seen.push(params, url.href, protocols, (await listener.authenticate(request))?.principal.id);
      refuse(426);
    });
    const bearer = `webthingprotocol, bearer.${Buffer.from('ada').toString('base64url')}`;
    const answer = await sendRaw(listener.url, handshake('/things/lab?x=1', { 'Sec-WebSocket-Protocol': bearer }));
    expect(answer).to.match(/^HTTP\/1.1 426 /);
    expect(seen).to.deep.equal([
      { name: 'lab' },
      'http://lab.example/things/lab?x=1',
      ['webthingprotocol'],
      'user:ada',
    ]);
  });
});

describe('cookies and pages of other origins', () => {
  const asked: Credentials[] = [];
  const session: Authenticate = (credentials) => {
    asked.push(credentials);
    return credentials.kind === 'cookie' && credentials.value === 's' ? ADA : undefined;
  };
  const cookie = 'thingwright_session=s';
  beforeEach(() => void asked.splice(0));

  it('count a cookie without an Origin, of our own origin and of one that is named', async () => {
    await using listener = await open({ allowOrigins: ['https://page.example', '*'] }, { authenticate: session });
    for (const headers of [{ cookie }, { cookie, origin: listener.url }, { cookie, origin: 'https://page.example' }]) {
      expect(await (await fetch(`${listener.url}/whoami`, { headers })).text()).to.equal('user:ada');
    }
  });

  it('do not count a cookie that a page of another origin brings along', async () => {
    await using listener = await open({ allowOrigins: ['https://page.example', '*'] }, { authenticate: session });
    for (const origin of ['https://evil.example', 'null']) {
      expect(await (await fetch(`${listener.url}/whoami`, { headers: { cookie, origin } })).text()).to.equal('nobody');
    }
    expect(asked.map(({ kind }) => kind)).to.deep.equal(['none', 'none']);
  });

  it('do not count a cookie of a request that the browser says no page of ours has sent, if it is to do more than read', async () => {
    await using listener = await open({}, { authenticate: session });
    const ask = async (method: string, site: string): Promise<string> => {
      const headers = { cookie, 'sec-fetch-site': site };
      return (await fetch(`${listener.url}/whoami`, { method, headers })).text();
    };
    for (const site of ['cross-site', 'same-site', 'whatever']) {
      expect(await ask('POST', site), site).to.equal('nobody');
      expect(await ask('GET', site), site).to.equal('user:ada');
    }
    for (const site of ['same-origin', 'none']) expect(await ask('POST', site), site).to.equal('user:ada');
  });

  it('refuse pages of other origins that show nothing where nothing is needed, but let them read', async () => {
    await using listener = await open({}, { authenticate: () => ADA });
    const headers = { origin: 'https://evil.example' };
    expect((await fetch(`${listener.url}/whoami`, { headers })).status).to.equal(200);
    expect((await fetch(`${listener.url}/whoami`, { headers, method: 'POST' })).status).to.equal(403);
    expect((await fetch(`${listener.url}/whoami`, { method: 'POST' })).status).to.equal(200);
    const errors: unknown[] = [];
    listener.upgrade('/ws', async ({ request, refuse }) => {
      try {
        await listener.authenticate(request);
      } catch (error) {
        errors.push(error);
      }
      refuse(403);
    });
    await sendRaw(listener.url, handshake('/ws', { Origin: 'https://evil.example' }));
    expect(errors[0]).to.be.instanceOf(ThingError).and.to.have.property('code', 'forbidden');
    await sendRaw(listener.url, handshake('/ws', { Host: 'localhost', Origin: 'http://localhost' }));
    expect(errors).to.have.length(1);
  });

  it('refuse who comes to loopback under a name that a stranger made up, where nothing is needed', async () => {
    await using listener = await open({}, { authenticate: () => ADA });
    const get = (host: string): Promise<string> =>
      sendRaw(listener.url, `GET /whoami HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await get('evil.example:8080')).to.match(/^HTTP\/1.1 403 /);
    expect(await get('localhost:8080')).to.match(/^HTTP\/1.1 200 /);
    await using named = await open({ publicUrl: 'http://lab.example' }, { authenticate: () => ADA });
    const known = `GET /whoami HTTP/1.1\r\nHost: lab.example\r\nConnection: close\r\n\r\n`;
    expect(await sendRaw(named.url, known)).to.match(/^HTTP\/1.1 200 /);
  });

  it('do not read a word where no origin is allowed', async () => {
    await using listener = await open();
    const response = await fetch(`${listener.url}/origin`, { headers: { origin: 'https://page.example' } });
    expect(response.headers.get('access-control-allow-origin')).to.equal(null);
  });

  it('read answers, errors too, where their origin is allowed: it is echoed', async () => {
    await using listener = await open({ allowOrigins: ['https://page.example'] });
    for (const path of ['/origin', '/nothing', '/broken']) {
      const response = await fetch(`${listener.url}${path}`, { headers: { origin: 'https://page.example' } });
      expect(response.headers.get('access-control-allow-origin'), path).to.equal('https://page.example');
      expect(response.headers.get('access-control-allow-credentials'), path).to.equal('true');
      expect(response.headers.get('vary'), path).to.equal('Origin');
    }
    const other = await fetch(`${listener.url}/origin`, { headers: { origin: 'https://other.example' } });
    expect(other.headers.get('access-control-allow-origin')).to.equal(null);
    expect(other.headers.get('vary')).to.equal('Origin');
  });

  it('read without cookies where all are allowed', async () => {
    await using listener = await open({ allowOrigins: ['*'] });
    const response = await fetch(`${listener.url}/origin`, { headers: { origin: 'https://any.example' } });
    expect(response.headers.get('access-control-allow-origin')).to.equal('https://any.example');
    expect(response.headers.get('access-control-allow-credentials')).to.equal(null);
  });

  it('get an answer to their preflight', async () => {
    await using listener = await open({ allowOrigins: ['https://page.example'] });
    const response = await fetch(`${listener.url}/whoami`, {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example', 'access-control-request-method': 'PUT' },
    });
    expect(response.status).to.equal(204);
    expect(response.headers.get('access-control-allow-methods')).to.contain('PUT');
    expect(response.headers.get('access-control-allow-headers'))
      .to.contain('Last-Event-ID')
      .and.to.contain('traceparent');
  });
});

describe('closing a listener', () => {
  it('lets a request in flight end, and fires its signal first', async () => {
    await using listener = openListener({ port: 0, grace: 5000 }, { authenticate: authenticateAda });
    let started: () => void = () => undefined;
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    listener.fastify.get('/slow', async () => {
      started();
      await once(listener.closing, 'abort');
      return 'done';
    });
    await listener.listen();
    const answer = fetch(`${listener.url}/slow`).then((response) => response.text());
    await running;
    await listener[Symbol.asyncDispose]();
    expect(await answer).to.equal('done');
  });

  it('cuts what does not end in time: idle connections, upgraded sockets, requests that hang', async () => {
    await using listener = await open({ grace: 20 });
    const taken = new Promise<void>((resolve) => listener.upgrade('/ws', () => resolve()));
    const { port } = new URL(listener.url);
    const idle = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    const upgraded = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [idle, upgraded]) socket.on('error', () => undefined).resume();
    upgraded.write(handshake('/ws'));
    idle.write('GET /orig');
    await taken;
    const closed = Promise.all([once(idle, 'close'), once(upgraded, 'close')]);
    idle.once('end', () => idle.end());
    upgraded.once('end', () => upgraded.end());
    await listener[Symbol.asyncDispose]();
    await closed;
  });

  it('does no harm twice, nor before it has listened', async () => {
    const listener = await open();
    await Promise.all([listener[Symbol.asyncDispose](), listener[Symbol.asyncDispose]()]);
    await listener[Symbol.asyncDispose]();
    const unopened = openListener({ port: 0 }, { authenticate: authenticateAda });
    await unopened[Symbol.asyncDispose]();
    await unopened[Symbol.asyncDispose]();
  });
});
