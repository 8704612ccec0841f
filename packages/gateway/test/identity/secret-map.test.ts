import { expect } from 'chai';
import { createSecretMap } from '../../src/identity/secret-map.js';

const limits = { most: 10, mostOfOne: 10, ownerOf: (value: string) => value.charAt(0) };

describe('createSecretMap', () => {
  it('finds a value under the secret that it gave out, and under no other', () => {
    const map = createSecretMap<string>(limits);
    const secret = map.add('value');
    expect(Buffer.from(secret, 'base64url')).to.have.length(32);
    expect(map.get(secret)).to.equal('value');
    for (const wrong of ['', secret.slice(1), `${secret} `, 'constructor', '__proto__']) {
      expect(map.get(wrong), wrong).to.equal(undefined);
    }
  });

  it('takes a value out once', () => {
    const map = createSecretMap<string>(limits);
    const secret = map.add('value');
    expect([map.take(secret), map.take(secret)]).to.deep.equal(['value', undefined]);
  });

  it('lets the oldest value go for a newer one, and says which', () => {
    const dropped: string[] = [];
    const map = createSecretMap<string>({ ...limits, most: 2 }, (value) => dropped.push(value));
    const [first, second, third] = ['a', 'b', 'c'].map((value) => map.add(value));
    expect(dropped).to.deep.equal(['a']);
    expect([first, second, third].map((secret) => map.get(secret ?? ''))).to.deep.equal([undefined, 'b', 'c']);
  });

  it('lets an owner that has too many push out the oldest of its own, and no other', () => {
    const dropped: string[] = [];
    const map = createSecretMap<string>({ ...limits, most: 3, mostOfOne: 2 }, (value) => dropped.push(value));
    const [other] = ['b1', 'a1', 'a2', 'a3', 'a4'].map((value) => map.add(value));
    expect(dropped).to.deep.equal(['a1', 'a2']);
    expect(map.get(other ?? '')).to.equal('b1');
  });
});
