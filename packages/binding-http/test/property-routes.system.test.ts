import { expect } from 'chai';
import { openStream } from './event-source.js';
import { bearer, bodyOf, problemOf, send, serveGuarded, serveOven } from './oven.js';

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
    const names = ['temperature', 'label', 'lamp', 'settings', 'serial', 'slow', 'recipe', 'door %20? ü'];
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
  });
});

describe("a property in WebThings' old shape", () => {
  it('is written under its name, and answered in kind with what was set', async () => {
    await using served = await serveOven();
    const response = await send('PUT', `${served.oven}/properties/label`, { label: 'garage' });
    expect([response.status, await bodyOf(response)]).to.deep.equal([200, { label: 'garage' }]);
    expect(served.label.get()).to.equal('garage');
    const named = await send('PUT', `${served.oven}/properties/${encodeURIComponent('door %20? ü')}`, {
      'door %20? ü': false,
    });
    expect(await bodyOf(named)).to.deep.equal({ 'door %20? ü': false });
  });

  it('is answered with the value written where the device does not confirm one', async () => {
    await using served = await serveOven();
    const response = await send('PUT', `${served.oven}/properties/pin`, { pin: '1234' });
    expect([response.status, await bodyOf(response)]).to.deep.equal([200, { pin: '1234' }]);
    expect(served.pins).to.deep.equal(['1234']);
  });

  it('is the bare value where that fits what is declared, whatever it looks like', async () => {
    await using served = await serveOven();
    const response = await send('PUT', `${served.oven}/properties/settings`, { settings: { fan: 1 } });
    expect([response.status, await response.text()]).to.deep.equal([204, '']);
    expect(served.settings.get()).to.deep.equal({ settings: { fan: 1 } });
  });

  it('is refused where neither shape fits, with the faults of the bare one', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/properties/label`;
    const bodies = [{ label: 7 }, { label: 'a', lamp: true }, { lamp: 'a' }, {}, [], { label: { label: 'a' } }];
    for (const body of bodies) {
      const { faults } = await problemOf(await send('PUT', url, body), 400);
      expect(faults, JSON.stringify(body)).to.be.an('array').with.length(1);
    }
    const text = '{"constructor":"a","toString":"b"}';
    const headers = { 'content-type': 'application/json' };
    await problemOf(await fetch(url, { method: 'PUT', body: text, headers }), 400);
    await problemOf(await send('PUT', `${served.oven}/properties/constructor`, { constructor: 'a' }), 404);
    expect(served.label.get()).to.equal('kitchen');
  });

  it('is refused to a caller who may not, read-only or broken as the bare value is', async () => {
    await using served = await serveGuarded();
    const put = (name: string, token: string, value: unknown) =>
      send('PUT', `${served.oven}/properties/${name}`, { [name]: value }, bearer(token));
    await problemOf(await put('label', 'bob', 'x'), 403);
    await problemOf(await put('temperature', 'ada', 7), 400);
    const problem = await problemOf(await put('lamp', 'ada', true), 500);
    expect(JSON.stringify(problem)).to.not.contain('bulb');
  });

  it('is none in strict mode', async () => {
    await using served = await serveOven({}, { strict: true });
    await problemOf(await send('PUT', `${served.oven}/properties/label`, { label: 'garage' }), 400);
    expect((await send('PUT', `${served.oven}/properties/label`, 'garage')).status).to.equal(204);
  });
});
