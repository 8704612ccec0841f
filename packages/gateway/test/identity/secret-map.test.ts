import { expect } from 'chai';
import { createSecretMap } from '../../src/identity/secret-map.js';

describe('createSecretMap', () => {
  it('finds a value under the secret that it gave out, and under no other', () => {
    const map = createSecretMap<string>(10);
    const secret = map.add('value');
    expect(Buffer.from(secret, 'base64url')).to.have.length(32);
    expect(map.get(secret)).to.equal('value');
    for (const wrong of ['', secret.slice(1), `${secret} `, 'constructor', '__proto__']) {
      expect(map.get(wrong), wrong).to.equal(undefined);
    }
  });

  it('takes a value out once', () => {
    const map = createSecretMap<string>(10);
    const secret = map.add('value');
    expect([map.take(secret), map.take(secret)]).to.deep.equal(['value', undefined]);
  });

  it('lets the oldest value go for a newer one, and says which', () => {
    const dropped: string[] = [];
    const map = createSecretMap<string>(2, (value) => dropped.push(value));
    const [first, second, third] = ['a', 'b', 'c'].map((value) => map.add(value));
    expect(dropped).to.deep.equal(['a']);
    expect([first, second, third].map((secret) => map.get(secret ?? ''))).to.deep.equal([undefined, 'b', 'c']);
  });
});
