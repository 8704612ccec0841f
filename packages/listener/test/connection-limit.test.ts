import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { createConnectionLimit } from '../src/connection-limit.js';

const peer = (remoteAddress: string) => Object.assign(new EventEmitter(), { remoteAddress });

describe('the limit of connections of one address', () => {
  const isShared = (address: string): boolean => address === '127.0.0.1';

  it('lets so many in, and one more for each that closes', () => {
    const limit = createConnectionLimit({ perAddress: 2, isShared });
    const first = peer('192.0.2.1');
    const admit = (address: string) => limit.admit(peer(address));
    expect([limit.admit(first), admit('192.0.2.1'), admit('192.0.2.1')]).to.deep.equal([true, true, false]);
    expect(admit('192.0.2.2')).to.equal(true);
    first.emit('close');
    expect([admit('192.0.2.1'), admit('192.0.2.1')]).to.deep.equal([true, false]);
  });

  it('takes an IPv6 network of 64 bits for one, and IPv4 in IPv6 for IPv4', () => {
    const limit = createConnectionLimit({ perAddress: 1, isShared });
    const admit = (address: string) => limit.admit(peer(address));
    expect(admit('2001:db8::1')).to.equal(true);
    expect(admit('2001:db8:0:0:1:2:3:4')).to.equal(false);
    expect(admit('2001:db8:0:1::1')).to.equal(true);
    expect([admit('192.0.2.1'), admit('::ffff:192.0.2.1')]).to.deep.equal([true, false]);
    expect(admit('::2')).to.equal(true);
  });

  it('does not count where an address is many people, nor without a number', () => {
    const limit = createConnectionLimit({ perAddress: 1, isShared });
    const admit = (address: string) => limit.admit(peer(address));
    expect([admit('127.0.0.1'), admit('127.0.0.1'), admit('::ffff:127.0.0.1')]).to.deep.equal([true, true, true]);
    const none = createConnectionLimit({ perAddress: undefined, isShared });
    expect([none.admit(peer('192.0.2.1')), none.admit(peer('192.0.2.1'))]).to.deep.equal([true, true]);
  });
});
