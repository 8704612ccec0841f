import { expect } from 'chai';
import { serveKiln } from './kiln.js';
import { bearer, bodyOf, problemOf, send } from './oven.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A LabThings 422: `detail` is a list. */
async function faultsOf(response: Response) {
  const body: { detail: { loc: unknown[]; msg: string; input: unknown; type: string }[] } = JSON.parse(
    await response.text(),
  );
  return { status: response.status, type: response.headers.get('content-type'), faults: body.detail };
}

describe('Things for LabThings', () => {
  it('3.9 are listed by name with their URLs, those that the caller may see', async () => {
    await using served = await serveKiln({ guarded: true });
    const list = async (token: string) => bodyOf(await fetch(`${served.url}/things/`, { headers: bearer(token) }));
    const kiln = { kiln: served.kiln, plate: `${served.url}/things/plate/` };
    expect(await list('ada')).to.deep.equal({ ...kiln, bell: `${served.url}/things/bell/` });
    expect(await list('bob')).to.deep.equal(kiln);
    await problemOf(await fetch(`${served.url}/things/`), 401);
  });

  it('3.9 are described by name, those that the caller may see', async () => {
    await using served = await serveKiln({ guarded: true });
    const list = async (token: string) => {
      const response = await fetch(`${served.url}/thing_descriptions/`, { headers: bearer(token) });
      expect(response.headers.get('content-type')).to.equal('application/json');
      return bodyOf(response);
    };
    const all = await list('ada');
    expect(all).to.have.all.keys('kiln', 'bell', 'plate');
    expect(all).to.have.nested.property('kiln.base', served.kiln);
    expect(await list('bob')).to.have.all.keys('kiln', 'plate');
    await served.site.remove('kiln');
    await served.site.remove('plate');
    expect(await list('bob')).to.deep.equal({});
  });

  it('3.9 have a description with properties and actions even where there are none', async () => {
    await using served = await serveKiln();
    const plate = await bodyOf(await fetch(`${served.url}/things/plate/`));
    expect(plate).to.deep.include({ title: 'Plate', properties: {}, actions: {} });
    expect(await bodyOf(await fetch(`${served.url}/things/plate`))).to.not.have.any.keys('properties', 'actions');
    const kiln = await fetch(served.kiln);
    expect(kiln.headers.get('content-type')).to.equal('application/json');
    const td = await bodyOf(kiln);
    expect(td).to.have.property('properties').that.includes.all.keys('target', 'lid');
    expect(td).to.deep.equal(await bodyOf(await fetch(served.kiln.slice(0, -1))));
    const etag = kiln.headers.get('etag') ?? '';
    expect((await fetch(served.kiln, { headers: { 'if-none-match': etag } })).status).to.equal(304);
    await problemOf(await fetch(`${served.url}/things/nowhere/`), 404);
  });

  it('3.9 are not served in strict mode', async () => {
    await using served = await serveKiln({ strict: true });
    for (const path of [
      '/things/',
      '/thing_descriptions/',
      '/things/kiln/',
      '/things/kiln/target',
      '/action_invocations',
    ]) {
      await problemOf(await fetch(`${served.url}${path}`), 404);
    }
  });
});

describe('properties for LabThings', () => {
  it('3.9 are read as bare JSON, with headers alone for HEAD', async () => {
    await using served = await serveKiln();
    const response = await fetch(`${served.kiln}target`);
    expect([response.status, await bodyOf(response)]).to.deep.equal([200, 180]);
    expect(await bodyOf(await fetch(`${served.kiln}lid`))).to.equal(false);
    const head = await fetch(`${served.kiln}target`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).to.deep.equal([200, '3']);
  });

  it('3.9 are written with 201 and null', async () => {
    await using served = await serveKiln();
    const response = await send('PUT', `${served.kiln}target`, 200);
    expect([response.status, await response.text()]).to.deep.equal([201, 'null']);
    expect(served.target.get()).to.equal(200);
  });

  it('3.9 refuse a wrong value with 422 and every fault of it', async () => {
    await using served = await serveKiln();
    const target = await faultsOf(await send('PUT', `${served.kiln}target`, 'hot'));
    expect(target).to.include({ status: 422, type: 'application/json; charset=utf-8' });
    expect(target.faults[0]).to.deep.include({ loc: ['body', 'target'], input: 'hot' });
    expect(target.faults[0]?.msg).to.be.a('string').and.not.equal('');
    const { faults } = await faultsOf(await send('PUT', `${served.kiln}steps`, [{ minutes: 1 }, { minutes: 'x' }]));
    expect(faults[0]).to.deep.include({ loc: ['body', 1, 'minutes'], input: 'x' });
    const missing = await faultsOf(await fetch(`${served.kiln}target`, { method: 'PUT' }));
    expect(missing.status).to.equal(422);
    expect(missing.faults[0]?.loc).to.deep.equal(['body', 'target']);
    const named = await faultsOf(await send('PUT', `${served.kiln}target`, { target: 7 }));
    expect(named.status).to.equal(422);
    expect(served.target.get()).to.equal(180);
  });

  it('3.9 refuse what is read-only, and what they are not, with 405 and what is allowed', async () => {
    await using served = await serveKiln();
    const rows = [
      ['PUT', 'lid', 'GET, HEAD, OPTIONS'],
      ['PUT', 'mode', 'GET, HEAD, POST, OPTIONS'],
      ['PUT', 'bake', 'GET, HEAD, POST, OPTIONS'],
      ['POST', 'target', 'GET, HEAD, PUT, OPTIONS'],
      ['DELETE', 'target', 'GET, HEAD, PUT, POST, OPTIONS'],
    ] as const;
    for (const [method, name, allow] of rows) {
      const response = await send(method, `${served.kiln}${name}`, true);
      expect(response.headers.get('allow'), `${method} ${name}`).to.equal(allow);
      await problemOf(response, 405);
    }
  });

  it('3.9 go before an action of the same name, which POST reaches', async () => {
    await using served = await serveKiln();
    expect(await bodyOf(await fetch(`${served.kiln}mode`))).to.equal('slow');
    const response = await fetch(`${served.kiln}mode`, { method: 'POST' });
    expect(await bodyOf(response)).to.include({ action: '/things/kiln/mode', status: 'pending' });
  });

  it('3.9 tell other errors with a text in detail: 404, 503 without a value, 500 that keeps its secret', async () => {
    await using served = await serveKiln();
    for (const name of ['nothing', '__proto__', 'constructor', '%2e%2e%2fx', 'ws', 'actionStatus']) {
      for (const method of ['GET', 'PUT', 'POST']) {
        const { detail } = await problemOf(await fetch(`${served.kiln}${name}`, { method }), 404);
        expect(detail).to.be.a('string');
      }
    }
    await problemOf(await fetch(`${served.kiln}unknown`), 503);
    await problemOf(await fetch(`${served.kiln}pin`), 400);
    const broken = await problemOf(await fetch(`${served.kiln}broken`), 500);
    expect(JSON.stringify(broken)).to.not.contain('secret');
  });

  it('3.9 reserved names keep their meaning', async () => {
    await using served = await serveKiln();
    expect((await send('PUT', `${served.kiln}properties`, { target: 7 })).status).to.equal(204);
    expect(served.target.get()).to.equal(7);
    expect(await bodyOf(await fetch(`${served.kiln}properties/properties`))).to.equal(1);
    expect(await bodyOf(await fetch(`${served.kiln}actions`)))
      .to.have.property('bake')
      .that.deep.equals([]);
  });

  it('L7 refuse a caller who may not', async () => {
    await using served = await serveKiln({ guarded: true });
    await problemOf(await send('PUT', `${served.kiln}target`, 1, bearer('bob')), 403);
    await problemOf(await send('PUT', `${served.kiln}target`, 'x', bearer('bob')), 403);
    await problemOf(await fetch(`${served.url}/things/bell/ring`, { headers: bearer('bob') }), 404);
    await problemOf(await fetch(`${served.kiln}target`), 401);
    await problemOf(await fetch(`${served.kiln}target`, { headers: bearer('wrong') }), 401);
  });

  it('take no bodies that nobody should send', async () => {
    await using served = await serveKiln();
    const put = (body: string, type = 'application/json') =>
      fetch(`${served.kiln}target`, { method: 'PUT', body, headers: { 'content-type': type } });
    for (const body of ['{', 'NaN', '{"__proto__":1}', '['.repeat(600) + ']'.repeat(600)]) {
      const { detail } = await problemOf(await put(body), 400);
      expect(detail).to.be.a('string');
    }
    await problemOf(await put('1', 'text/plain'), 415);
    for (const body of ['null', '[]', '{}', '{"constructor":1}', '1e999', '"200"']) {
      expect((await faultsOf(await put(body))).status, body).to.equal(422);
    }
    expect(served.target.get()).to.equal(180);
  });
});

describe('actions for LabThings', () => {
  it('3.9 are invoked with 201 and the invocation', async () => {
    await using served = await serveKiln();
    const response = await send('POST', `${served.kiln}bake`, { minutes: 30 });
    expect(response.status).to.equal(201);
    const invocation: { id: string; href: string; links: unknown } = JSON.parse(await response.text());
    expect(invocation.id).to.match(UUID);
    expect(invocation).to.deep.include({
      status: 'pending',
      action: '/things/kiln/bake',
      href: `${served.url}/action_invocations/${invocation.id}`,
      links: [
        { rel: 'self', href: invocation.href },
        { rel: 'output', href: `${invocation.href}/output` },
      ],
      input: { minutes: 30 },
      output: null,
      error: null,
      timeCompleted: null,
    });
  });

  it('3.9 take no body, null or {} where no input is declared', async () => {
    await using served = await serveKiln();
    expect((await fetch(`${served.kiln}idle`, { method: 'POST' })).status).to.equal(201);
    for (const body of [null, {}]) {
      const response = await send('POST', `${served.kiln}idle`, body);
      expect(response.status).to.equal(201);
      expect(await bodyOf(response)).to.have.property('input', null);
    }
  });

  it('3.9 refuse a wrong input with 422', async () => {
    await using served = await serveKiln();
    const { status, faults } = await faultsOf(await send('POST', `${served.kiln}bake`, { minutes: 'x' }));
    expect(status).to.equal(422);
    expect(faults[0]).to.deep.include({ loc: ['body', 'minutes'], input: 'x' });
    const rows = [{}, [], null, 5, { bake: { input: { minutes: 1 } } }];
    for (const body of rows) {
      expect((await faultsOf(await send('POST', `${served.kiln}bake`, body))).status).to.equal(422);
    }
    const missing = await faultsOf(await fetch(`${served.kiln}bake`, { method: 'POST' }));
    expect(missing.faults[0]?.loc).to.deep.equal(['body', 'bake']);
  });

  it('3.9 have ended in the answer where they are synchronous, or fail with the request', async () => {
    await using served = await serveKiln();
    const added = await send('POST', `${served.kiln}add`, { a: -1 });
    expect(added.status).to.equal(201);
    expect(await bodyOf(added)).to.deep.include({ status: 'completed', output: 0, input: { a: -1 }, error: null });
    const problem = await problemOf(await fetch(`${served.kiln}explode`, { method: 'POST' }), 500);
    expect(JSON.stringify(problem)).to.not.contain('secret');
  });

  it('3.9 are refused when they are busy, and to a caller who may not', async () => {
    await using served = await serveKiln({ guarded: true });
    const post = (name: string, token: string) => send('POST', `${served.kiln}${name}`, {}, bearer(token));
    expect((await post('one', 'ada')).status).to.equal(201);
    await problemOf(await post('one', 'ada'), 503);
    await problemOf(await post('bake', 'bob'), 403);
  });

  it('3.9 list their invocations, oldest first, without what they were given and what came of them', async () => {
    await using served = await serveKiln({ guarded: true });
    const ids: string[] = [];
    for (const token of ['ada', 'bob', 'ada']) {
      const response = await send('POST', `${served.kiln}idle`, {}, bearer(token));
      const { id }: { id: string } = JSON.parse(await response.text());
      ids.push(id);
    }
    const list = async (name: string, token: string): Promise<{ id: string }[]> =>
      JSON.parse(await (await fetch(`${served.kiln}${name}`, { headers: bearer(token) })).text());
    const all = await list('idle', 'ada');
    expect(all.map(({ id }) => id)).to.deep.equal(ids);
    expect(all[0]).to.have.all.keys(
      ...['status', 'id', 'action', 'href', 'timeRequested', 'timeStarted', 'timeCompleted', 'links'],
    );
    expect((await list('idle', 'bob')).map(({ id }) => id)).to.deep.equal([ids[1]]);
    expect(await list('bake', 'ada')).to.deep.equal([]);
  });
});
