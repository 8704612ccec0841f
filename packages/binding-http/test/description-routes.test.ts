import { expect } from 'chai';
import { bearer, bodyOf, createOven, problemOf, serveGuarded, serveOven } from './oven.js';

describe('Thing Descriptions over HTTP', () => {
  it('are TDs of the origin that the caller used', async () => {
    await using served = await serveOven();
    const response = await fetch(served.oven);
    expect(response.headers.get('content-type')).to.equal('application/td+json');
    const td = await bodyOf(response);
    expect(td).to.include({ title: 'Oven', base: `${served.oven}/` });
    expect(td).to.have.nested.property('properties.temperature.forms[0].href', 'properties/temperature');
    const other = await bodyOf(await fetch(served.oven.replace('127.0.0.1', 'localhost')));
    expect(other).to.have.property('base', `${served.oven.replace('127.0.0.1', 'localhost')}/`);
  });

  it('come as JSON to those who know nothing else', async () => {
    await using served = await serveOven();
    const get = async (accept: string) =>
      (await fetch(served.oven, { headers: { accept } })).headers.get('content-type');
    expect(await get('application/json')).to.equal('application/json');
    expect(await get('text/html, */*;q=0.5')).to.equal('application/td+json');
    await problemOf(await fetch(served.oven, { headers: { accept: 'text/html' } }), 406);
  });

  it('have the same headers for HEAD, and no body', async () => {
    await using served = await serveOven();
    const full = await fetch(served.oven);
    const head = await fetch(served.oven, { method: 'HEAD' });
    const length = String((await full.arrayBuffer()).byteLength);
    expect(await head.text()).to.equal('');
    for (const { headers } of [full, head]) expect(headers.get('content-length')).to.equal(length);
    for (const name of ['content-type', 'etag', 'vary', 'cache-control']) {
      expect(head.headers.get(name), name).to.equal(full.headers.get(name)).and.to.be.a('string');
    }
  });

  it('are not sent again to who has them', async () => {
    await using served = await serveOven();
    const etag = (await fetch(served.oven)).headers.get('etag') ?? '';
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const response = await fetch(served.oven, { headers: { 'if-none-match': known } });
      expect([response.status, response.headers.get('etag'), await response.text()]).to.deep.equal([304, etag, '']);
    }
    expect((await fetch(served.oven, { headers: { 'if-none-match': '"x"' } })).status).to.equal(200);
  });

  it('are other ones once the Thing has another title', async () => {
    await using served = await serveOven();
    const etag = (await fetch(served.oven)).headers.get('etag') ?? '';
    served.site.setTitle('oven', 'Furnace');
    const response = await fetch(served.oven, { headers: { 'if-none-match': etag } });
    expect(response.status).to.equal(200);
    expect(await bodyOf(response)).to.include({ title: 'Furnace' });
    expect(JSON.stringify(await bodyOf(await fetch(`${served.url}/openapi.json`)))).to.contain('Furnace');
  });

  it('show each caller what he may see', async () => {
    await using served = await serveGuarded();
    const get = async (token: string) => bodyOf(await fetch(served.oven, { headers: bearer(token) }));
    for (let round = 0; round < 2; round++) {
      expect(await get('ada')).to.have.nested.property('properties.label');
      expect(await get('bob')).to.not.have.nested.property('properties.label');
    }
    await problemOf(await fetch(`${served.url}/things/vault`, { headers: bearer('bob') }), 404);
    expect((await fetch(`${served.url}/things/vault`, { headers: bearer('ada') })).status).to.equal(200);
  });

  it('are listed, those that the caller may see', async () => {
    await using served = await serveGuarded();
    const list = async (token: string) => {
      const response = await fetch(`${served.url}/things`, { headers: bearer(token) });
      expect(response.headers.get('content-type')).to.equal('application/ld+json');
      const things = await bodyOf(response);
      return Array.isArray(things) ? things.map(({ base }) => base) : things;
    };
    expect(await list('ada')).to.deep.equal([`${served.oven}/`, `${served.url}/things/vault/`]);
    expect(await list('bob')).to.deep.equal([`${served.oven}/`]);
    const head = await fetch(`${served.url}/things`, { method: 'HEAD', headers: bearer('bob') });
    expect([head.status, Number(head.headers.get('content-length')) > 100]).to.deep.equal([200, true]);
  });

  it('are an empty list where there is nothing, and follow Things that come and go', async () => {
    await using served = await serveOven();
    await served.site.remove('oven');
    expect(await bodyOf(await fetch(`${served.url}/things`))).to.deep.equal([]);
    await problemOf(await fetch(served.oven), 404);
    served.site.add('oven', createOven().exposure, { id: 'urn:example:new' });
    expect(await bodyOf(await fetch(served.oven))).to.have.property('id', 'urn:example:new');
  });

  it('claim the forms of the proposed sub-protocol only where that is wanted', async () => {
    await using plain = await serveOven();
    await using labelled = await serveOven({ subprotocolForms: true });
    expect(await (await fetch(plain.oven)).text()).to.not.contain('webthingprotocol');
    const td = await bodyOf(await fetch(labelled.oven));
    expect(td).to.have.nested.property('properties.label.forms.length', 3);
    expect(td).to.have.nested.property('properties.label.forms[2].subprotocol', 'webthingprotocol');
  });
});

describe('the OpenAPI document', () => {
  it('describes what is served, to each caller what he may see', async () => {
    await using served = await serveGuarded();
    const get = async (token: string) => bodyOf(await fetch(`${served.url}/openapi.json`, { headers: bearer(token) }));
    const all = await get('ada');
    expect(all).to.include({ openapi: '3.1.0' });
    expect(all)
      .to.have.property('paths')
      .that.includes.all.keys('/things', '/things/vault', '/things/oven/properties/label');
    expect(await get('bob'))
      .to.have.property('paths')
      .that.does.not.have.any.keys('/things/vault', '/things/oven/properties/label');
  });

  it('follows Things that come and go', async () => {
    await using served = await serveOven();
    const paths = async () => bodyOf(await fetch(`${served.url}/openapi.json`));
    expect(await paths())
      .to.have.property('paths')
      .that.includes.keys('/things/oven');
    await served.site.remove('oven');
    expect(await paths())
      .to.have.property('paths')
      .that.has.all.keys('/things');
  });
});
