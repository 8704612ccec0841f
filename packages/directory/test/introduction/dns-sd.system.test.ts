import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { Answer } from 'dns-packet';
import { filter, firstValueFrom, map, take, toArray } from 'rxjs';
import { freeUDPPort } from '../../../../test/free-udp-port.js';
import { type Announcement, announceDnsSD } from '../../src/introduction/announce-dns-sd.js';
import { type Browser, browseDnsSD } from '../../src/introduction/browse-dns-sd.js';
import { type MulticastLink, openMulticastLinks } from '../../src/introduction/multicast-link.js';
import { openDnsSD } from '../../src/introduction/open-dns-sd.js';

const LOOPBACK = ['127.0.0.1'];
const GROUP = '224.0.0.251';
const DIRECTORY: Announcement = { name: 'Lab', port: 8080, td: '/.well-known/wot', type: 'Directory', scheme: 'http' };
const QUICK = { pause: 20 };

const labels = (browser: Browser, fits: (found: readonly string[]) => boolean): Promise<readonly string[]> =>
  firstValueFrom(
    browser.introductions.pipe(
      map((found) => found.map(({ label = '' }) => label).sort()),
      filter(fits),
    ),
  );

async function openLink(port: number): Promise<MulticastLink> {
  const [link] = await openMulticastLinks({ interfaces: LOOPBACK, port });
  if (!link) throw new Error('no link');
  return link;
}

/** What is answered to a question. */
const answerTo = async (link: MulticastLink, name: string): Promise<readonly Answer[]> => {
  const answer = firstValueFrom(
    link.messages.pipe(filter(({ kind, records }) => kind === 'response' && records.some((one) => one.name === name))),
  );
  link.ask([{ name, type: 'PTR' }]);
  return (await answer).records;
};

/** A peer in a process of its own. */
function startPeer(...args: readonly string[]) {
  const program = fileURLToPath(new URL('bonjour-peer.program.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdout } = child;
  if (!stdout) throw new Error('no output');
  const seen: string[] = [];
  const lines = createInterface({ input: stdout }).on('line', (line) => seen.push(line));
  return {
    async says(fits: (line: string) => boolean): Promise<string> {
      for (;;) {
        const said = seen.find(fits);
        if (said !== undefined) return said;
        await once(lines, 'line');
      }
    },
    async end() {
      child.stdin?.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('DNS-SD', function () {
  // What is asked is asked again after a second, if nobody has heard it.
  this.timeout(20_000);

  it('introduction-dns-sd-service-name-directory: a directory is among all Things, and among the directories', async () => {
    const port = await freeUDPPort();
    await using dns = await openDnsSD({ interfaces: LOOPBACK, port });
    await dns.announce(DIRECTORY, QUICK);
    await using asking = await openLink(port);
    for (const name of ['_wot._tcp.local', '_directory._sub._wot._tcp.local']) {
      const records = await answerTo(asking, name);
      expect(
        records.map(({ type }) => type),
        name,
      ).to.include.members(['PTR', 'SRV', 'TXT', 'A']);
      expect(records.find(({ type }) => type === 'PTR')).to.include({ name, data: 'Lab._wot._tcp.local' });
    }
    expect(await answerTo(asking, '_services._dns-sd._udp.local')).to.have.length(1);
  });

  it('introduction-dns-sd-service-name, introduction-dns-sd-txt-record: a Thing is found where it says that it is', async () => {
    const port = await freeUDPPort();
    await using dns = await openDnsSD({ interfaces: LOOPBACK, port });
    using browser = dns.browse();
    const lamp: Announcement = { name: 'Lamp 1.0', port: 8443, td: '/td', type: 'Thing', scheme: 'https' };
    await dns.announce(lamp, QUICK);
    const found = await firstValueFrom(browser.introductions.pipe(filter(({ length }) => length > 0)));
    expect(found).to.deep.equal([
      { url: 'https://127.0.0.1:8443/td', type: 'Thing', mechanism: 'dns-sd', label: 'Lamp 1-0' },
    ]);
    await using asking = await openLink(port);
    const records = await answerTo(asking, '_wot._tcp.local');
    const txt = records.find((record) => record.type === 'TXT');
    expect(txt?.type === 'TXT' && [txt.data].flat().map(String)).to.deep.equal([
      'td=/td',
      'type=Thing',
      'scheme=https',
    ]);
    expect(records.filter(({ name }) => name.includes('_sub'))).to.deep.equal([]);
  });

  it('finds what was there before, and loses what says goodbye', async () => {
    const port = await freeUDPPort();
    await using announcing = await openDnsSD({ interfaces: LOOPBACK, port });
    const announced = await announcing.announce(DIRECTORY, QUICK);
    await using looking = await openDnsSD({ interfaces: LOOPBACK, port });
    using browser = looking.browse();
    expect(await labels(browser, ({ length }) => length === 1)).to.deep.equal(['Lab']);
    await announced[Symbol.asyncDispose]();
    await announced[Symbol.asyncDispose]();
    expect(await labels(browser, ({ length }) => length === 0)).to.deep.equal([]);
  });

  it('takes another name where its own is taken', async () => {
    const port = await freeUDPPort();
    await using first = await openDnsSD({ interfaces: LOOPBACK, port });
    await using second = await openDnsSD({ interfaces: LOOPBACK, port });
    expect((await first.announce(DIRECTORY, QUICK)).name).to.equal('Lab');
    expect((await second.announce({ ...DIRECTORY, port: 8081 }, QUICK)).name).to.equal('Lab (2)');
    using browser = second.browse();
    expect(await labels(browser, ({ length }) => length === 2)).to.deep.equal(['Lab', 'Lab (2)']);
  });

  it('asks for what an answer does not bring with it', async () => {
    const port = await freeUDPPort();
    await using device = await openLink(port);
    const asked = firstValueFrom(
      device.messages.pipe(
        filter(({ kind, questions }) => kind === 'query' && questions.some(({ type }) => type === 'SRV')),
      ),
    );
    await using links = await openLink(port);
    using browser = browseDnsSD([links]);
    const fqdn = 'Pump._wot._tcp.local';
    await device.tell([{ name: '_wot._tcp.local', type: 'PTR', ttl: 120, data: fqdn }]);
    expect((await asked).questions.map(({ type }) => type)).to.deep.equal(['SRV', 'TXT']);
    await device.tell([
      { name: fqdn, type: 'SRV', ttl: 120, data: { port: 80, target: 'pump.local' } },
      { name: fqdn, type: 'TXT', ttl: 120, data: ['td=/td'] },
    ]);
    expect(await labels(browser, ({ length }) => length === 1)).to.deep.equal(['Pump']);
  });

  it('sec-amplification: does not tell again what who asks knows, and says a thing once in a quarter of a second', async () => {
    const port = await freeUDPPort();
    await using links = await openLink(port);
    let now = 1e6;
    await using _announced = await announceDnsSD(DIRECTORY, [links], { ...QUICK, now: () => now });
    await using asking = await openLink(port);
    const pointer: Answer = { name: '_wot._tcp.local', type: 'PTR', ttl: 4000, data: 'Lab._wot._tcp.local' };
    const heard = firstValueFrom(
      asking.messages.pipe(
        filter(({ kind }) => kind === 'response'),
        map(({ records }) => records[0]?.name),
        take(2),
        toArray(),
      ),
    );
    const question = [{ name: '_wot._tcp.local', type: 'PTR' as const }];
    asking.ask(question, [pointer]);
    asking.ask([{ name: '_directory._sub._wot._tcp.local', type: 'PTR' }]);
    asking.ask([{ name: '_directory._sub._wot._tcp.local', type: 'PTR' }]);
    asking.ask(question);
    expect(await heard).to.deep.equal(['_directory._sub._wot._tcp.local', '_wot._tcp.local']);
    now += 1000;
    expect(await answerTo(asking, '_wot._tcp.local')).to.not.equal(undefined);
  });

  it('outlives a flood of nonsense', async () => {
    const port = await freeUDPPort();
    await using announcing = await openDnsSD({ interfaces: LOOPBACK, port });
    await announcing.announce(DIRECTORY, QUICK);
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    socket.setMulticastInterface('127.0.0.1');
    for (let number = 0; number < 300; number++) {
      const bytes = Buffer.from(Array.from({ length: number }, (_, place) => (place * 7 + number * 13) % 256));
      await new Promise((resolve) => socket.send(bytes, port, GROUP, resolve));
    }
    socket.close();
    await using asking = await openDnsSD({ interfaces: LOOPBACK, port });
    using browser = asking.browse();
    expect(await labels(browser, ({ length }) => length === 1)).to.deep.equal(['Lab']);
  });

  it('rejects an interface that is none, and leaves nothing open', async () => {
    const failed = await openDnsSD({ interfaces: ['127.0.0.1', '192.0.2.77'], port: await freeUDPPort() }).catch(
      (error: unknown) => error,
    );
    expect(failed).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
  });

  it('is found by another maker in another process, and finds it', async function () {
    this.timeout(30_000);
    const port = await freeUDPPort();
    await using dns = await openDnsSD({ interfaces: LOOPBACK, port });
    await using browsing = startPeer(String(port), 'browse');
    await using publishing = startPeer(String(port), 'publish', 'Oven');
    using browser = dns.browse();
    expect(await labels(browser, (found) => found.includes('Oven'))).to.include('Oven');
    const announced = await dns.announce(DIRECTORY, QUICK);
    for (const type of ['wot', 'directory._sub._wot']) {
      const up = await browsing.says((line) => line.includes('"up":"Lab"') && line.includes(`"type":"${type}"`));
      expect(JSON.parse(up)).to.deep.include({ port: 8080, txt: { td: '/.well-known/wot', type: 'Directory' } });
    }
    await announced[Symbol.asyncDispose]();
    await browsing.says((line) => line.includes('"down":"Lab"'));
    await publishing.end();
    expect(await labels(browser, (found) => !found.includes('Oven'))).to.not.include('Oven');
  });
});
