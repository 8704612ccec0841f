import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { filter, firstValueFrom, map, tap } from 'rxjs';
import { openDnsSD } from '../../../packages/directory/src/introduction/index.js';
import { openMulticastLinks } from '../../../packages/directory/src/introduction/multicast-link.js';
import { freeUDPPort } from '../../free-udp-port.js';
// How Things are found stands where it is built; those tests have ids, too.
import '../../../packages/directory/test/introduction/dns-sd.system.test.js';
import '../../../packages/directory/test/introduction/explorer.test.js';
import '../../../packages/directory/test/introduction/introduce-server.test.js';
import '../../../packages/directory/test/introduction/link-format.test.js';
import '../../../packages/directory/test/introduction/service-instance.test.js';

const LOOPBACK = ['127.0.0.1'];
/** An instance, of which nothing is told unasked in a message of its own. */
const NAME = 'Lab._wot._tcp.local';
/** Is answered as well. */
const OTHER_NAME = '_services._dns-sd._udp.local';

/** A question for pointers, as a packet of DNS. */
function questionFor(name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.of(label.length), Buffer.from(label)]);
  return Buffer.concat([Buffer.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...labels, Buffer.of(0, 0, 12, 0, 1)]);
}

describe('WoT Discovery: introduction on a network', () => {
  it('sec-tdd-intro-no-ext: only what comes to the group of the link is answered, which no router passes on', async () => {
    const port = await freeUDPPort();
    const [link] = await openMulticastLinks({ interfaces: LOOPBACK, port });
    if (!link) throw new Error('There is no link');
    await using asking = link;
    // After that: of several sockets on a port the last one gets what is sent to it alone.
    await using dns = await openDnsSD({ interfaces: LOOPBACK, port });
    await dns.announce({ name: 'Lab', port: 80, td: '/td', type: 'Thing', scheme: 'http' });
    const outsider = createSocket('udp4').bind(0, '127.0.0.1');
    await once(outsider, 'listening');
    // Answers go to the group, whoever asks: what the outsider asked for would be told there first.
    const told: (string | undefined)[] = [];
    const answered = firstValueFrom(
      asking.messages.pipe(
        filter(({ kind }) => kind === 'response'),
        map(({ records }) => records[0]?.name),
        tap((name) => told.push(name)),
        filter((name) => name === NAME),
      ),
    );
    await new Promise((resolve) => outsider.send(questionFor(OTHER_NAME), port, '127.0.0.1', resolve));
    asking.ask([{ name: NAME, type: 'SRV' }]);
    await answered;
    outsider.close();
    expect(told).not.to.include(OTHER_NAME);
    asking.ask([{ name: OTHER_NAME, type: 'PTR' }]);
    await firstValueFrom(asking.messages.pipe(filter(({ records }) => records[0]?.name === OTHER_NAME)));
  }).timeout(10_000);
});
