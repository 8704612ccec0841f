import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { connect, createServer, Socket } from 'node:net';
import { silent, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { createUpgradeTable, type Upgrade } from '../src/upgrade-table.js';

/** Two ends of a socket. */
async function socketPair(): Promise<AsyncDisposable & { readonly near: Socket; readonly far: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const connected = once(server, 'connection');
  const far = connect(port, '127.0.0.1');
  const [near]: Socket[] = await connected;
  if (!near) throw new Error('no socket');
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      near.destroy();
      far.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const makeTable = (closing = new AbortController()) => {
  const errors: object[] = [];
  const log = { ...silent, error: (details: object) => void errors.push(details) };
  return { table: createUpgradeTable({ log, closing: closing.signal, originOf: () => 'http://lab' }), errors, closing };
};

function requestFor(url: string, socket: Socket): IncomingMessage {
  const request = new IncomingMessage(socket);
  request.url = url;
  return request;
}

/** The first line of what a table answers to an upgrade of that URL; of a request that is taken over, what the handler saw. */
async function dispatch(table: ReturnType<typeof makeTable>['table'], url: string): Promise<string> {
  await using pair = await socketPair();
  const chunks: Buffer[] = [];
  pair.far.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(pair.far, 'end');
  table.dispatch(requestFor(url, pair.near), pair.near, Buffer.alloc(0));
  await ended;
  return Buffer.concat(chunks).toString().split('\r\n', 1)[0] ?? '';
}

describe('an upgrade table', () => {
  it('finds a handler by path, with parameters decoded once', async () => {
    const { table } = makeTable();
    const seen: Pick<Upgrade, 'params' | 'url'>[] = [];
    table.add('/things/:name/:rest', ({ params, url, refuse }) => {
      seen.push({ params, url });
      refuse(418);
    });
    expect(await dispatch(table, '/things/a%2Fb/%2525?x=%')).to.equal("HTTP/1.1 418 I'm a Teapot");
    expect(seen[0]?.params).to.deep.equal({ name: 'a/b', rest: '%25' });
    expect(seen[0]?.url.href).to.equal('http://lab/things/a%2Fb/%2525?x=%');
  });

  it('puts fixed segments before parameters whatever the order', async () => {
    const { table } = makeTable();
    table.add('/things/:name', ({ refuse }) => refuse(410));
    table.add('/things/lab', ({ refuse }) => refuse(411));
    expect(await dispatch(table, '/things/lab')).to.contain('411');
    expect(await dispatch(table, '/things/other')).to.contain('410');
  });

  it('answers 404 for what it does not know, 400 for what cannot be decoded', async () => {
    const { table } = makeTable();
    table.add('/things/:name', ({ refuse }) => refuse(410));
    for (const path of ['/', '/things', '/things/', '/things/a/b', '//things/a', '/toString/x']) {
      expect(await dispatch(table, path), path).to.contain('404');
    }
    expect(await dispatch(table, '/things/%zz')).to.contain('400');
    expect(await dispatch(table, '/things/%ff')).to.contain('400');
    expect(await dispatch(table, 'nonsense')).to.contain('400');
  });

  it('does not let a path with two slashes lead to another host', async () => {
    const { table } = makeTable();
    const hosts: string[] = [];
    table.add('//:host', ({ url, refuse }) => {
      hosts.push(url.host);
      refuse(410);
    });
    await dispatch(table, '//evil.example');
    expect(hosts).to.deep.equal(['lab']);
  });

  it('refuses a path that is taken, under whatever names of its parameters', () => {
    const { table } = makeTable();
    table.add('/a/:b', () => undefined);
    expect(() => table.add('/a/:c', () => undefined)).to.throw(TypeError, 'taken');
    expect(() => table.add('a', () => undefined)).to.throw(TypeError, 'slash');
  });

  it('answers 500 and logs when a handler throws or rejects', async () => {
    const { table, errors } = makeTable();
    table.add('/throws', () => {
      throw new Error('x');
    });
    table.add('/rejects', () => Promise.reject(new Error('y')));
    expect(await dispatch(table, '/throws?access_token=secret')).to.contain('500');
    expect(await dispatch(table, '/rejects')).to.contain('500');
    expect(errors).to.have.length(2);
    expect(JSON.stringify(errors)).to.not.contain('secret');
  });

  it('answers a ThingError of a handler with the status of its code, and logs nothing', async () => {
    const { table, errors } = makeTable();
    table.add('/busy', () => Promise.reject(new ThingError('unavailable', 'wait', { retryAfter: 1.5 })));
    table.add('/closed', () => Promise.reject(new ThingError('unauthenticated', 'who?')));
    expect(await dispatch(table, '/busy')).to.contain('503');
    expect(await dispatch(table, '/closed')).to.contain('401');
    expect(errors).to.deep.equal([]);
  });

  it('tells in Problem Details why a handler refuses, whatever the letters', async () => {
    await using pair = await socketPair();
    const { table } = makeTable();
    table.add('/a', () => Promise.reject(new ThingError('invalid', 'Größe \u{1f600}')));
    const chunks: Buffer[] = [];
    pair.far.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = once(pair.far, 'end');
    table.dispatch(requestFor('/a', pair.near), pair.near, Buffer.alloc(0));
    await ended;
    const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
    expect(head).to.contain('Content-Type: application/problem+json\r\n');
    expect(head).to.contain(`Content-Length: ${Buffer.byteLength(body)}\r\n`);
    expect(JSON.parse(body)).to.deep.equal({ status: 400, title: 'Bad Request', detail: 'Größe \u{1f600}' });
  });

  it('answers 503 once the listener is closing', async () => {
    const { table, closing } = makeTable();
    table.add('/a', ({ refuse }) => refuse(410));
    closing.abort();
    expect(await dispatch(table, '/a')).to.contain('503');
  });

  it('survives a socket that fails before anybody has taken it over', async () => {
    await using pair = await socketPair();
    const { table } = makeTable();
    const { promise, resolve } = withResolvers();
    table.add('/slow', async ({ socket, refuse }) => {
      await promise;
      expect(socket.destroyed).to.equal(true);
      refuse(401);
    });
    table.dispatch(requestFor('/slow', pair.near), pair.near, Buffer.alloc(0));
    const closed = once(pair.near, 'close').catch(() => undefined);
    pair.near.destroy(new Error('reset'));
    await closed;
    resolve();
  });

  it('frees the socket of a caller that never closes its half', async () => {
    await using pair = await socketPair();
    const { table } = makeTable();
    table.add('/a', ({ refuse }) => refuse(401, { 'WWW-Authenticate': ['Basic', 'Bearer'], 'X-Split': 'a\r\nb' }));
    const closed = once(pair.near, 'close');
    const answered = once(pair.far, 'data');
    table.dispatch(requestFor('/a', pair.near), pair.near, Buffer.alloc(0));
    const [chunk]: Buffer[] = await answered;
    await closed;
    expect(String(chunk)).to.contain('WWW-Authenticate: Basic\r\nWWW-Authenticate: Bearer\r\nX-Split: a b\r\n');
  });

  it('never throws, whatever the target', () => {
    const { table } = makeTable();
    table.add('/:a/:b', ({ refuse }) => refuse(410));
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' }), fc.webPath()), (target) => {
        const socket = new Socket();
        table.dispatch(requestFor(target, socket), socket, Buffer.alloc(0));
      }),
    );
  });
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
