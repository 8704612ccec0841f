import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ThingError } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { discoverPrinters } from '../../src/discovery/discover-printers.js';
import { encodeBeacon } from '../../src/wire/announcement.js';
import { decodeClientPacket } from '../../src/wire/client-packet.js';
import { bypassUuid, type PaperPrinter, paperPrinter } from './paper-printer.js';

/** A printer on a socket of its own: it answers pokes and touches. */
interface UdpPrinter extends AsyncDisposable {
  readonly port: number;
  send(bytes: Buffer, port: number, address?: string): void;
  /** How often it was asked. */
  readonly asked: { pokes: number; touches: number };
}

async function udpPrinter(printer: PaperPrinter, address: string, isStrict = false): Promise<UdpPrinter> {
  const socket: Socket = createSocket({ type: 'udp4', reuseAddr: true });
  const asked = { pokes: 0, touches: 0 };
  const version = printer.announcement().readUInt8(4);
  socket.on('message', (bytes, { address: to, port }) => {
    const packet = decodeClientPacket(bytes);
    if (packet.kind === 'invalid' || (isStrict && packet.version !== version)) return;
    if (packet.kind === 'poke') asked.pokes++;
    else asked.touches++;
    socket.send(packet.kind === 'poke' ? printer.announcement() : printer.answer(), port, to);
  });
  const bound = once(socket, 'listening');
  socket.bind(0, address);
  await bound;
  return {
    port: socket.address().port,
    asked,
    send: (bytes, port, to = '127.0.0.1') => socket.send(bytes, port, to),
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** A clock that calls nobody. */
const STANDING: Timer = { ...systemTimer, every: () => () => undefined };

const refusalOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
};

describe('The search for printers', () => {
  for (const version of [1, 2] as const) {
    it(`finds a printer of version ${version} that answers to its own version only, by its address`, async () => {
      const printer = paperPrinter({ version });
      await using peer = await udpPrinter(printer, '127.0.0.2', true);
      await using search = await discoverPrinters({ addresses: ['127.0.0.2'], listen: false, port: peer.port });
      const found = await search.lookUp(printer.uuid);
      expect(found).to.include({ name: 'Bob', address: '127.0.0.2', port: peer.port, discoveryVersion: version });
      expect(peer.asked).to.deep.equal({ pokes: 1, touches: 1 });
      expect(search.printers).to.have.length(1);
    });
  }

  it('hears announcements and beacons where devices announce themselves, and touches back where they come from', async () => {
    const [one, two] = [paperPrinter(), paperPrinter({ uuid: '30105678-1234-4234-8234-123456789abc' })];
    await using beaconing = await udpPrinter(two, '127.0.0.2');
    await using announcing = await udpPrinter(one, '127.0.0.3');
    await using search = await discoverPrinters({ port: beaconing.port });
    announcing.send(one.announcement(), beaconing.port);
    expect((await search.lookUp(one.uuid)).port).to.equal(announcing.port);
    beaconing.send(encodeBeacon({ uuid: two.uuid, pokeVersion: 1 }), beaconing.port);
    expect((await search.lookUp(two.uuid)).address).to.equal('127.0.0.2');
  });

  it('asks for keys anew when it is told to', async () => {
    const printer = paperPrinter();
    await using peer = await udpPrinter(printer, '127.0.0.2');
    await using search = await discoverPrinters({ addresses: ['127.0.0.2'], listen: false, port: peer.port });
    await search.lookUp(printer.uuid);
    await search.refresh(printer.uuid);
    expect(peer.asked.touches).to.equal(2);
    expect(await refusalOf(search.refresh('ffffffff-ffff-ffff-ffff-ffffffffffff'))).to.equal('unavailable');
  });

  it('does not wait longer than it is told, nor after its caller has gone', async () => {
    await using search = await discoverPrinters({ listen: false });
    const uuid = paperPrinter().uuid;
    expect(await refusalOf(search.lookUp(uuid, { timeout: 10 }))).to.equal('timeout');
    expect(await refusalOf(search.lookUp(uuid, { signal: AbortSignal.abort() }))).to.equal('aborted');
    const caller = new AbortController();
    const waiting = refusalOf(search.lookUp(uuid, { signal: caller.signal }));
    caller.abort();
    expect(await waiting).to.equal('aborted');
  });

  it('ends by its signal, and whoever waits is told; twice does no harm', async () => {
    const stopping = new AbortController();
    const search = await discoverPrinters({ listen: false, signal: stopping.signal });
    const waiting = refusalOf(search.lookUp(paperPrinter().uuid));
    stopping.abort();
    expect(await waiting).to.equal('disconnected');
    await search[Symbol.asyncDispose]();
    search.poke('127.0.0.1');
    await using ended = await discoverPrinters({ listen: false, signal: AbortSignal.abort() });
    expect(ended.printers).to.have.length(0);
  });

  it('says which address is none, and which port is taken', async () => {
    expect(await refusalOf(discoverPrinters({ addresses: ['printer.local'] }))).to.equal('invalid');
    const other = createSocket('udp4');
    other.bind(0);
    await once(other, 'listening');
    expect(await refusalOf(discoverPrinters({ port: other.address().port }))).to.equal('unavailable');
    other.close();
  });

  it('waits for who is gone as for who was never there', async () => {
    const printer = paperPrinter();
    let now = 0;
    await using peer = await udpPrinter(printer, '127.0.0.2');
    const place = { addresses: ['127.0.0.2'], listen: false, port: peer.port, steady: () => now };
    await using search = await discoverPrinters({ ...place, timer: STANDING });
    await search.lookUp(printer.uuid);
    now = 30_000;
    expect(await refusalOf(search.lookUp(printer.uuid, { timeout: 10 }))).to.equal('none');
    now = 30_001;
    expect(await refusalOf(search.lookUp(printer.uuid, { timeout: 10 }))).to.equal('timeout');
  });

  it('listens to others while one sends more than is looked at', async () => {
    const [loud, quiet] = [paperPrinter(), paperPrinter({ uuid: bypassUuid(2) })];
    await using flooding = await udpPrinter(loud, '127.0.0.2');
    await using other = await udpPrinter(quiet, '127.0.0.3');
    await using search = await discoverPrinters({ port: flooding.port, timer: STANDING });
    for (let refused = 0; refused < 1000; refused = search.refused) {
      for (let i = 0; i < 50; i++) flooding.send(Buffer.from('M-SEARCH * HTTP/1.1'), flooding.port);
      while (search.refused === refused) await new Promise((resolve) => setImmediate(resolve));
    }
    flooding.send(loud.announcement(), flooding.port);
    other.send(quiet.announcement(), flooding.port);
    await search.lookUp(quiet.uuid);
    expect(search.printers.map(({ uuid }) => uuid)).to.deep.equal([quiet.uuid]);
  });

  it('counts what it does not listen to', async () => {
    const printer = paperPrinter();
    await using peer = await udpPrinter(printer, '127.0.0.2');
    await using search = await discoverPrinters({ port: peer.port });
    const appeared = firstValueFrom(search.news.pipe(filter(({ type }) => type === 'appeared')));
    for (let i = 0; i < 500; i++) peer.send(Buffer.from('M-SEARCH * HTTP/1.1'), peer.port);
    peer.send(printer.announcement(), peer.port);
    search.poke('127.0.0.2');
    await appeared;
    expect(search.refused).to.be.greaterThan(0);
  });
});
