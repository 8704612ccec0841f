import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { codeOf, servePrinter } from './served-printer.js';
import { simulated } from './simulator/simulated.js';

const TRUE = '127.0.0.2';
const FALSE = '127.0.0.3';

/** Passes all datagrams on to a printer, and its answers back: everything that is signed is signed as it should be. */
async function relay(port: number): Promise<AsyncDisposable> {
  const [front, back] = [createSocket('udp4'), createSocket('udp4')];
  let asker = { address: '127.0.0.1', port: 9 };
  front.on('message', (bytes, from) => {
    asker = from;
    back.send(bytes, port, TRUE);
  });
  back.on('message', (bytes) => front.send(bytes, asker.port, asker.address));
  front.bind(port, FALSE);
  back.bind(0, '127.0.0.1');
  await Promise.all([once(front, 'listening'), once(back, 'listening')]);
  return {
    async [Symbol.asyncDispose]() {
      const closed = [once(front, 'close'), once(back, 'close')];
      front.close();
      back.close();
      await Promise.all(closed);
    },
  };
}

/** What answers in the place of a manager, and keeps what it is told. */
async function eavesdropper(port: number): Promise<AsyncDisposable & { readonly heard: Buffer[] }> {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('data', (bytes) => heard.push(bytes));
  }).listen(port, FALSE);
  await once(server, 'listening');
  return {
    heard,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('Somebody who sends again what a printer says', () => {
  it('is found out by its certificate, told nothing, and not listened to any more once the printer is heard itself', async () => {
    const uuid = 'ffffffff-ffff-ffff-7777-000000000000';
    await using printer = await simulated({ uuid, address: TRUE });
    const { discoveryPort, managerPort } = printer;
    await using _relay = await relay(discoveryPort);
    await using impostor = await simulated({
      uuid,
      address: FALSE,
      managerPort,
      announces: false,
      ownCertificateKey: true,
      faults: ['foreignCertificate'],
    });
    await using bob = await servePrinter({ simulation: printer, discovery: { addresses: [FALSE] } });
    expect(await bob.read('ipAddress')).to.equal(FALSE);
    expect(await codeOf(bob.authorize())).to.equal('forbidden');

    const contested = bob.next('identityConflict');
    bob.discovery.poke(TRUE);
    expect(await contested).to.deep.include({ address: TRUE, reason: 'address' });
    expect(await codeOf(bob.authorize())).to.equal('forbidden');
    bob.discovery.poke(TRUE);
    await bob.until('ipAddress', (address) => address === TRUE);
    await bob.authorize();
    expect([printer.trusted.length, impostor.trusted.length]).to.deep.equal([1, 0]);
    bob.discovery.poke(FALSE);
    expect(await bob.ask('refresh')).to.deep.include({ group: 'idle' });
    expect(await bob.read('ipAddress')).to.equal(TRUE);
  });

  it('hears nothing from us that he could use, if he only listens', async () => {
    await using printer = await simulated({ address: TRUE });
    await using _relay = await relay(printer.discoveryPort);
    await using ear = await eavesdropper(printer.managerPort);
    const times = { manager: { open: 200 }, robot: { open: 200 } };
    await using bob = await servePrinter({ simulation: printer, discovery: { addresses: [FALSE] }, times });
    expect(await codeOf(bob.authorize())).to.equal('timeout');
    expect(ear.heard).to.have.length(0);
  });
});
