import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { expect } from 'chai';
import { readCommonName } from '../../src/wire/common-name.js';
import { decodeDeviceAnswer } from '../../src/wire/device-answer.js';
import { accessID, keyBytes, keyText } from '../../src/wire/rsa.js';
import { readTrustItem } from '../../src/wire/trust-item.js';
import { readWifiItem } from '../../src/wire/wifi-item.js';
import { CLIENT_KEY, dial, managed, type RawClient, rawClient, readHello, secure, trust } from './raw-client.js';
import { simulated, temporaryFolder } from './simulated.js';

const ID = accessID(CLIENT_KEY).toString('hex');
const PEM = keyText(CLIENT_KEY);

/** The texts of all entries before the `ok` of a list. */
async function listed(client: RawClient, command: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let line = await client.ask(command); line !== 'ok'; line = await client.text()) {
    const answer = decodeDeviceAnswer(line ?? 'closed');
    if (answer.kind !== 'data') throw new TypeError(`${line}`);
    texts.push(answer.text);
  }
  return texts;
}

describe('The manager of a simulated printer', () => {
  it('4.2, 9.4: says hello in the plain, then speaks TLS 1.2 or newer with a certificate that names it', async () => {
    await using printer = await simulated();
    const { hello, tls, client, challenge } = await secure(printer, printer.managerPort);
    await using _ = client;
    expect(hello).to.equal('FLUX0003');
    expect(challenge).to.have.length(64);
    expect(tls.getProtocol()).to.be.oneOf(['TLSv1.2', 'TLSv1.3']);
    const { subject, publicKey, raw } = new X509Certificate(tls.getPeerCertificate().raw);
    expect(readCommonName(subject.replace(/^CN=/, ''))).to.deep.equal({
      uuid: printer.uuid,
      serial: printer.serial,
      identify: '00',
    });
    expect(publicKey.asymmetricKeyType).to.equal('rsa');
    // UTF8String of 46 bytes.
    expect(
      raw.includes(Buffer.from(`0c2e${Buffer.from(printer.uuid.replaceAll('-', '')).toString('hex')}`, 'hex')),
    ).to.equal(true);
  });

  it('4.6: may have another key in its certificate than its master key', async () => {
    await using folder = await temporaryFolder();
    await using printer = await simulated({ folder: folder.path, ownCertificateKey: true });
    const { tls, client } = await secure(printer, printer.managerPort);
    await using _ = client;
    const { masterKey } = JSON.parse(await readFile(join(folder.path, 'printer.json'), 'utf8'));
    const { publicKey } = new X509Certificate(tls.getPeerCertificate().raw);
    expect(keyBytes(publicKey).equals(keyBytes((await import('node:crypto')).createPublicKey(masterKey)))).to.equal(
      false,
    );
  });

  it('4.2: lets an unknown key in by the password, and a trusted one by a signature of the challenge', async () => {
    await using printer = await simulated();
    const first = await managed(printer);
    await using _first = first.client;
    expect([first.way, first.verdict]).to.deep.equal(['password', 'ok']);
    expect(await first.client.ask(`add_trust\0gateway\0${PEM}`)).to.equal('ok');
    const second = await managed(printer, 'is not asked for');
    await using _second = second.client;
    expect([second.way, second.verdict]).to.deep.equal(['sign', 'ok']);
    expect(printer.trusted).to.deep.equal([ID]);
  });

  it('4.2: closes after one wrong password, and after a signature of something else', async () => {
    await using printer = await simulated();
    const wrong = await managed(printer, 'guess');
    expect(wrong.verdict).to.equal('error AUTH_ERROR');
    expect(await wrong.client.text()).to.equal(undefined);
    await trust(printer);
    const { client } = await secure(printer, printer.managerPort);
    expect(await client.ask(PEM)).to.equal('sign');
    expect(await client.ask('00'.repeat(128))).to.equal('error AUTH_ERROR');
    expect(await client.text()).to.equal(undefined);
  });

  it('4.2, 9.4: takes keys of 1024 to 4096 bits, and nothing else for a key', async () => {
    await using printer = await simulated();
    const long = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const { client, verdict } = await managed(printer, 'flux', long);
    await using _ = client;
    expect(verdict).to.equal('ok');
    for (const text of ['', 'no PEM', keyText(generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey)]) {
      const { client: other } = await secure(printer, printer.managerPort);
      expect(await other.ask(text)).to.equal('error BAD_PARAMS');
      expect(await other.text()).to.equal(undefined);
    }
  });

  it('4.5.8, 9.4: obeys nobody who was not let in', async () => {
    await using printer = await simulated();
    const { client } = await secure(printer, printer.managerPort);
    expect(await client.ask('rename\0Mallory')).to.equal('error BAD_PARAMS');
    expect(await client.text()).to.equal(undefined);
    expect(printer.name).to.equal('Simulated printer');
  });

  it('4.3: renames, and refuses an empty name', async () => {
    await using printer = await simulated();
    const { client } = await managed(printer);
    await using _ = client;
    expect(await client.ask('rename\0Bob')).to.equal('ok');
    expect(printer.name).to.equal('Bob');
    for (const name of ['', 'a\rb', 'x'.repeat(257)])
      expect(await client.ask(`rename\0${name}`)).to.equal('error BAD_PARAMS');
    expect(await client.ask('rename')).to.equal('error BAD_PARAMS');
    expect(await client.ask('enable_ssh\0x')).to.equal('error UNKNOWN_COMMAND');
    expect(printer.name).to.equal('Bob');
  });

  it('4.3, 4.5.2: a new password keeps the keys or clears them; the old one has to be right', async () => {
    await using printer = await simulated();
    await trust(printer);
    const { client } = await managed(printer);
    await using _ = client;
    expect(await client.ask('passwd\0wrong\0new\0F')).to.equal('error AUTH_ERROR');
    expect(await client.ask('passwd\0flux\0new\0F')).to.equal('ok');
    expect(printer.trusted).to.deep.equal([ID]);
    expect(await client.ask('passwd\0new\0newer\0Y')).to.equal('ok');
    expect(printer.trusted).to.deep.equal([]);
    const old = await managed(printer, 'new');
    expect([old.way, old.verdict]).to.deep.equal(['password', 'error AUTH_ERROR']);
    const now = await managed(printer, 'newer');
    await using _now = now.client;
    expect(now.verdict).to.equal('ok');
  });

  it('4.5.3: a password that is reset clears the keys', async () => {
    await using printer = await simulated();
    await trust(printer);
    const { client } = await managed(printer);
    await using _ = client;
    expect(await client.ask('reset_passwd\0')).to.equal('error BAD_PARAMS');
    expect(await client.ask('reset_passwd\0fresh')).to.equal('ok');
    expect(printer.trusted).to.deep.equal([]);
  });

  it('4.3: adds, lists and removes keys, each once', async () => {
    await using printer = await simulated();
    await trust(printer);
    const { client } = await managed(printer);
    await using _ = client;
    expect(await client.ask(`add_trust\0again\0${PEM}`)).to.equal('error OPERATION_ERROR');
    expect(await client.ask('add_trust\0bad\0PEM')).to.equal('error BAD_PARAMS');
    expect((await listed(client, 'list_trust')).map(readTrustItem)).to.deep.equal([
      { accessID: ID, label: 'test', type: 'U' },
    ]);
    printer.faults.add('oldTrustList');
    const [old] = await listed(client, 'list_trust');
    expect(old).to.equal(`access_id=${ID}\0label=test\0type=U`);
    expect(await client.ask(`remove_trust\0${ID}`)).to.equal('ok');
    expect(await client.ask(`remove_trust\0${ID}`)).to.equal('error NOT_FOUND');
    expect(await listed(client, 'list_trust')).to.deep.equal([]);
  });

  it('4.3: lists Wi-Fi networks of all kinds, with strengths below zero', async () => {
    await using printer = await simulated();
    const { client } = await managed(printer);
    await using _ = client;
    const networks = (await listed(client, 'scan_wifi')).map(readWifiItem);
    expect(new Set(networks.map((each) => each?.security))).to.deep.equal(
      new Set(['WPA2-PSK', 'WPA-PSK', 'WEP', undefined]),
    );
    expect(networks.every((each) => each !== undefined && each.rssi < 0)).to.equal(true);
  });

  it('4.3, 4.5.1: network settings are checked, kept and answered', async () => {
    await using printer = await simulated();
    const { client } = await managed(printer);
    await using _ = client;
    expect(await client.ask('network\0method=static\0ipaddr=1.2.3')).to.equal('er BAD_PARAMS ipaddr');
    expect(await client.ask('network\0method=dhcp\0ssid=lab\0security=WPA2-PSK')).to.equal('er BAD_PARAMS psk');
    expect(printer.network).to.deep.equal({});
    expect(await client.ask('network\0method=dhcp\0ssid=lab')).to.equal('ok');
    expect(printer.network).to.deep.equal({ method: 'dhcp', ssid: 'lab' });
    printer.faults.add('networkFailure');
    expect(await client.ask('network\0method=dhcp')).to.equal('er SUBSYSTEM_ERROR');
  });

  it('4.1: puts frames together from single bytes, and closes for a length beyond 4094', async () => {
    await using printer = await simulated();
    const { client } = await managed(printer);
    for (const byte of Buffer.from('0c0072656e616d6500426f62', 'hex')) client.send(Buffer.of(byte));
    expect(await client.text()).to.equal('ok');
    expect(printer.name).to.equal('Bob');
    client.send(Buffer.from('ff0f', 'hex'));
    expect(await client.text()).to.equal(undefined);
  });

  it('keeps what it was told over a restart', async () => {
    await using folder = await temporaryFolder();
    await using printer = await simulated({ folder: folder.path });
    await trust(printer);
    const { client } = await managed(printer);
    await client.ask('rename\0Bob');
    await client.ask('passwd\0flux\0new\0F');
    await client[Symbol.asyncDispose]();
    await printer[Symbol.asyncDispose]();
    await using again = await simulated({ folder: folder.path });
    expect([again.name, again.trusted]).to.deep.equal(['Bob', [ID]]);
    const by = await managed(again);
    await using _ = by.client;
    expect([by.way, by.verdict]).to.deep.equal(['sign', 'ok']);
    expect(await by.client.ask('passwd\0new\0newer\0F')).to.equal('ok');
  });

  it('survives clients that say nothing, leave in the middle, or speak no TLS', async () => {
    await using printer = await simulated({ idleTime: 1000 });
    const silent = rawClient(await dial(printer, printer.managerPort));
    const noTls = await dial(printer, printer.managerPort);
    await readHello(noTls, 8);
    noTls.write('GET / HTTP/1.1\r\n\r\n'.repeat(10));
    const leaving = await dial(printer, printer.managerPort);
    await readHello(leaving, 8);
    connectSecurely({ socket: leaving, rejectUnauthorized: false }).on('error', () => {});
    leaving.resetAndDestroy();
    expect((await silent.exactly(8))?.toString()).to.equal('FLUX0003');
    expect(await silent.exactly(1)).to.equal(undefined);
    const { client, verdict } = await managed(printer);
    await using _ = client;
    expect(verdict).to.equal('ok');
    noTls.destroy();
  });
});
