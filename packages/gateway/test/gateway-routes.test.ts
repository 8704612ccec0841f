import { createSite, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { openServer } from '@thingwright/listener';
import { expect } from 'chai';
import { gatewayRoutes } from '../src/gateway-routes.js';

describe('the readiness of a gateway', () => {
  it('is over while its store fails, and says of the store only that', async () => {
    let fails = true;
    const check = async (): Promise<void> => {
      if (fails) throw new ThingError('unavailable', 'The disk of /srv/thingwright is full');
    };
    await using site = createSite({ compileCheck });
    const bindings = [gatewayRoutes({ check })];
    await using server = await openServer({ site, bindings, listen: { port: 0 } });
    const answer = await fetch(`${server.url}/readyz`);
    expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([503, 'application/problem+json']);
    expect(await answer.json()).to.deep.equal({
      status: 503,
      title: 'Service Unavailable',
      detail: 'Not ready: store',
      checks: { doors: 'ok', store: 'failing' },
    });
    expect((await fetch(`${server.url}/livez`)).status).to.equal(200);
    fails = false;
    expect((await fetch(`${server.url}/readyz`)).status).to.equal(200);
  });
});
