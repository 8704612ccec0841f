import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { PRINTER_FAULTS, type PrinterFault } from '../../src/simulator/index.js';
import { encodePoke, encodeTouch } from '../../src/wire/client-packet.js';
import { readCommonName } from '../../src/wire/common-name.js';
import { decodeDevicePacket } from '../../src/wire/device-packet.js';
import { readRsaKey } from '../../src/wire/rsa.js';
import { encodeClientText } from '../../src/wire/text-frame.js';
import { provenSlaveKey } from '../../src/wire/touch-answer.js';
import { openListener } from './listener.js';
import { managed, operating, secure, trust } from './raw-client.js';
import { simulated } from './simulated.js';

/** What an announcement of version 1 and the answer to a touch say under a fault, and the same without it. */
async function found(fault: PrinterFault, isOn: boolean) {
  await using printer = await simulated({ identity: 'signed', faults: isOn ? [fault] : [] });
  await using listener = await openListener();
  listener.send(encodePoke(1), printer.discoveryPort);
  const announced = await listener.nextOf('announcement');
  listener.send(encodeTouch(1, printer.uuid), printer.discoveryPort);
  const answer = await listener.nextOf('touchAnswer');
  if (announced.version !== 1 || answer.version !== 1) throw new TypeError('version 2');
  return { announced, answer, master: readRsaKey(announced.masterKey) };
}

/** Faults that have a test here or beside; a new one without a test is noticed. */
const TESTED = new Set<PrinterFault>(['forgedIdentity', 'forgedHello', 'networkFailure', 'oldTrustList']);
const tested = (fault: PrinterFault): PrinterFault => {
  TESTED.add(fault);
  return fault;
};

describe('Faults of a simulated printer', () => {
  it('silent: it answers nothing until the fault is gone', async () => {
    await using printer = await simulated({ faults: [tested('silent')] });
    await using listener = await openListener();
    listener.send(encodePoke(1), printer.discoveryPort);
    // Answered in turn, had it been answered.
    await using other = await simulated();
    listener.send(encodePoke(1), other.discoveryPort);
    expect(await listener.nextOf('announcement')).to.include({ uuid: other.uuid });
    printer.faults.delete('silent');
    listener.send(encodePoke(1), printer.discoveryPort);
    expect(await listener.nextOf('announcement')).to.include({ uuid: printer.uuid });
  });

  it('garbage: what is no packet comes before its announcements', async () => {
    for (const version of [1, 2] as const) {
      await using printer = await simulated({ version, faults: [tested('garbage')] });
      await using listener = await openListener();
      listener.send(encodePoke(version), printer.discoveryPort);
      const kinds: string[] = [];
      while (kinds.length < 3) kinds.push(decodeDevicePacket((await listener.next()).bytes).kind);
      expect(kinds).to.deep.equal(['invalid', 'invalid', 'announcement']);
    }
  });

  it('forgedMetadata: what it says of itself is not signed', async () => {
    const [good, bad] = [await found(tested('forgedMetadata'), false), await found('forgedMetadata', true)];
    expect(good.master && provenSlaveKey(good.answer, good.master)).not.to.equal(undefined);
    expect(bad.master && provenSlaveKey(bad.answer, bad.master)).to.equal(undefined);
  });

  it('foreignKey: another device seems to have taken its UUID', async () => {
    await using printer = await simulated();
    await using listener = await openListener();
    const key = async () => {
      listener.send(encodePoke(1), printer.discoveryPort);
      const announced = await listener.nextOf('announcement');
      return announced.version === 1 ? announced.masterKey.toString('hex') : '';
    };
    const own = await key();
    printer.faults.add(tested('foreignKey'));
    expect(await key()).not.to.equal(own);
    printer.faults.delete('foreignKey');
    expect(await key()).to.equal(own);
  });

  it('frozenStamp: its metadata change, and its stamp does not', async () => {
    await using printer = await simulated({ faults: [tested('frozenStamp')] });
    await using listener = await openListener();
    const stamp = async () => {
      listener.send(encodePoke(1), printer.discoveryPort);
      return (await listener.nextOf('announcement')).stamp;
    };
    const before = await stamp();
    const { client } = await managed(printer);
    await using _ = client;
    await client.ask('rename\0Bob');
    expect(printer.name).to.equal('Bob');
    expect(await stamp()).to.equal(before);
  });

  it('doubleStatus, nanProgress, unknownStatus: odd announcements that are announcements', async () => {
    await using printer = await simulated({
      faults: [tested('doubleStatus'), tested('nanProgress'), tested('unknownStatus')],
    });
    await using listener = await openListener();
    listener.send(encodePoke(1), printer.discoveryPort);
    const { bytes } = await listener.next();
    const announced = decodeDevicePacket(bytes);
    if (announced.kind !== 'announcement' || announced.version !== 1) throw new TypeError(announced.kind);
    expect(announced.status).to.include({ id: 777, progress: null });
    expect(bytes).to.have.length(40 + announced.masterKey.length + announced.identify.length + 128);
    await trust(printer);
    const { client } = await operating(printer, 'FLUX0002');
    await using _ = client;
    expect(await client.ask('player report')).to.match(/"st_id": 777, .*"prog": NaN, "traveled": NaN/);
  });

  it('refuse: connections break as soon as they come', async () => {
    await using printer = await simulated({ faults: [tested('refuse')] });
    for (const port of [printer.managerPort, printer.robotPort]) {
      const socket = connect(port, printer.address).on('error', () => {});
      await new Promise((resolve) => socket.once('close', resolve));
      expect(socket.bytesRead).to.equal(0);
    }
  });

  it('mute: a command is obeyed and not answered', async () => {
    await using printer = await simulated();
    const { client } = await managed(printer);
    await using _ = client;
    printer.faults.add(tested('mute'));
    client.send(encodeClientText('rename\0Bob'));
    client.send(encodeClientText('rename\0Eve'));
    // Obeyed one after the other: then the first is past its answer.
    while (printer.name !== 'Eve') await new Promise((resolve) => setImmediate(resolve));
    printer.faults.delete('mute');
    const answers = [await client.ask('rename\0')];
    while (answers.at(-1) !== 'error BAD_PARAMS') answers.push(await client.text());
    expect(answers.length).to.be.at.most(2);
    await trust(printer);
    const robot = await operating(printer, 'FLUX0002');
    await using _robot = robot.client;
    printer.faults.add('mute');
    robot.client.send(encodeClientText('file download SD sample.fc'));
    robot.client.send(encodeClientText('maintain'));
    await firstValueFrom(printer.statuses.pipe(filter(({ id }) => id === -1)));
    printer.faults.delete('mute');
    expect(await robot.client.ask('home')).to.be.oneOf(['ok', 'error UNKNOWN_COMMAND']);
  });

  it('drop, crash: an answer breaks off in its middle, or is none', async () => {
    for (const [fault, answer] of [
      [tested('drop'), undefined],
      [tested('crash'), 'UNKNOWN_ERROR'],
    ] as const) {
      await using printer = await simulated();
      await trust(printer);
      const manager = await managed(printer);
      const robot = await operating(printer, 'FLUX0002');
      printer.faults.add(fault);
      for (const [{ client }, command] of [
        [manager, 'scan_wifi'],
        [robot, 'player report'],
      ] as const) {
        expect(await client.ask(command)).to.equal(answer);
        expect(await client.exactly(4096)).to.equal(undefined);
      }
    }
  });

  it('foreignCertificate: it names another device, on both ports', async () => {
    await using printer = await simulated({ generation: 'FLUX0003', faults: [tested('foreignCertificate')] });
    for (const port of [printer.managerPort, printer.robotPort]) {
      const { tls, client } = await secure(printer, port);
      await using _ = client;
      const name = new X509Certificate(tls.getPeerCertificate().raw).subject.replace(/^CN=/, '');
      expect(readCommonName(name)?.uuid).not.to.equal(printer.uuid);
    }
  });

  it('noReply: a new name or network is taken without a word', async () => {
    await using printer = await simulated({ faults: [tested('noReply')] });
    const { client } = await managed(printer);
    await using _ = client;
    client.send(encodeClientText('rename\0Bob'));
    client.send(encodeClientText('network\0method=dhcp'));
    expect(await client.ask('remove_trust\0none')).to.equal('error NOT_FOUND');
    expect([printer.name, printer.network]).to.deep.equal(['Bob', { method: 'dhcp' }]);
  });

  it('brokenFile: a task does not start', async () => {
    await using printer = await simulated({ faults: [tested('brokenFile')] });
    await trust(printer);
    const { client } = await operating(printer, 'FLUX0002');
    await using _ = client;
    await client.ask('player select SD sample.fc');
    expect(await client.ask('player start')).to.equal('error FILE_BROKEN');
  });

  it('have a test each', () => {
    expect(PRINTER_FAULTS.filter((fault) => !TESTED.has(fault))).to.deep.equal([]);
  });
});
