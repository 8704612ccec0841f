import { expect } from 'chai';
import { SignJWT } from 'jose';
import { createJwtIssuer, names } from '../../src/identity/jwt-issuer.js';
import { refusal } from './entrance-fixture.js';
import { openLocalIssuer } from './local-issuer.js';

const audience = 'thingwright';
const seconds = (): number => Math.floor(Date.now() / 1000);

describe('createJwtIssuer', () => {
  it('finds the keys of an issuer and tells the claims of its tokens', async () => {
    await using issuer = await openLocalIssuer();
    const verifier = createJwtIssuer({ issuer: issuer.url, audience });
    const claims = await verifier.verify(await issuer.sign({ groups: ['lab'] }));
    expect(claims).to.deep.include({ sub: 'ada', groups: ['lab'] });
    expect(verifier.host).to.equal(new URL(issuer.url).host);
  });

  it('asks for the keys once, and not again for every key that somebody makes up', async () => {
    await using issuer = await openLocalIssuer();
    const verifier = createJwtIssuer({ issuer: issuer.url, audience });
    for (let i = 0; i < 3; i++) expect(await verifier.verify(await issuer.sign())).to.be.an('object');
    for (let i = 0; i < 20; i++) {
      expect(await verifier.verify(await issuer.sign({}, { kid: `made up ${i}` }))).to.equal(undefined);
    }
    expect(issuer.asked).to.equal(1);
  });

  it('takes the tokens of a key that came later, and those of the one before no more', async () => {
    await using issuer = await openLocalIssuer();
    const verifier = createJwtIssuer({ issuer: issuer.url, audience }, { cooldown: 0 });
    const before = await issuer.sign();
    expect(await verifier.verify(before)).to.be.an('object');
    await issuer.rotate();
    expect(await verifier.verify(await issuer.sign())).to.be.an('object');
    expect(await verifier.verify(before)).to.equal(undefined);
    expect(issuer.asked).to.be.at.least(2);
  });

  it('takes no address of keys but the one that it is given', async () => {
    await using issuer = await openLocalIssuer();
    issuer.lies = { jwks_uri: 'http://127.0.0.1:1/keys' };
    const verifier = createJwtIssuer({ issuer: issuer.url, audience, jwksUri: `${issuer.url}/keys` });
    expect(await verifier.verify(await issuer.sign())).not.to.equal(undefined);
  });

  const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['for somebody else', { aud: 'another' }],
    ['for nobody', { aud: undefined }],
    ['not valid yet', { nbf: seconds() + 86_400 }],
    ['without an end', { exp: undefined }],
    ['without a subject', { sub: undefined }],
    ['of another issuer', { iss: 'https://id.example' }],
  ];
  for (const [what, claims] of wrong) {
    it(`refuses a token ${what}`, async () => {
      await using issuer = await openLocalIssuer();
      const verifier = createJwtIssuer({ issuer: issuer.url, audience });
      expect(await verifier.verify(await issuer.sign(claims))).to.equal(undefined);
    });
  }

  it('tells a token that has expired from one that never was right', async () => {
    await using issuer = await openLocalIssuer();
    const verifier = createJwtIssuer({ issuer: issuer.url, audience });
    expect(await verifier.verify(await issuer.sign({ exp: seconds() - 60 }))).to.equal('expired');
    expect(await verifier.verify(await issuer.sign({ exp: seconds() - 60, aud: 'another' }))).to.equal(undefined);
  });

  it('bears with clocks that differ by some seconds', async () => {
    await using issuer = await openLocalIssuer();
    const verifier = createJwtIssuer({ issuer: issuer.url, audience });
    expect(await verifier.verify(await issuer.sign({ exp: seconds() - 5 }))).to.be.an('object');
    expect(await verifier.verify(await issuer.sign({ nbf: seconds() + 5 }))).to.be.an('object');
  });

  it('refuses a signature of another key, a secret one, and none', async () => {
    await using issuer = await openLocalIssuer();
    await using another = await openLocalIssuer();
    const verifier = createJwtIssuer({ issuer: issuer.url, audience });
    const claims = { iss: issuer.url, aud: audience, sub: 'ada', exp: seconds() + 60 };
    const symmetric = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'key 1' })
      .sign(new TextEncoder().encode('a secret that is long enough for it'));
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none' })}.${part(claims)}.`;
    const [header, , signature] = (await issuer.sign()).split('.');
    const altered = `${header}.${part({ ...claims, sub: 'eve' })}.${signature}`;
    for (const token of [await another.sign({ iss: issuer.url }), symmetric, unsigned, altered]) {
      expect(await verifier.verify(token)).to.equal(undefined);
    }
  });

  it('asks nobody about what is no token of the issuer', async () => {
    await using issuer = await openLocalIssuer();
    issuer.isUp = false;
    const verifier = createJwtIssuer({ issuer: issuer.url, audience });
    for (const token of ['', 'opaque', 'a.b.c', '..', `${'x'.repeat(20)}.e30.x`, 'a.b.c.d']) {
      expect(await verifier.verify(token), token).to.equal(undefined);
    }
  });

  it('is unavailable while the issuer is, does not ask at every token, and comes back', async () => {
    await using issuer = await openLocalIssuer();
    let present = Date.now();
    const verifier = createJwtIssuer({ issuer: issuer.url, audience }, { now: () => present });
    const token = await issuer.sign();
    issuer.isUp = false;
    expect((await refusal(() => verifier.verify(token))).code).to.equal('unavailable');
    issuer.isUp = true;
    expect((await refusal(() => verifier.verify(token))).code).to.equal('unavailable');
    present += 10_000;
    expect(await verifier.verify(token)).to.be.an('object');
    issuer.isUp = false;
    expect(await verifier.verify(token), 'its keys are known').to.be.an('object');
  });

  it('is unavailable where the discovery document is of somebody else, or leads astray', async () => {
    for (const lies of [{ issuer: 'https://id.example' }, { jwks_uri: 7 }, { jwks_uri: 'http://id.example/keys' }]) {
      await using issuer = await openLocalIssuer();
      issuer.lies = lies;
      const verifier = createJwtIssuer({ issuer: issuer.url, audience });
      const token = await issuer.sign();
      const { code } = await refusal(() => verifier.verify(token));
      expect(code, JSON.stringify(lies)).to.equal('unavailable');
    }
  });

  it('refuses an issuer that everybody on the way can speak for', () => {
    expect(() => createJwtIssuer({ issuer: 'http://id.example', audience })).to.throw('https');
  });
});

describe('names', () => {
  it('sees whose a token says it is', async () => {
    await using issuer = await openLocalIssuer();
    const token = await issuer.sign();
    expect(names(token, issuer.url)).to.equal(true);
    expect(names(token, `${issuer.url}/`)).to.equal(false);
    expect(names(token.replace('.', ''), issuer.url)).to.equal(false);
  });
});
