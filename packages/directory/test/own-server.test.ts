import { expect } from 'chai';
import { ownServer } from '../src/own-server.js';

describe('ownServer', () => {
  const isOwn = (url: string): boolean => ownServer(['http://127.0.0.1:8080', 'https://lab.example'])(new URL(url));

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
    ]) {
      expect(isOwn(url), url).to.equal(false);
    }
  });
});
