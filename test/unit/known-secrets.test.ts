import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { KnownSecrets } from '../known-secrets.js';

describe('KnownSecrets', () => {
  it('finds a secret wherever it stands, and nothing that only begins like it', () => {
    const secrets = new KnownSecrets();
    const made = Array.from({ length: 1000 }, () => randomBytes(32).toString('base64url'));
    for (const secret of made) secrets.add(secret);
    secrets.add('correct horse battery');
    for (const secret of [...made.slice(0, 20), 'correct horse battery']) {
      for (const text of [secret, `${secret}!`, `"token":"${secret}`, `x${secret}x`]) {
        expect(secrets.in(text)).to.equal(secret);
      }
      expect(secrets.in(`of ${secret.slice(0, -1)} the end is missing`)).to.equal(undefined);
      expect(secrets.in(secret.slice(1))).to.equal(undefined);
    }
    expect(secrets.in('')).to.equal(undefined);
  });

  it('tells those apart that begin alike', () => {
    const secrets = new KnownSecrets();
    secrets.add('planted-wrong-token');
    secrets.add('planted-wrong-password');
    expect(secrets.in('a planted-wrong-password')).to.equal('planted-wrong-password');
    expect(secrets.in('a planted-wrong-thing')).to.equal(undefined);
  });

  it('takes no note of what is too short to be told from other text', () => {
    const secrets = new KnownSecrets();
    for (const secret of ['', 'secret', 'right-token']) secrets.add(secret);
    expect(secrets.in('a secret, a right-token')).to.equal(undefined);
  });
});
