import type { Context } from '@thingwright/core';
import { expect } from 'chai';
import { bearer, problemOf, send, serveGuarded, serveOven } from './oven.js';

describe('callers over HTTP', () => {
  it('are asked who they are, with a challenge for each way to say it', async () => {
    await using served = await serveGuarded();
    for (const headers of [{}, bearer('wrong'), { authorization: 'Digest x' }, { authorization: 'Basic !' }]) {
      for (const path of [
        '/things',
        '/things/oven',
        '/things/nowhere',
        '/things/oven/properties/label',
        '/openapi.json',
      ]) {
        const response = await fetch(`${served.url}${path}`, { headers });
        expect(response.headers.get('www-authenticate')).to.match(/^Basic realm=.*, Bearer realm=/);
        await problemOf(response, 401);
      }
    }
  });

  it('are known by a bearer token, and by the same as password', async () => {
    await using served = await serveGuarded();
    const basic = { authorization: `Basic ${Buffer.from('anything:ada').toString('base64')}` };
    for (const headers of [bearer('ada'), basic]) {
      expect((await fetch(`${served.oven}/properties/label`, { headers })).status).to.equal(200);
    }
  });

  it('are told that a token does not belong into a URL', async () => {
    await using served = await serveGuarded();
    const { detail } = await problemOf(await fetch(`${served.oven}?access_token=ada`), 401);
    expect(detail).to.contain('Authorization: Bearer').and.to.not.contain('ada');
  });

  it('are refused before their body is read', async () => {
    await using served = await serveGuarded({ maxBody: 10 });
    await problemOf(await send('PUT', `${served.oven}/properties/label`, 'x'.repeat(100)), 401);
  });

  it('are refused with 403 what they may see and not do', async () => {
    await using served = await serveGuarded();
    await problemOf(await fetch(`${served.oven}/properties/label`, { headers: bearer('bob') }), 403);
    await problemOf(await send('PUT', `${served.oven}/properties/label`, 'x', bearer('bob')), 403);
  });

  it('hand on where their request belongs among those of other programs', async () => {
    const contexts: Pick<Context, 'binding' | 'trace'>[] = [];
    const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'lab=1' };
    await using served = await serveOven(
      {},
      {
        trace({ context: { binding, trace: found } }, perform) {
          contexts.push({ ...(binding ? { binding } : {}), ...(found ? { trace: found } : {}) });
          return perform();
        },
      },
    );
    await fetch(`${served.oven}/properties/label`, { headers: trace });
    await fetch(`${served.oven}/properties/label`);
    expect(contexts).to.deep.equal([{ binding: 'http', trace }, { binding: 'http' }]);
  });

  it('are told what a method that does not fit could be', async () => {
    await using served = await serveOven();
    const allowed: Record<string, string> = {
      '/properties': 'GET, HEAD, PUT, OPTIONS',
      '/properties/label': 'GET, HEAD, PUT, OPTIONS',
      '/actions': 'GET, HEAD, POST, OPTIONS',
      '/actions/double': 'GET, HEAD, POST, OPTIONS',
      '/actions/bake/1': 'GET, HEAD, DELETE, OPTIONS',
      '/events/done': 'GET, HEAD, OPTIONS',
      '': 'GET, HEAD, OPTIONS',
    };
    for (const [path, allow] of Object.entries(allowed)) {
      const options = await fetch(`${served.oven}${path}`, { method: 'OPTIONS' });
      expect([options.status, options.headers.get('allow')], path).to.deep.equal([204, allow]);
      const patch = await fetch(`${served.oven}${path}`, { method: 'PATCH', body: 'x' });
      expect(patch.headers.get('allow'), path).to.equal(allow);
      await problemOf(patch, 405);
    }
  });

  it('are answered 429 with the time to wait when they ask too often, those who fail by their address', async () => {
    await using served = await serveGuarded({ requestRate: { perSecond: 0.001, burst: 2 } });
    const ask = (headers: Record<string, string>) => fetch(`${served.oven}/properties/temperature`, { headers });
    for (const headers of [bearer('ada'), bearer('wrong')]) {
      await (await ask(headers)).text();
      await (await ask(headers)).text();
      const response = await ask(headers);
      expect(Number(response.headers.get('retry-after'))).to.be.within(1, 1000);
      await problemOf(response, 429);
    }
    expect((await ask(bearer('bob'))).status).to.equal(200);
  });
});
