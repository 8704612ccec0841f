import { expect } from 'chai';
import { createOwnAddresses } from '../src/own-addresses.js';
import { ownServer } from '../src/own-server.js';

const INTERFACES = {
  eth0: [
    { address: '192.168.1.5', family: 'IPv4' },
    { address: 'fe80:0:0:0::1%eth0', family: 'IPv6' },
  ],
  eth1: [{ address: '2001:DB8::5', family: 'IPv6' }],
  down: undefined,
} as const;

describe('ownServer', () => {
  const origins = ['http://127.0.0.1:8080', 'https://lab.example'];
  const addresses = createOwnAddresses({ interfaces: () => INTERFACES });
  const isOwn = (url: string): boolean => ownServer(origins, addresses())(new URL(url));

  it('knows the server by all of its origins, over sockets and by any name of loopback', () => {
    for (const url of [
      'http://127.0.0.1:8080/things',
      'ws://127.0.0.1:8080/things',
      'http://localhost:8080/',
      'http://LOCALHOST:8080/',
      'http://x.localhost:8080/',
      'http://[::1]:8080/',
      'http://127.9.9.9:8080/',
      'http://0x7f000001:8080/',
      'http://[::ffff:127.0.0.1]:8080/',
      'http://localhost.:8080/',
      'http://ip6-localhost:8080/',
      'https://lab.example./',
      'https://lab.example/',
      'wss://lab.example:443/',
      'https://user:word@lab.example/',
      'http://192.168.1.5:8080/',
      'wss://192.168.1.5/',
      'http://[::ffff:192.168.1.5]:8080/',
      'http://[fe80::1]:8080/',
      'http://[2001:db8:0::5]:8080/',
    ]) {
      expect(isOwn(url), url).to.equal(true);
    }
  });

  it('takes no other for it', () => {
    for (const url of [
      'http://127.0.0.1:8081/',
      'http://lab.example/',
      'https://lab.example:8080/',
      'https://lab.example.evil.test/',
      'coap://127.0.0.1:8080/',
      'http://192.0.2.1:8080/',
      'http://192.168.1.5:8081/',
      'http://192.168.1.6:8080/',
      'coap://192.168.1.5:8080/',
    ]) {
      expect(isOwn(url), url).to.equal(false);
    }
  });
});
