import { once } from 'node:events';
import { createMeter } from '@thingwright/core';
import { expect } from 'chai';
import { openStream } from './event-source.js';
import { bearer, bodyOf, problemOf, send, serveGuarded, serveOven } from './oven.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

describe('event streams', () => {
  it('send their headers at once and nothing before the first change', async () => {
    await using served = await serveOven();
    using stream = await openStream(`${served.oven}/properties/temperature`);
    const { headers } = stream.response;
    expect(headers.get('content-type')).to.equal('text/event-stream');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('vary')).to.equal('Accept');
    served.temperature.set(21);
    await stream.next();
    expect(stream.text).to.match(/^event: temperature\nid: /);
  });

  it('send every change in order, each with a time of its own as id', async () => {
    await using served = await serveOven();
    using stream = await openStream(`${served.oven}/properties/temperature`);
    for (let i = 1; i <= 5; i++) served.temperature.set(20 + i);
    const messages = await stream.next(5);
    expect(messages.map(({ event, data }) => [event, data])).to.deep.equal(
      [21, 22, 23, 24, 25].map((value) => ['temperature', String(value)]),
    );
    const ids = messages.map(({ id }) => id);
    for (const id of ids) expect(id).to.match(TIME);
    expect(new Set(ids).size).to.equal(5);
    expect(ids).to.deep.equal([...ids].sort());
  });

  it('send the changes of all properties that can be observed, to each what he may observe', async () => {
    await using served = await serveGuarded();
    using ada = await openStream(`${served.oven}/properties`, bearer('ada'));
    using bob = await openStream(`${served.oven}/properties`, bearer('bob'));
    served.label.set('garage');
    served.temperature.set(30);
    expect((await ada.next(2)).map(({ event }) => event)).to.deep.equal(['label', 'temperature']);
    expect((await bob.next(1)).map(({ event }) => event)).to.deep.equal(['temperature']);
    await problemOf(await fetch(`${served.oven}/properties/label`, sse(bearer('bob'))), 403);
  });

  it('are counted while they are open, with what they sent', async () => {
    const meter = createMeter();
    await using served = await serveOven({}, { meter });
    const read = (name: string) => meter.read(name, { binding: 'http' });
    const stream = await openStream(`${served.oven}/properties/temperature`);
    served.temperature.set(21);
    await stream.next();
    expect([read('thingwright_subscriptions'), read('thingwright_notifications_sent_total')]).to.deep.equal([1, 1]);
    stream[Symbol.dispose]();
    while (read('thingwright_subscriptions') !== 0) await new Promise(setImmediate);
    expect(meter.read('thingwright_http_request_duration_seconds', { method: 'GET', status: '200' })).to.equal(
      undefined,
    );
  });

  it('send events, those without payload with empty data', async () => {
    await using served = await serveOven();
    using one = await openStream(`${served.oven}/events/done`);
    using all = await openStream(`${served.oven}/events`);
    served.overheated.next(300);
    served.done.next();
    expect((await one.next()).map(({ event, data }) => [event, data])).to.deep.equal([['done', '']]);
    const both = await all.next(2);
    expect(both.map(({ event, data }) => [event, data])).to.deep.equal([
      ['overheated', '300'],
      ['done', ''],
    ]);
  });

  it('tell of an invocation only those who may query it', async () => {
    await using served = await serveGuarded();
    using ada = await openStream(`${served.oven}/events/actionStatus`, bearer('ada'));
    using bob = await openStream(`${served.oven}/events`, bearer('bob'));
    await bodyOf(await send('POST', `${served.oven}/actions/bake`, { minutes: 1 }, bearer('ada')));
    served.overheated.next(1);
    expect((await ada.next()).map(({ data }) => data)[0]).to.contain('"state":"pending"');
    expect((await bob.next()).map(({ event }) => event)).to.deep.equal(['overheated']);
  });

  it('go on after Last-Event-ID: what was missed, in order and once, then what comes', async () => {
    await using served = await serveOven();
    using first = await openStream(`${served.oven}/properties`);
    served.temperature.set(21);
    const [seen] = await first.next();
    for (const value of [22, 23, 24]) served.temperature.set(value);
    served.overheated.next(1);
    using again = await openStream(`${served.oven}/properties`, { 'last-event-id': seen?.id ?? '' });
    served.temperature.set(25);
    const messages = await again.next(4);
    expect(messages.map(({ data }) => data)).to.deep.equal(['22', '23', '24', '25']);
    expect(messages.flatMap(({ comments }) => comments)).to.deep.equal(['complete']);
  });

  it('say in a comment that something may have been missed', async () => {
    await using served = await serveOven();
    using stream = await openStream(`${served.oven}/events`, { 'last-event-id': 'yesterday' });
    served.done.next();
    const [message] = await stream.next();
    expect(message?.comments[0]).to.match(/^gap/);
  });

  it('have no comments of ours in strict mode', async () => {
    await using served = await serveOven({}, { strict: true });
    using stream = await openStream(`${served.oven}/events`, { 'last-event-id': 'yesterday' });
    served.done.next();
    await stream.next();
    expect(stream.text).to.match(/^event: /);
  });

  it('show a sign of life that no client takes for an event', async () => {
    await using served = await serveOven({ keepAlive: 5 });
    using stream = await openStream(`${served.oven}/events/done`);
    await stream.until(':\n:\n');
    expect(stream.text).to.not.contain('\n\n');
    served.done.next();
    expect((await stream.next()).map(({ event }) => event)).to.deep.equal(['done']);
  });

  it('have headers alone for HEAD', async () => {
    await using served = await serveOven();
    const response = await fetch(`${served.oven}/events`, { ...sse(), method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([200, 'text/event-stream']);
  });

  it('are for those only whom we know', async () => {
    await using served = await serveGuarded();
    await problemOf(await fetch(`${served.oven}/events`, sse()), 401);
    await problemOf(await fetch(`${served.oven}/events/nothing`, sse(bearer('ada'))), 404);
  });

  it('end with the authentication of their reader', async () => {
    const session = new AbortController();
    await using served = await serveGuarded({}, session.signal);
    using eve = await openStream(`${served.oven}/events`, bearer('eve'));
    using ada = await openStream(`${served.oven}/events`, bearer('ada'));
    served.overheated.next(1);
    session.abort();
    await eve.next();
    await eve.ended();
    served.done.next();
    expect((await ada.next(2)).map(({ event }) => event)).to.deep.equal(['overheated', 'done']);
    await problemOf(await fetch(`${served.oven}/events`, sse(bearer('eve'))), 401);
  });

  it('end with their Thing', async () => {
    await using served = await serveOven();
    using stream = await openStream(`${served.oven}/properties`);
    served.temperature.set(21);
    await served.site.remove('oven');
    await stream.next();
    await stream.ended();
    await problemOf(await fetch(`${served.oven}/properties`, sse()), 404);
  });

  it('end when the server closes, long before they would be cut', async () => {
    const served = await serveOven({ grace: 60_000 });
    using stream = await openStream(`${served.oven}/properties`);
    await served[Symbol.asyncDispose]();
    await stream.ended();
  });

  it('leave nothing behind when their reader vanishes', async () => {
    await using served = await serveOven();
    const leave = new AbortController();
    const gone = new Promise<void>((resolve) => {
      served.listener.fastify.server.once(
        'request',
        (_request, response) => void once(response, 'close').then(() => resolve()),
      );
    });
    const response = await fetch(`${served.oven}/events`, { ...sse(), signal: leave.signal });
    expect(response.status).to.equal(200);
    leave.abort();
    await gone;
    served.done.next();
  });
});

const sse = (headers: Record<string, string> = {}) => ({ headers: { accept: 'text/event-stream', ...headers } });
