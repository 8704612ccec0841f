import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemTimer, type Timer } from '@thingwright/device-link';
import { expect } from 'chai';
import { encodePoke, encodeTouch } from '../../src/wire/client-packet.js';
import { decodeDevicePacket } from '../../src/wire/device-packet.js';
import { isBypassIdentity, isSignedIdentity, readIdentityRoot } from '../../src/wire/identity.js';
import { readRsaKey } from '../../src/wire/rsa.js';
import { provenSlaveKey } from '../../src/wire/touch-answer.js';
import { openListener } from './listener.js';
import { managed } from './raw-client.js';
import { simulated, temporaryFolder } from './simulated.js';

const STRANGER = '00112233-4455-6677-8899-aabbccddeeff';

describe('A simulated printer on the LAN', () => {
  it('2.5, 2.6: of version 1 announces itself, and answers a touch from the socket that it announces from', async () => {
    await using listener = await openListener();
    await using printer = await simulated({ listeners: [{ address: '127.0.0.1', port: listener.port }] });
    const { bytes, from } = await listener.next();
    expect(from).to.equal(printer.discoveryPort);
    const announced = decodeDevicePacket(bytes);
    if (announced.kind !== 'announcement' || announced.version !== 1) throw new TypeError(announced.kind);
    expect(announced).to.include({ uuid: printer.uuid, serial: 'XXXXXXXXXX' });
    expect(announced.status).to.include({ id: 0, headModule: 'OFFLINE', errorLabel: '' });
    expect(announced.identify).to.have.length(10);
    expect(isBypassIdentity(announced)).to.equal(true);

    listener.send(encodeTouch(1, printer.uuid), from);
    const answer = await listener.nextOf('touchAnswer');
    if (answer.version !== 1) throw new TypeError('version 2');
    const master = readRsaKey(announced.masterKey);
    expect(master && provenSlaveKey(answer, master)).not.to.equal(undefined);
    expect(answer.stamp).to.equal(announced.stamp);
    expect(answer.metadata).to.include({
      version: '1.7.0',
      model: 'delta-1',
      name: 'Simulated printer',
      hasPassword: true,
    });
    expect(answer.metadata.serial).to.equal(undefined);
    expect(answer.metadata.time).to.be.closeTo(Date.now() / 1000, 60);
  });

  it('2.7: of version 2 announces a tag, and says who it is when it is touched', async () => {
    await using listener = await openListener();
    await using printer = await simulated({ version: 2, listeners: [{ address: '127.0.0.1', port: listener.port }] });
    const announced = await listener.nextOf('announcement');
    expect(announced).to.include({ version: 2, uuid: printer.uuid });
    listener.send(encodeTouch(2, printer.uuid), printer.discoveryPort);
    const answer = await listener.nextOf('touchAnswer');
    expect(answer).to.include({ version: 2, uuid: printer.uuid });
    expect(answer.metadata).to.include({ serial: 'XXXXXXXXXX', name: 'Simulated printer' });
    expect(answer.metadata.time).to.equal(undefined);
  });

  it('2.3, 9.3: answers pokes of any version, strictly only those of its own', async () => {
    for (const version of [1, 2] as const) {
      await using listener = await openListener();
      await using printer = await simulated({ version });
      for (const poked of [1, 2] as const) {
        listener.send(encodePoke(poked), printer.discoveryPort);
        expect(await listener.nextOf('announcement')).to.include({ version, uuid: printer.uuid });
      }
      await using strict = await simulated({ version, isStrict: true });
      const other = version === 1 ? 2 : 1;
      listener.send(encodePoke(other), strict.discoveryPort);
      listener.send(encodeTouch(other, strict.uuid), strict.discoveryPort);
      listener.send(encodePoke(version), strict.discoveryPort);
      expect(await listener.nextOf('announcement')).to.include({ uuid: strict.uuid });
      expect(listener.waiting).to.equal(0);
    }
  });

  it('9.3: answers no touch of another, nor anything that is none', async () => {
    await using listener = await openListener();
    await using printer = await simulated();
    for (const bytes of [encodeTouch(1, STRANGER), Buffer.alloc(0), Buffer.from('FLUX'), Buffer.alloc(2000, 1)]) {
      listener.send(bytes, printer.discoveryPort);
    }
    listener.send(encodePoke(1), printer.discoveryPort);
    await listener.nextOf('announcement');
    expect(listener.waiting).to.equal(0);
  });

  it('2.4: may be there by its beacons alone', async () => {
    await using listener = await openListener();
    const listeners = [{ address: '127.0.0.1', port: listener.port }];
    await using printer = await simulated({ announces: false, beacons: true, period: 20, listeners });
    const first = await listener.next();
    expect(first.bytes).to.have.length(22);
    expect(decodeDevicePacket(first.bytes)).to.deep.equal({ kind: 'beacon', uuid: printer.uuid, pokeVersion: 1 });
    expect(decodeDevicePacket((await listener.next()).bytes).kind).to.equal('beacon');
  });

  it('2.11.1, 9.3: has another stamp, by at least 256 s, once its name has changed', async () => {
    for (const version of [1, 2] as const) {
      await using listener = await openListener();
      await using printer = await simulated({ version });
      const poked = async () => {
        listener.send(encodePoke(version), printer.discoveryPort);
        return (await listener.nextOf('announcement')).stamp;
      };
      const before = await poked();
      const { client } = await managed(printer);
      await using _ = client;
      expect(await client.ask('rename\0Bob')).to.equal('ok');
      const after = await poked();
      expect(after).not.to.equal(before);
      const seconds = (stamp: string) => Buffer.from(stamp, 'hex').readFloatLE();
      if (version === 1) expect(seconds(after) - seconds(before)).to.be.at.least(256);
      listener.send(encodeTouch(version, printer.uuid), printer.discoveryPort);
      expect((await listener.nextOf('touchAnswer')).metadata.name).to.equal('Bob');
    }
  });

  it('9.2: has a bypass identity of either kind, or one that a root of ours has signed', async () => {
    await using development = await simulated({ identity: 'development' });
    expect(development.serial).to.match(/^FL\d{8}$/);
    expect(development.uuid).to.match(/^3010/);
    expect(isBypassIdentity(development)).to.equal(true);

    await using folder = await temporaryFolder();
    await using listener = await openListener();
    await using printer = await simulated({ identity: 'signed', folder: folder.path });
    const root = readIdentityRoot(await readFile(join(folder.path, 'identity-root.pem')));
    listener.send(encodePoke(1), printer.discoveryPort);
    const announced = await listener.nextOf('announcement');
    if (announced.version !== 1) throw new TypeError('version 2');
    expect(isBypassIdentity(announced)).to.equal(false);
    expect(isSignedIdentity(announced, announced.identify, root)).to.equal(true);
    printer.faults.add('forgedIdentity');
    listener.send(encodePoke(1), printer.discoveryPort);
    const forged = await listener.nextOf('announcement');
    expect(forged.version === 1 && isSignedIdentity(forged, forged.identify, root)).to.equal(false);
    // Switched on again it is signed by the same root, whatever is said.
    await printer[Symbol.asyncDispose]();
    await using again = await simulated({ folder: folder.path });
    listener.send(encodePoke(1), again.discoveryPort);
    const signed = await listener.nextOf('announcement');
    expect(signed.version === 1 && isSignedIdentity(signed, signed.identify, root)).to.equal(true);
  });

  it('2.8: is who it was when it is switched on again, with another key of the run', async () => {
    await using folder = await temporaryFolder();
    await using listener = await openListener();
    const seen = async () => {
      await using printer = await simulated({ folder: folder.path, name: 'Other', uuid: STRANGER });
      listener.send(encodePoke(1), printer.discoveryPort);
      const announced = await listener.nextOf('announcement');
      listener.send(encodeTouch(1, printer.uuid), printer.discoveryPort);
      const answer = await listener.nextOf('touchAnswer');
      if (announced.version !== 1 || answer.version !== 1) throw new TypeError('version 2');
      const { uuid, serial, masterKey } = announced;
      return {
        same: { uuid, serial, masterKey: masterKey.toString('hex'), name: printer.name },
        slave: answer.slaveKey,
      };
    };
    await using first = await simulated({ folder: folder.path });
    const uuid = first.uuid;
    await first[Symbol.asyncDispose]();
    const [one, two] = [await seen(), await seen()];
    expect(one.same).to.deep.equal(two.same);
    expect(one.same).to.include({ uuid, name: 'Simulated printer' });
    expect(one.slave.equals(two.slave)).to.equal(false);
    const kept = JSON.parse(await readFile(join(folder.path, 'printer.json'), 'utf8'));
    expect(kept).to.include({ uuid, name: 'Simulated printer', password: 'flux' });
    expect(createPublicKey(kept.masterKey).export({ type: 'spki', format: 'der' }).toString('hex')).to.equal(
      one.same.masterKey,
    );
  });

  it('has a master key of up to 4096 bits, and datagrams under 1.4 kB all the same', async () => {
    await using listener = await openListener();
    await using printer = await simulated({ keyBits: 4096 });
    listener.send(encodePoke(1), printer.discoveryPort);
    listener.send(encodeTouch(1, printer.uuid), printer.discoveryPort);
    for (let i = 0; i < 2; i++) expect((await listener.next()).bytes.length).to.be.within(500, 1400);
  }).timeout(60_000);

  it('2.10: announces itself every 3 s', async () => {
    await using listener = await openListener();
    const ticks: { readonly milliseconds: number; readonly task: () => void }[] = [];
    const timer: Timer = {
      ...systemTimer,
      every(milliseconds, task) {
        ticks.push({ milliseconds, task });
        return () => {};
      },
    };
    await using printer = await simulated({ timer, listeners: [{ address: '127.0.0.1', port: listener.port }] });
    await listener.nextOf('announcement');
    expect(ticks.map(({ milliseconds }) => milliseconds)).to.deep.equal([3000]);
    for (const { task } of ticks) task();
    expect(await listener.nextOf('announcement')).to.include({ uuid: printer.uuid });
    expect(listener.waiting).to.equal(0);
  });

  it('2.11.7: has a version that clients take, or none at all', async () => {
    for (const firmware of ['1.7.0', '1.1b1', '2.0a1']) {
      await using printer = await simulated({ firmware });
      expect(printer.uuid).to.match(/^ffffffff-ffff-ffff-/);
    }
    for (const wrong of [{ firmware: 'v1' }, { name: '' }, { name: 'a\0ver=9.9' }, { model: 'x'.repeat(257) }]) {
      const refused = await simulated(wrong).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(RangeError);
    }
  });

  it('2.1: is heard by those who join the group, and goes on where nobody can be reached', async () => {
    await using listener = await openListener('239.255.255.250');
    const group = { address: '239.255.255.250', port: listener.port };
    await using printer = await simulated({ listeners: [{ address: '203.0.113.1', port: 9 }, group], period: 20 });
    expect(await listener.nextOf('announcement')).to.include({ uuid: printer.uuid });
    expect(await listener.nextOf('announcement')).to.include({ uuid: printer.uuid });
  });

  it('two of them live beside each other, each on its own address', async () => {
    await using listener = await openListener();
    await using one = await simulated({ address: '127.0.0.2' });
    await using other = await simulated({
      address: '127.0.0.3',
      discoveryPort: one.discoveryPort,
      managerPort: one.managerPort,
      robotPort: one.robotPort,
      listeners: [{ address: '127.0.0.1', port: listener.port }],
    });
    expect(await listener.nextOf('announcement')).to.include({ uuid: other.uuid });
    expect(one.uuid).not.to.equal(other.uuid);
  });
});
