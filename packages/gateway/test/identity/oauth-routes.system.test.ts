import { expect } from 'chai';
import { type Gateway, openGateway } from '../../src/index.js';

const ADMIN_TOKEN = 'an-admin-token-that-nobody-guesses';

describe('oauthRoutes', () => {
  const open = async () => {
    const gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN });
    const { secret } = await gateway.people.addService({ name: 'reports' });
    await gateway.people.grant('service:reports', { role: 'viewer' });
    return { ...gateway, secret };
  };
  const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const ask = (gateway: Pick<Gateway, 'url'>, body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${gateway.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });
  const GRANT = 'grant_type=client_credentials';

  it('gives an access token for Basic and for credentials in the body, that nobody stores', async () => {
    await using gateway = await open();
    const inBody = `${GRANT}&client_id=reports&client_secret=${gateway.secret}`;
    const answers = [
      await ask(gateway, GRANT, { authorization: basic('reports', gateway.secret) }),
      await ask(gateway, GRANT, { authorization: basic('service%3Areports', gateway.secret) }),
      await ask(gateway, inBody),
      await ask(gateway, `${GRANT}&client_id=reports`, { authorization: basic('reports', gateway.secret) }),
    ];
    for (const answer of answers) {
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      expect(answer.headers.get('pragma')).to.equal('no-cache');
      expect(answer.headers.get('content-type')).to.match(/^application\/json/);
      const { access_token: token, ...rest }: { access_token: string } = await answer.json();
      expect(rest).to.deep.equal({ token_type: 'Bearer', expires_in: 3600 });
      const read = await fetch(`${gateway.url}/things/gateway/properties/version`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(read.status).to.equal(200);
    }
  });

  it('tells the one scope there is to who asks for another', async () => {
    await using gateway = await open();
    const answer = await ask(gateway, `${GRANT}&scope=everything`, { authorization: basic('reports', gateway.secret) });
    expect(await answer.json()).to.include({ scope: 'things' });
  });

  it('has one answer, with a challenge, for clients that are unknown, wrong or show nothing', async () => {
    await using gateway = await open();
    const wrong = [
      ask(gateway, GRANT, { authorization: basic('reports', 'wrong') }),
      ask(gateway, GRANT, { authorization: basic('nobody', gateway.secret) }),
      ask(gateway, `${GRANT}&client_id=nobody&client_secret=wrong`),
      ask(gateway, `${GRANT}&client_id=admin&client_secret=${ADMIN_TOKEN}`),
    ];
    const bodies = new Set<string>();
    for (const answer of await Promise.all(wrong)) {
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.match(/^Basic /);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      bodies.add(await answer.text());
    }
    expect([...bodies]).to.have.length(1);
    expect(JSON.parse([...bodies][0] ?? '')).to.include({ error: 'invalid_client' });
    const nothing = await ask(gateway, GRANT);
    expect([nothing.status, (await nothing.json()).error]).to.deep.equal([401, 'invalid_client']);
    const token = await ask(gateway, GRANT, { authorization: `Bearer ${gateway.secret}` });
    expect(await token.json()).to.include({ error: 'invalid_client' });
  });

  const refused: readonly (readonly [string, string, string])[] = [
    ['no grant type', 'client_id=a&client_secret=b', 'invalid_request'],
    ['an empty grant type', 'grant_type=&client_id=a&client_secret=b', 'invalid_request'],
    ['two grant types', `${GRANT}&${GRANT}&client_id=a&client_secret=b`, 'invalid_request'],
    ['two secrets', `${GRANT}&client_id=a&client_secret=b&client_secret=c`, 'invalid_request'],
    ['another grant', 'grant_type=password&username=a&password=b', 'unsupported_grant_type'],
    ['a grant that there is not', 'grant_type=%00', 'unsupported_grant_type'],
  ];
  for (const [what, body, error] of refused) {
    it(`refuses ${what}: ${error}`, async () => {
      await using gateway = await open();
      const answer = await ask(gateway, body);
      expect([answer.status, (await answer.json()).error]).to.deep.equal([400, error]);
    });
  }

  it('refuses who authenticates in two ways, or as two clients', async () => {
    await using gateway = await open();
    const authorization = basic('reports', gateway.secret);
    for (const more of [`client_secret=${gateway.secret}`, 'client_id=other']) {
      const answer = await ask(gateway, `${GRANT}&${more}`, { authorization });
      expect([answer.status, (await answer.json()).error], more).to.deep.equal([400, 'invalid_request']);
    }
  });

  it('refuses other bodies, and reads no long one', async () => {
    await using gateway = await open();
    const json = await ask(gateway, JSON.stringify({ grant_type: 'client_credentials' }), {
      'content-type': 'application/json',
    });
    expect([json.status, (await json.json()).error]).to.deep.equal([400, 'invalid_request']);
    const long = await ask(gateway, `${GRANT}&padding=${'x'.repeat(5000)}`);
    expect([long.status, (await long.json()).error]).to.deep.equal([413, 'invalid_request']);
    expect((await fetch(`${gateway.url}/oauth/token`)).status).to.equal(404);
  });

  it('stops an address that guesses, in the words of OAuth, and not who knows the secret', async () => {
    await using gateway = await open();
    const guess = (i: number) => ask(gateway, GRANT, { authorization: basic('reports', `guess ${i}`) });
    for (let i = 0; i < 20; i++) expect((await guess(i)).status).to.equal(401);
    const stopped = await guess(20);
    expect([stopped.status, (await stopped.json()).error]).to.deep.equal([429, 'temporarily_unavailable']);
    expect(Number(stopped.headers.get('retry-after'))).to.be.within(1, 60);
    const known = await ask(gateway, GRANT, { authorization: basic('reports', gateway.secret) });
    expect(known.status).to.equal(200);
  });
});
