import { expect } from 'chai';
import { bearer, bodyOf, problemOf, send, serveGuarded, serveOven } from './oven.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

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

describe("actions in WebThings' old shape", () => {
  it('are invoked under their name, and answered in kind with a place to ask', async () => {
    await using served = await serveOven();
    const response = await send('POST', `${served.oven}/actions/bake`, { bake: { input: { minutes: 30 } } });
    const href = response.headers.get('location') ?? '';
    expect(response.status).to.equal(201);
    expect(href).to.match(/^\/things\/oven\/actions\/bake\/[0-9a-f-]{36}$/);
    const body = await bodyOf(response);
    expect(body).to.have.all.keys('bake');
    expect(body).to.deep.nested.include({ 'bake.input': { minutes: 30 }, 'bake.href': href, 'bake.status': 'pending' });
    expect(body).to.have.nested.property('bake.timeRequested').that.matches(ISO);
    expect(await bodyOf(await fetch(new URL(href, served.url)))).to.include({ status: 'running', href });
  });

  it('are invoked at the address of all actions, exactly one a request, with or without input', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/actions`;
    const clean = await send('POST', url, { clean: {} });
    expect(clean.status).to.equal(201);
    expect(clean.headers.get('location')).to.match(/^\/things\/oven\/actions\/clean\/[0-9a-f-]{36}$/);
    expect(await bodyOf(clean)).to.have.nested.property('clean.status', 'pending');
    expect(await bodyOf(await send('POST', url, { double: { input: 21 } }))).to.have.nested.property(
      'double.output',
      42,
    );
    const bodies = [{}, { bake: {}, clean: {} }, { bake: 7 }, { bake: null }, [], null, 'bake', 5];
    for (const body of bodies) await problemOf(await send('POST', url, body), 400);
    await problemOf(await fetch(url, { method: 'POST' }), 400);
    await problemOf(await send('POST', url, { bake: { input: { minutes: 'x' } } }), 400);
    for (const name of ['nothing', 'constructor']) await problemOf(await send('POST', url, { [name]: {} }), 404);
  });

  it('have ended at once, with their output, where they are synchronous', async () => {
    await using served = await serveOven();
    const doubled = await send('POST', `${served.oven}/actions/double?plus=1`, { double: { input: 21 } });
    const body = await bodyOf(doubled);
    expect(doubled.status).to.equal(200);
    expect(body).to.deep.nested.include({ 'double.status': 'completed', 'double.output': 43 });
    expect(body).to.have.nested.property('double.timeCompleted').that.matches(ISO);
    const beep = await bodyOf(await send('POST', `${served.oven}/actions/beep`, { beep: { input: {} } }));
    expect(beep).to.have.property('beep').with.all.keys('status', 'timeRequested', 'timeCompleted');
  });

  it('are the bare input where that fits what is declared', async () => {
    await using served = await serveOven();
    const echo = await send('POST', `${served.oven}/actions/echo`, { echo: { input: { a: 1 } } });
    expect([echo.status, await bodyOf(echo)]).to.deep.equal([200, { echo: { input: { a: 1 } } }]);
    expect((await send('POST', `${served.oven}/actions/beep`, {})).status).to.equal(204);
  });

  it('are refused where neither shape fits', async () => {
    await using served = await serveOven();
    const bodies = [{ bake: { minutes: 30 } }, { bake: { input: { minutes: 30 }, more: 1 } }, { clean: { input: {} } }];
    for (const body of bodies) await problemOf(await send('POST', `${served.oven}/actions/bake`, body), 400);
    await problemOf(await send('POST', `${served.oven}/actions/nothing`, { nothing: {} }), 404);
  });

  it('are listed one by one at the address of their action, to those who may query them', async () => {
    await using served = await serveGuarded();
    const bake = async (token: string) =>
      (await send('POST', `${served.oven}/actions/bake`, { minutes: 1 }, bearer(token))).headers.get('location');
    const [first, second] = [await bake('ada'), await bake('bob')];
    const list = async (token: string) =>
      bodyOf(await fetch(`${served.oven}/actions/bake`, { headers: bearer(token) }));
    const hrefs = (entries: unknown) =>
      Array.isArray(entries) ? entries.map((entry) => [Object.keys(entry), entry.bake.href]) : entries;
    expect(hrefs(await list('ada'))).to.deep.equal([
      [['bake'], second],
      [['bake'], first],
    ]);
    expect(hrefs(await list('bob'))).to.deep.equal([[['bake'], second]]);
    const headers = bearer('ada');
    expect(await bodyOf(await fetch(`${served.oven}/actions/double`, { headers }))).to.deep.equal([]);
    for (const name of ['nothing', 'toString', '__proto__']) {
      await problemOf(await fetch(`${served.oven}/actions/${name}`, { headers }), 404);
    }
  });

  it('are told with their error when they failed', async () => {
    await using served = await serveOven();
    const location = (await send('POST', `${served.oven}/actions/clean`, { clean: {} })).headers.get('location') ?? '';
    await bodyOf(await fetch(new URL(location, served.url)));
    served.finish(new Error('secret'));
    const list = await bodyOf(await fetch(`${served.oven}/actions/clean`));
    expect(list).to.have.nested.property('[0].clean.status', 'failed');
    expect(list).to.have.nested.property('[0].clean.error.status', 500);
    expect(JSON.stringify(list)).to.not.contain('secret');
  });

  it('are cancelled by a DELETE that has a content type and no body', async () => {
    await using served = await serveOven();
    const location = (await send('POST', `${served.oven}/actions/bake`, { minutes: 5 })).headers.get('location') ?? '';
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(new URL(location, served.url), { method: 'DELETE', headers });
    expect([response.status, await response.text()]).to.deep.equal([204, '']);
    await problemOf(await fetch(new URL(location, served.url), { method: 'DELETE', headers }), 404);
  });

  it('are none in strict mode', async () => {
    await using served = await serveOven({}, { strict: true });
    await problemOf(await send('POST', `${served.oven}/actions`, { clean: {} }), 405);
    await problemOf(await fetch(`${served.oven}/actions/bake`), 405);
    await problemOf(await send('POST', `${served.oven}/actions/bake`, { bake: { input: { minutes: 1 } } }), 400);
    const clean = await bodyOf(await send('POST', `${served.oven}/actions/clean`, { clean: {} }));
    expect(clean).to.include({ status: 'pending' });
  });
});
