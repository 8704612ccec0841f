import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { createOwnAddresses } from '../src/own-addresses.js';

describe('createOwnAddresses', () => {
  it('knows those that the system tells, loopback among them', () => {
    const addresses = createOwnAddresses()();
    expect(addresses).to.include('127.0.0.1');
    const told = Object.values(networkInterfaces()).flatMap((group = []) => group.map(({ address }) => address));
    expect(addresses).to.have.length(new Set(told).size);
  });

  it('looks again after a while, also when the clock was set back', () => {
    let present = 1_800_000_000_000;
    let looks = 0;
    const interfaces = () => ({ eth0: [{ address: `192.0.2.${++looks}`, family: 'IPv4' as const }] });
    const addresses = createOwnAddresses({ interfaces, now: () => present });
    for (const [passed, last] of [
      [0, 1],
      [4999, 1],
      [1, 2],
      [-86_400_000, 3],
      [0, 3],
    ] as const) {
      present += passed;
      expect([...addresses()]).to.deep.equal([`192.0.2.${last}`]);
    }
  });
});
