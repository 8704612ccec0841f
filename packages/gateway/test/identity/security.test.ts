import { expect } from 'chai';
import { openGateway } from '../../src/index.js';

const ADMIN_TOKEN = 'the-admin-token';

describe('GATEWAY_SECURITY', () => {
  it('is what Thing Descriptions state: Basic for the Thing, and where services get their access tokens', async () => {
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN });
    const answer = await fetch(`${gateway.url}/.well-known/wot`);
    const td: { base: string; security: string; securityDefinitions: Record<string, Record<string, unknown>> } =
      await answer.json();
    const { basic_sc: basic, oauth2_sc: oauth2 = {}, ws_sc: socket = {} } = td.securityDefinitions;
    expect(td.security).to.equal('basic_sc');
    expect(basic).to.deep.equal({ scheme: 'basic', in: 'header', name: 'Authorization' });
    expect(socket.oneOf).to.deep.equal(['basic_sc', 'bearer_sc', 'oauth2_sc', 'ticket_sc']);
    expect(oauth2).to.include({ scheme: 'oauth2', flow: 'client' }).and.not.have.property('authorization');
    const { secret } = await gateway.people.addService({ name: 'reports' });
    const granted = await fetch(new URL(String(oauth2.token), td.base), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'reports',
        client_secret: secret,
      }),
    });
    expect(await granted.json()).to.include({ token_type: 'Bearer' });
  });
});
