import { expect } from 'chai';
import { openStream } from './event-source.js';
import { bearer, bodyOf, problemOf, send, serveGuarded, serveOven } from './oven.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('properties over HTTP', () => {
  it('are read as bare JSON', async () => {
    await using served = await serveOven();
    const response = await fetch(`${served.oven}/properties/temperature`);
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([
      200,
      'application/json; charset=utf-8',
    ]);
    expect(response.headers.get('vary')).to.equal('Accept');
    expect(await bodyOf(response)).to.equal(20);
    expect(await bodyOf(await fetch(`${served.oven}/properties/label`))).to.equal('kitchen');
  });

  it('say when their value is from, as the streams do', async () => {
    await using served = await serveOven();
    using stream = await openStream(`${served.oven}/properties/temperature`);
    served.temperature.set(21);
    const [change] = await stream.next();
    const response = await fetch(`${served.oven}/properties/temperature`);
    expect(response.headers.get('value-time')).to.equal(change?.id);
  });

  it('are read by names that need encoding', async () => {
    await using served = await serveOven();
    expect(await bodyOf(await fetch(`${served.oven}/properties/${encodeURIComponent('door %20? ü')}`))).to.equal(true);
  });

  it('have headers alone for HEAD', async () => {
    await using served = await serveOven();
    const response = await fetch(`${served.oven}/properties/label`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).to.deep.equal([200, '9']);
  });

  it('answer later where their device does', async () => {
    await using served = await serveOven();
    const response = fetch(`${served.oven}/properties/slow`);
    await served.asked;
    served.answer(7);
    expect(await bodyOf(await response)).to.equal(7);
  });

  it('are not told to a caller whose authentication ends before the device answers', async () => {
    const session = new AbortController();
    await using served = await serveGuarded({}, session.signal);
    const response = fetch(`${served.oven}/properties/slow`, { headers: bearer('eve') });
    await served.asked;
    session.abort();
    served.answer(7);
    await problemOf(await response, 403);
  });

  it('are written with 204, and only with what fits their schema', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/properties/label`;
    const response = await send('PUT', url, 'garage');
    expect([response.status, await response.text(), response.headers.get('content-type')]).to.deep.equal([
      204,
      '',
      null,
    ]);
    expect(await bodyOf(await fetch(url))).to.equal('garage');
    const { detail, faults } = await problemOf(await send('PUT', url, 7), 400);
    expect(detail).to.contain('label').and.to.contain('Oven');
    expect(faults).to.be.an('array').with.length(1);
    expect(served.label.get()).to.equal('garage');
  });

  it('take a value that is written but cannot be read', async () => {
    await using served = await serveOven();
    expect((await send('PUT', `${served.oven}/properties/pin`, '1234')).status).to.equal(204);
    expect(served.pins).to.deep.equal(['1234']);
    await problemOf(await fetch(`${served.oven}/properties/pin`), 400);
    await problemOf(await send('PUT', `${served.oven}/properties/temperature`, 7), 400);
  });

  it('answer 404 for unknown names, 503 without a value, 500 for a failure that keeps its secret', async () => {
    await using served = await serveOven();
    for (const name of ['nothing', 'toString', '__proto__', '%20']) {
      await problemOf(await fetch(`${served.oven}/properties/${name}`), 404);
    }
    await problemOf(await fetch(`${served.url}/things/nowhere/properties/label`), 404);
    await problemOf(await fetch(`${served.oven}/properties/unknown`), 503);
    const problem = await problemOf(await send('PUT', `${served.oven}/properties/lamp`, true), 500);
    expect(JSON.stringify(problem)).to.not.contain('bulb');
  });

  it('are read all at once, but for what cannot be read, is not known or is not for the caller', async () => {
    await using served = await serveGuarded();
    const reading = setInterval(() => served.answer(7), 1);
    const all = await bodyOf(await fetch(`${served.oven}/properties`, { headers: bearer('ada') }));
    const less = await bodyOf(await fetch(`${served.oven}/properties`, { headers: bearer('bob') }));
    clearInterval(reading);
    const names = ['temperature', 'label', 'lamp', 'serial', 'slow', 'recipe', 'door %20? ü'];
    expect(all).to.have.all.keys(names);
    expect(less).to.have.all.keys(names.filter((name) => name !== 'label'));
  });

  it('are written many at once, or not at all where one is wrong', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/properties`;
    expect((await send('PUT', url, { label: 'a', 'door %20? ü': false })).status).to.equal(204);
    const { errors } = await problemOf(await send('PUT', url, { label: 'b', temperature: 1, nothing: 2 }), 400);
    expect(errors).to.have.all.keys('temperature', 'nothing').and.to.have.nested.property('nothing.status', 404);
    expect(served.label.get()).to.equal('a');
    for (const body of [[], 'x', null, 7, {}]) await problemOf(await send('PUT', url, body), 400);
  });

  it('tell what was written all the same when a write of many fails', async () => {
    await using served = await serveOven();
    const response = await send('PUT', `${served.oven}/properties`, { label: 'b', lamp: true });
    const { errors, values } = await problemOf(response, 500);
    expect(errors).to.have.nested.property('lamp.status', 500);
    expect(values).to.deep.equal({ label: 'b' });
  });

  it('take URI variables of their types, and refuse what does not fit', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/properties/recipe`;
    const recipe = await bodyOf(await fetch(`${url}?servings=4&vegan=true&name=12&other=1`));
    expect(recipe).to.deep.equal({ servings: 4, vegan: true, name: '12' });
    expect(await bodyOf(await fetch(url))).to.deep.equal({});
    for (const query of ['servings=0', 'servings=x', 'vegan=1', 'servings=1&servings=2']) {
      await problemOf(await fetch(`${url}?${query}`), 400);
    }
  });

  it('are not to be had as something else', async () => {
    await using served = await serveOven();
    const get = (path: string, accept: string) => fetch(`${served.oven}${path}`, { headers: { accept } });
    await problemOf(await get('/properties/label', 'text/html'), 406);
    await problemOf(await get('/properties/serial', 'text/event-stream'), 406);
    await problemOf(await get('/properties/pin', 'text/event-stream'), 406);
    await problemOf(await get('/properties/nothing', 'text/event-stream'), 404);
    await problemOf(await get('/events/overheated', 'application/json'), 406);
  });
});

describe('bodies over HTTP', () => {
  const put = (url: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
    fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });

  it('have to be there, JSON, UTF-8, and without __proto__', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/properties/label`;
    for (const body of ['', '{', "'x'", 'undefined', '"a" "b"']) await problemOf(await put(url, body), 400);
    await problemOf(await put(url, new Uint8Array([0x22, 0xff, 0x22])), 400);
    await problemOf(await put(`${served.oven}/properties`, '{"__proto__": {"label": "x"}}'), 400);
    expect(served.label.get()).to.equal('kitchen');
    expect((await put(url, '"é"', 'application/json; charset=utf-8')).status).to.equal(204);
    expect(served.label.get()).to.equal('é');
  });

  it('have to be of the type that is said', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/properties/label`;
    await problemOf(await put(url, '"x"', 'nonsense'), 415);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const { detail } = await problemOf(await put(url, '"x"', type), 415);
      expect(detail).to.contain('application/json').and.to.contain(type);
    }
    await problemOf(await fetch(url, { method: 'PUT', body: new Uint8Array([0x31]) }), 415);
    await problemOf(await send('PUT', url, 'x', { 'content-encoding': 'gzip' }), 415);
  });

  it('have a limit', async () => {
    await using served = await serveOven({ maxBody: 10 });
    await problemOf(await put(`${served.oven}/properties/label`, '"0123456789"'), 413);
  });
});

describe('actions over HTTP', () => {
  const post = (url: string) => fetch(url, { method: 'POST' });

  it('answer with their output, or with nothing, when they are synchronous', async () => {
    await using served = await serveOven();
    const doubled = await send('POST', `${served.oven}/actions/double?plus=1`, 21);
    expect([doubled.status, await bodyOf(doubled)]).to.deep.equal([200, 43]);
    const beep = await post(`${served.oven}/actions/beep`);
    expect([beep.status, await beep.text(), beep.headers.get('content-type')]).to.deep.equal([204, '', null]);
  });

  it('take {}, "" and null as inputs, and an empty body as none', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/actions/echo`;
    expect(await bodyOf(await send('POST', url, {}))).to.deep.equal({});
    await problemOf(await send('POST', url, null), 400);
    await problemOf(await send('POST', url, ''), 400);
    const { detail } = await problemOf(await post(url), 400);
    expect(detail).to.contain('missing');
    const empty = await fetch(`${served.oven}/actions/beep`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    expect(empty.status).to.equal(204);
  });

  it('answer 400 for a bad input, 500 for a failure that keeps its secret, 404 for an unknown name', async () => {
    await using served = await serveOven();
    await problemOf(await send('POST', `${served.oven}/actions/double`, 'x'), 400);
    await problemOf(await send('POST', `${served.oven}/actions/bake`, { minutes: 1.5 }), 400);
    const problem = await problemOf(await post(`${served.oven}/actions/explode`), 500);
    expect(JSON.stringify(problem)).to.not.contain('secret');
    for (const name of ['nothing', 'constructor']) await problemOf(await post(`${served.oven}/actions/${name}`), 404);
  });

  it('answer at once with where to ask when they are asynchronous, then with how they ended', async () => {
    await using served = await serveOven();
    const response = await post(`${served.oven}/actions/clean`);
    const location = response.headers.get('location') ?? '';
    expect(response.status).to.equal(201);
    expect(location).to.match(/^\/things\/oven\/actions\/clean\/[0-9a-f-]{36}$/);
    const status = await bodyOf(response);
    expect(status).to.have.all.keys('status', 'href', 'timeRequested');
    expect(status).to.include({ status: 'pending', href: location });
    expect(status).to.have.property('timeRequested').that.matches(ISO);

    const url = new URL(location, served.url);
    expect(await bodyOf(await fetch(url))).to.include({ status: 'running', href: location });
    served.finish('shiny');
    const ended = await bodyOf(await fetch(url));
    expect(ended).to.include({ status: 'completed', output: 'shiny', href: location });
    expect(ended).to.have.property('timeEnded').that.matches(ISO);
  });

  it('tell a failure with 200, as a problem within the status', async () => {
    await using served = await serveOven();
    const url = new URL((await post(`${served.oven}/actions/clean`)).headers.get('location') ?? '', served.url);
    await bodyOf(await fetch(url));
    served.finish(new Error('secret'));
    const response = await fetch(url);
    const status = await bodyOf(response);
    expect(response.status).to.equal(200);
    expect(status).to.have.property('status', 'failed');
    expect(status).to.have.nested.property('error.status', 500);
    expect(status).to.have.nested.property('error.title', 'Internal Server Error');
    expect(JSON.stringify(status)).to.not.contain('secret');
  });

  it('answer 503 when they are busy', async () => {
    await using served = await serveOven();
    await bodyOf(await post(`${served.oven}/actions/clean`));
    await problemOf(await post(`${served.oven}/actions/clean`), 503);
  });

  it('are cancelled with 204, and gone then; what has ended is not cancelled', async () => {
    await using served = await serveOven();
    const start = async (action: string, input: unknown) =>
      new URL(
        (await send('POST', `${served.oven}/actions/${action}`, input)).headers.get('location') ?? '',
        served.url,
      );
    const url = await start('bake', { minutes: 5 });
    expect((await fetch(url, { method: 'DELETE' })).status).to.equal(204);
    await problemOf(await fetch(url), 404);
    await problemOf(await fetch(url, { method: 'DELETE' }), 404);
    const clean = await start('clean', undefined);
    await bodyOf(await fetch(clean));
    served.finish('shiny');
    await bodyOf(await fetch(clean));
    await problemOf(await fetch(clean, { method: 'DELETE' }), 409);
    await problemOf(await fetch(clean.href.replace('/clean/', '/bake/')), 404);
  });

  it('are listed newest first, to those who may query them', async () => {
    await using served = await serveGuarded();
    const bake = async (token: string) =>
      (await send('POST', `${served.oven}/actions/bake`, { minutes: 1 }, bearer(token))).headers.get('location');
    const [first, second] = [await bake('ada'), await bake('bob')];
    const list = async (token: string) => bodyOf(await fetch(`${served.oven}/actions`, { headers: bearer(token) }));
    const all = await list('ada');
    expect(all).to.have.all.keys('double', 'beep', 'echo', 'explode', 'bake', 'clean');
    expect(all).to.have.nested.property('bake[0].href', second);
    expect(all).to.have.nested.property('bake[1].href', first);
    expect(await list('bob')).to.have.nested.property('bake.length', 1);
    await problemOf(await fetch(new URL(first ?? '', served.url), { headers: bearer('bob') }), 404);
  });
});
