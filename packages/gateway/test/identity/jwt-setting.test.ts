import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { readConfiguration } from '../../src/index.js';

const ISSUER = 'https://id.example/realms/lab';

describe('readJwtSetting', () => {
  it('reads an issuer with all there is to say of it', async () => {
    const environment = {
      THINGWRIGHT_JWT_ISSUER: ISSUER,
      THINGWRIGHT_JWT_AUDIENCE: 'thingwright',
      THINGWRIGHT_JWKS_URI: 'https://id.example/keys',
      THINGWRIGHT_JWT_GRANTS_CLAIM: 'thingwright_grants',
    };
    expect((await readConfiguration({ environment })).jwt).to.deep.equal({
      issuer: ISSUER,
      audience: 'thingwright',
      jwksUri: 'https://id.example/keys',
      grantsClaim: 'thingwright_grants',
    });
  });

  it('takes http on this machine only', async () => {
    for (const jwtIssuer of ['http://127.0.0.1:9000', 'http://localhost:9000', 'http://[::1]:9000']) {
      const { jwt } = await readConfiguration({ options: { jwtIssuer, jwtAudience: 'a' } });
      expect(jwt?.issuer, jwtIssuer).to.equal(jwtIssuer);
    }
  });

  const refused: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['http elsewhere', { jwtIssuer: 'http://id.example', jwtAudience: 'a' }],
    ['a name that begins like this machine', { jwtIssuer: 'http://127.0.0.1.example', jwtAudience: 'a' }],
    ['credentials in the URL', { jwtIssuer: 'https://me:you@id.example', jwtAudience: 'a' }],
    ['no URL', { jwtIssuer: 'id.example', jwtAudience: 'a' }],
    ['no audience', { jwtIssuer: ISSUER }],
    ['an audience alone', { jwtAudience: 'a' }],
    ['keys over http elsewhere', { jwtIssuer: ISSUER, jwtAudience: 'a', jwksUri: 'http://id.example/keys' }],
  ];
  for (const [what, options] of refused) {
    it(`refuses ${what}`, async () => {
      const error: unknown = await readConfiguration({ options }).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ThingError).with.property('code', 'invalid');
    });
  }
});
