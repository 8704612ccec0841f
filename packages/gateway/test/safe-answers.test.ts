import { once } from 'node:events';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { defineThing, expose, silent } from '@thingwright/core';
import { type Binding, serve } from '@thingwright/listener';
import { expect } from 'chai';
import { of } from 'rxjs';
import * as t from 'typebox';
import WebSocket from 'ws';

const SECRET = '/srv/thingwright/secret-place.db';

/** As Node throws it when a file is not there, with the path in its message, its stack and a member. */
const fail = async (): Promise<never> => {
  throw Object.assign(new Error(`ENOENT: no such file or directory, open '${SECRET}'`), {
    code: 'ENOENT',
    path: SECRET,
  });
};

const Broken = defineThing({
  title: 'Broken',
  properties: { whole: { schema: t.Integer() }, broken: { schema: t.Integer() } },
  actions: { now: { synchronous: true }, later: {} },
});

/** A Thing whose every handler fails so, and a door of somebody else's that does. */
async function open() {
  const logged: string[] = [];
  const keep = (details: object): void => {
    if ('error' in details && details.error instanceof Error) logged.push(String(details.error.cause ?? details.error));
  };
  const broken = expose(Broken, () => ({
    properties: { whole: { value: of(1), write: fail }, broken: { read: fail, write: fail } },
    actions: { now: fail, later: fail },
  }));
  const door: Binding = {
    open(_site, listener) {
      listener.upgrade('/door', fail);
      listener.fastify.get('/route', fail);
    },
  };
  const served = await serve({
    things: { broken },
    bindings: [http({ port: 0, grace: 100 }), websocket(), door],
    log: { ...silent, warn: keep, error: keep },
  });
  return { ...served, url: served.url, logged, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

function expectSafe(text: string, where: string): void {
  expect(text, where)
    .not.to.include('secret-place')
    .and.not.include('ENOENT')
    .and.not.match(/\bat .*:\d+:\d+|\.[jt]s\b/);
}

/** A socket that keeps all it hears. */
async function dial(url: string, protocols: string[] = []) {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols);
  const heard: string[] = [];
  socket.on('message', (data: Buffer) => heard.push(data.toString()));
  await once(socket, 'open');
  return {
    send: (message: object) => socket.send(JSON.stringify(message)),
    /** All that came, once it has so many errors. */
    async errors(count: number): Promise<string> {
      while ((heard.join().match(/"error"/g)?.length ?? 0) < count) await once(socket, 'message');
      return heard.join('\n');
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

describe('what a handler throws', () => {
  it('is in no answer over HTTP', async () => {
    await using server = await open();
    const thing = `${server.url}/things/broken`;
    const json = { 'content-type': 'application/json' };
    const requests: readonly [string, RequestInit][] = [
      [`${thing}/properties/broken`, {}],
      [`${thing}/properties/whole`, { method: 'PUT', body: '2', headers: json }],
      [`${thing}/properties`, {}],
      [`${thing}/properties`, { method: 'PUT', body: '{"whole":2,"broken":3}', headers: json }],
      [`${thing}/actions/now`, { method: 'POST' }],
      [`${server.url}/route`, {}],
    ];
    for (const [url, init] of requests) {
      const answer = await fetch(url, init);
      const where = `${init.method ?? 'GET'} ${url}`;
      expect(answer.status, where).to.be.within(500, 503);
      expectSafe(`${JSON.stringify([...answer.headers])}${await answer.text()}`, where);
    }
    expect(server.logged.join()).to.include(SECRET);
  });

  it('is not in the state of an invocation', async () => {
    await using server = await open();
    const begun = await fetch(`${server.url}/things/broken/actions/later`, { method: 'POST' });
    expect(begun.status).to.equal(201);
    const place = new URL(begun.headers.get('location') ?? '', server.url);
    for (;;) {
      const text = await (await fetch(place)).text();
      expectSafe(text, 'queryaction');
      if (text.includes('failed')) break;
    }
  });

  it('is in no answer over a WebSocket, in any dialect', async () => {
    await using server = await open();
    const [thing] = [...server.site.things.values()];
    const request = (operation: string, members: object) => ({
      thingID: thing?.id,
      messageID: '1',
      messageType: 'request',
      operation,
      ...members,
    });
    await using protocol = await dial(`${server.url}/things`, ['webthingprotocol']);
    protocol.send(request('readproperty', { name: 'broken' }));
    protocol.send(request('writeproperty', { name: 'whole', value: 2 }));
    protocol.send(request('readallproperties', {}));
    protocol.send(request('writemultipleproperties', { values: { whole: 2, broken: 3 } }));
    protocol.send(request('invokeaction', { name: 'now' }));
    expectSafe(await protocol.errors(5), 'webthingprotocol');

    await using webthings = await dial(`${server.url}/things/broken`, ['webthing']);
    webthings.send({ messageType: 'setProperty', data: { whole: 2 } });
    expectSafe(await webthings.errors(1), 'webthings');

    await using labthings = await dial(`${server.url}/things/broken/ws`);
    labthings.send({ messageType: 'addActionObservation', data: { later: true } });
    labthings.send({ messageType: 'addPropertyObservation', data: { nothing: true } });
    await labthings.errors(1);
    await fetch(`${server.url}/things/broken/actions/later`, { method: 'POST' });
    expectSafe(await labthings.errors(2), 'labthings');
  });

  it('is not in the refusal of an upgrade', async () => {
    await using server = await open();
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/door`);
    const [, answer] = await once(socket, 'unexpected-response');
    expect(answer.statusCode).to.equal(500);
    expect(answer.headers['x-content-type-options']).to.equal('nosniff');
    let text = JSON.stringify(answer.headers);
    for await (const chunk of answer) text += String(chunk);
    expectSafe(text, 'upgrade');
  });
});
