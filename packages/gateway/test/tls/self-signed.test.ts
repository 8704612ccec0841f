import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPair } from '@thingwright/listener';
import { expect } from 'chai';
import { openSelfSigned } from '../../src/tls/self-signed.js';

const DAY = 86_400_000;

describe('a self-signed certificate', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'thingwright-self-signed-'));
  });
  afterEach(() => rm(data, { recursive: true }));

  it('is good for this machine, the configured host and the public one', async () => {
    const made = await openSelfSigned({ data, hosts: ['192.0.2.7', 'lab.example', '[2001:db8::1]', '0.0.0.0'] });
    const certificate = checkPair(await made.read());
    for (const name of ['localhost', hostname(), 'lab.example']) {
      expect(certificate.checkHost(name), name).not.to.equal(undefined);
    }
    for (const address of ['127.0.0.1', '::1', '192.0.2.7', '2001:db8::1']) {
      expect(certificate.checkIP(address), address).not.to.equal(undefined);
    }
    expect(certificate.subjectAltName).not.to.include('0.0.0.0');
    expect([certificate.checkHost('other.example'), certificate.ca]).to.deep.equal([undefined, false]);
    expect([made.isNew, made.fingerprint]).to.deep.equal([true, certificate.fingerprint256]);
  });

  it('is kept for its owner only, and is the same the next time', async () => {
    const first = await openSelfSigned({ data });
    expect((await readdir(data)).sort()).to.deep.equal(['tls-cert.pem', 'tls-key.pem']);
    for (const name of await readdir(data)) expect((await stat(join(data, name))).mode & 0o777, name).to.equal(0o600);
    const second = await openSelfSigned({ data });
    expect([second.isNew, second.fingerprint]).to.deep.equal([false, first.fingerprint]);
    expect((await second.read()).cert).to.equal(await readFile(join(data, 'tls-cert.pem'), 'utf8'));
  });

  it('is made anew for a further host, and where what is kept is broken', async () => {
    const first = await openSelfSigned({ data });
    const second = await openSelfSigned({ data, hosts: ['lab.example'] });
    expect([second.isNew, second.fingerprint === first.fingerprint]).to.deep.equal([true, false]);
    await writeFile(join(data, 'tls-key.pem'), 'nothing');
    expect((await openSelfSigned({ data })).isNew).to.equal(true);
  });

  it('is renewed before its end, while the gateway runs and when it starts', async () => {
    let now = Date.now();
    const made = await openSelfSigned({ data, now: () => now });
    const end = (cert: string | Buffer) => Date.parse(new X509Certificate(cert).validTo);
    const first = await made.read();
    expect(end(first.cert) - now).to.be.within(390 * DAY, 398 * DAY);
    now = end(first.cert) - 31 * DAY;
    expect(await made.read()).to.equal(first);
    now = end(first.cert) - 29 * DAY;
    const second = await made.read();
    expect(end(second.cert) - now).to.be.within(390 * DAY, 398 * DAY);
    expect((await openSelfSigned({ data, now: () => now })).isNew).to.equal(false);
  });

  it('is held in memory where nothing is kept', async () => {
    const made = await openSelfSigned({});
    expect((await made.read()).cert).to.equal((await made.read()).cert);
    expect(await readdir(data)).to.deep.equal([]);
  });
});
