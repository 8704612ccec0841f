import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { openDnsSD } from '../../../packages/directory/src/introduction/index.js';
import { openMulticastLinks } from '../../../packages/directory/src/introduction/multicast-link.js';
import { freePort } from '../../../packages/directory/test/introduction/free-port.js';
// How Things are found stands where it is built; those tests have ids, too.
import '../../../packages/directory/test/introduction/dns-sd.test.js';
import '../../../packages/directory/test/introduction/explorer.test.js';
import '../../../packages/directory/test/introduction/introduce-server.test.js';
import '../../../packages/directory/test/introduction/link-format.test.js';
import '../../../packages/directory/test/introduction/service-instance.test.js';

const LOOPBACK = ['127.0.0.1'];
const NAME = '_wot._tcp.local';

/** A question for pointers, as a packet of DNS. */
function questionFor(name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.of(label.length), Buffer.from(label)]);
  return Buffer.concat([Buffer.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...labels, Buffer.of(0, 0, 12, 0, 1)]);
}

describe('WoT Discovery: introduction on a network', () => {
  it('sec-tdd-intro-no-ext: only what comes to the group of the link is answered, which no router passes on', async () => {
    const port = await freePort();
    await using dns = await openDnsSD({ interfaces: LOOPBACK, port });
    await dns.announce({ name: 'Lab', port: 80, td: '/td', type: 'Thing', scheme: 'http' });
    const [link] = await openMulticastLinks({ interfaces: LOOPBACK, port });
    if (!link) throw new Error('There is no link');
    await using asking = link;
    const outsider = createSocket('udp4').bind(0, '127.0.0.1');
    await once(outsider, 'listening');
    const heard: Buffer[] = [];
    outsider.on('message', (packet) => heard.push(packet));
    await new Promise((resolve) => outsider.send(questionFor(NAME), port, '127.0.0.1', resolve));
    const answered = firstValueFrom(
      asking.messages.pipe(
        filter(({ kind, records }) => kind === 'response' && records.some(({ name }) => name === NAME)),
      ),
    );
    asking.ask([{ name: NAME, type: 'PTR' }]);
    await answered;
    outsider.close();
    expect(heard).to.deep.equal([]);
  }).timeout(10_000);
});
