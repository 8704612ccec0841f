import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { consume } from '../src/index.js';
import { createFakeSchedule } from './fixtures/fake-schedule.js';
import { rejection } from './fixtures/rejection.js';
import { openThingOnAWire } from './fixtures/thing-on-a-wire.js';

const TD = {
  properties: { angle: { forms: [{ href: '/angle' }] } },
  actions: { sweep: { synchronous: false, forms: [{ href: '/sweep' }] }, bare: { forms: [{ href: '/bare' }] } },
  events: {},
  forms: [
    { href: '/all', op: ['readallproperties', 'writemultipleproperties'] },
    { href: '/actions', op: 'queryallactions' },
  ],
};

/** A Thing over HTTP that keeps what it was sent: method, path, Content-Type and body. */
async function openRecording(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const sent: string[] = [];
  const server = await openThingOnAWire({
    td: TD,
    http: (request, response) => {
      void text(request).then((body) => {
        sent.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? '-'} ${body}`.trim());
        answer(request, response);
      });
      return true;
    },
  });
  return { server, sent };
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
};

describe('HTTP requests', () => {
  it('are those of the Basic profile', async () => {
    const { server, sent } = await openRecording(({ method, url }, response) => {
      if (method === 'PUT') response.writeHead(204).end();
      else json(response, 200, url === '/angle' ? 35 : { angle: 35 });
    });
    await using _server = server;
    await using thing = await consume(server.url);
    expect(await thing.properties.angle?.read()).to.equal(35);
    expect(await thing.properties.angle?.write(null)).to.equal(undefined);
    expect(await thing.readAll()).to.deep.equal({ angle: 35 });
    expect(await thing.writeMultiple({ angle: 1 })).to.deep.equal({});
    expect(sent).to.deep.equal([
      'GET /angle -',
      'PUT /angle application/json null',
      'GET /all -',
      'PUT /all application/json {"angle":1}',
    ]);
  });

  it('take no value that is nested so deep that nobody could write it again', async () => {
    const bomb = '['.repeat(100_000) + ']'.repeat(100_000);
    const { server } = await openRecording(({ url }, response) => {
      response.writeHead(url === '/angle' ? 200 : 409, { 'Content-Type': 'application/json' }).end(bomb);
    });
    await using _server = server;
    await using thing = await consume(server.url);
    expect(await rejection(thing.properties.angle?.read())).to.have.property('code', 'protocol');
    expect(await rejection(thing.readAll())).to.have.property('code', 'conflict');
  });

  it('cope with all three answers to an invocation; no input is no body', async () => {
    const { server, sent } = await openRecording(({ method, url }, response) => {
      if (method === 'POST' && url === '/bare') response.writeHead(204).end();
      else if (method === 'POST') json(response, 201, { status: 'pending' }, { Location: '/runs/r%201' });
      else json(response, 200, { status: 'completed', output: 7 });
    });
    await using _server = server;
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    expect(await thing.actions.bare?.().output).to.equal(undefined);
    const job = thing.actions.sweep?.({ to: 1 });
    expect(await job?.id).to.equal('r 1');
    time.advance(250);
    expect(await job?.output).to.equal(7);
    expect(sent).to.deep.equal(['POST /bare -', 'POST /sweep application/json {"to":1}', 'GET /runs/r%201 -']);
  });

  it('cancel at the address that the Thing gave, be it in the body', async () => {
    const { server, sent } = await openRecording(({ method, url }, response) => {
      if (method === 'DELETE') response.writeHead(204).end();
      else if (url === '/actions') json(response, 200, { sweep: [{ status: 'running', href: '/runs/2' }] });
      else json(response, 201, { status: 'running', href: '/runs/1' });
    });
    await using _server = server;
    await using thing = await consume(server.url);
    const job = thing.actions.sweep?.(1);
    await job?.cancel();
    expect(await rejection(job?.output)).to.have.property('code', 'aborted');
    const { statuses } = await thing.request({ op: 'queryallactions' });
    expect(statuses?.sweep).to.deep.equal([{ action: 'sweep', actionID: '2', state: 'running', timeRequested: '' }]);
    await thing.request({ op: 'cancelaction', actionID: '2' });
    expect(sent.filter((line) => line.startsWith('DELETE'))).to.deep.equal(['DELETE /runs/1 -', 'DELETE /runs/2 -']);
  });

  it('give errors by their status, with what Problem Details say', async () => {
    const problem = {
      title: 'Conflict',
      detail: 'still moving',
      errors: { angle: { status: 500, detail: 'stuck' } },
      values: { wind: 1 },
    };
    const { server } = await openRecording(({ url }, response) => {
      if (url === '/angle') response.writeHead(429, { 'Retry-After': '7' }).end('<html>');
      else json(response, 409, problem);
    });
    await using _server = server;
    await using thing = await consume(server.url);
    expect(await rejection(thing.properties.angle?.read())).to.include({ code: 'tooMany', retryAfter: 7 });
    const conflict = await rejection(thing.writeMultiple({ angle: 1 }));
    expect(conflict).to.include({ code: 'conflict', detail: 'still moving' });
    expect(conflict.values).to.deep.equal({ wind: 1 });
    expect(conflict.errors?.angle).to.include({ code: 'failed', detail: 'stuck' });
  });

  it('fail with disconnected where the server got half of the request, and with invalid where it says why', async () => {
    const torn: Readonly<Record<string, readonly [status: number, body: string]>> = {
      '/angle': [400, '{"status":400,"title":"Bad Request"}'],
      '/all': [400, ''],
      '/actions': [408, 'late'],
    };
    let closes = true;
    const { server } = await openRecording(({ url = '' }, response) => {
      const [status, body] = torn[url] ?? [404, ''];
      response.writeHead(status, closes ? { Connection: 'close' } : {}).end(body);
    });
    await using _server = server;
    await using thing = await consume(server.url);
    expect(await rejection(thing.properties.angle?.read())).to.have.property('code', 'disconnected');
    expect(await rejection(thing.readAll())).to.have.property('code', 'disconnected');
    expect(await rejection(thing.request({ op: 'queryallactions' }))).to.have.property('code', 'disconnected');
    closes = false;
    expect(await rejection(thing.properties.angle?.read())).to.have.property('code', 'invalid');
  });

  it('end with tooLarge where an answer goes on and on, and hang up', async () => {
    let hungUp: () => void = () => {};
    const over = new Promise<void>((resolve) => {
      hungUp = resolve;
    });
    const piece = Buffer.alloc(1024 * 1024, 'a');
    const { server } = await openRecording((_request, response) => {
      const goOn = (): void => {
        if (!response.destroyed) response.write(piece, goOn);
      };
      response.on('close', hungUp);
      goOn();
    });
    await using _server = server;
    await using thing = await consume(server.url);
    expect(await rejection(thing.properties.angle?.read())).to.have.property('code', 'tooLarge');
    await over;
  });

  it('fail with timeout, protocol or disconnected, and never hang', async () => {
    const { server, sent } = await openRecording(({ url }, response) => {
      if (url === '/all') response.end('{"angle":');
      else if (url === '/actions') response.destroy();
    });
    await using _server = server;
    const time = createFakeSchedule();
    await using thing = await consume(server.url, { schedule: time.schedule });
    expect(await rejection(thing.readAll())).to.have.property('code', 'protocol');
    expect(await rejection(thing.request({ op: 'queryallactions' }))).to.have.property('code', 'disconnected');
    const reading = rejection(thing.properties.angle?.read());
    while (!sent.includes('GET /angle -')) await new Promise((resolve) => setImmediate(resolve));
    time.advance(30_000);
    expect(await reading).to.have.property('code', 'timeout');
    const last = rejection(thing.properties.angle?.read());
    while (sent.length < 4) await new Promise((resolve) => setImmediate(resolve));
    await thing.close();
    expect(await last).to.have.property('code', 'disconnected');
    expect(time.waiting).to.equal(0);
  });
});
