import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { type ConfigurationSources, readConfiguration } from '../src/index.js';

describe('readConfiguration', () => {
  it('has a default for everything', async () => {
    expect(await readConfiguration({})).to.deep.equal({
      port: 8080,
      host: '127.0.0.1',
      data: resolve('./data'),
      demo: false,
      allowOrigins: [],
      trustedProxies: [],
      logLevel: 'info',
      strict: false,
      webthingsLinks: false,
      journal: {},
      retention: {},
      adopt: [],
      allowPrivateAddresses: [],
    });
  });

  it('reads the address of an exam manager, and refuses what is none', async () => {
    const examManager = 'http://exam-manager:8000/api/v1/exam';
    expect(await readConfiguration({ options: { examManager } })).to.include({ examManager });
    for (const odd of ['exam-manager', 'ftp://x', 'http://', 'http://me:secret@x/', 'http://x/?a=1', 'http://x/#a']) {
      const error = await readConfiguration({ options: { examManager: odd } }).catch((thrown: unknown) => thrown);
      expect(error, odd).to.be.an.instanceOf(ThingError).with.property('code', 'invalid');
    }
  });

  it('reads what is looked for on the network, and refuses what there is not', async () => {
    const options = {
      discovery: ['dns-sd', 'printers'],
      discoveryInterfaces: '192.168.1.2, 10.0.0.2',
      discoveryUrls: ['http://192.168.1.20', 'https://lab.example/td'],
      discoveryAdopt: 'true',
      announce: true,
      printerAddresses: ['192.168.1.30'],
    };
    expect(await readConfiguration({ options })).to.deep.include({
      discovery: ['dns-sd', 'printers'],
      discoveryInterfaces: ['192.168.1.2', '10.0.0.2'],
      discoveryUrls: ['http://192.168.1.20', 'https://lab.example/td'],
      discoveryAdopt: true,
      announce: true,
      printerAddresses: ['192.168.1.30'],
    });
    const environment = { THINGWRIGHT_DISCOVERY: 'printers', THINGWRIGHT_DISCOVERY_ADOPT: '1' };
    expect(await readConfiguration({ environment })).to.deep.include({ discovery: ['printers'], discoveryAdopt: true });
    const odd = [
      { discovery: 'ssdp' },
      { discoveryInterfaces: 'eth0' },
      { discoveryInterfaces: '::1' },
      { discoveryUrls: 'lab.example' },
      { discoveryUrls: 'coap://lab.example' },
      { discoveryAdopt: 'perhaps' },
      { announce: 'x' },
      { printerAddresses: 'printer.local' },
      { printerRoot: '/no/such/file' },
    ];
    for (const one of odd) {
      const error = await readConfiguration({ options: one }).catch((thrown: unknown) => thrown);
      expect(error, JSON.stringify(one)).to.be.an.instanceOf(ThingError).with.property('code', 'invalid');
    }
  });

  it('reads the public key that printers are signed with', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thingwright-root-'));
    const printerRoot = join(folder, 'root.pem');
    const [right, wrong] = ['secp384r1', 'prime256v1'].map((namedCurve) =>
      generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'pem' }),
    );
    await writeFile(printerRoot, right ?? '');
    expect((await readConfiguration({ options: { printerRoot } })).printerRoot?.asymmetricKeyType).to.equal('ec');
    await writeFile(printerRoot, wrong ?? '');
    const error = await readConfiguration({ options: { printerRoot } }).catch((thrown: unknown) => thrown);
    expect(error).to.be.an.instanceOf(ThingError).with.property('message').that.includes('P-384');
    await rm(folder, { recursive: true });
  });

  it('reads how firmware is upgraded, and for what hardware there are images', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thingwright-hardware-'));
    const hardware = join(folder, 'hardware.json');
    const types = [{ key: 'model-x.bin', label: 'Model X', boards: ['Model X'] }];
    await writeFile(hardware, JSON.stringify(types));
    const options = { upgradeConcurrency: '20', maxImageSize: '64MB', hardware };
    expect(await readConfiguration({ options })).to.deep.include({
      upgradeConcurrency: 20,
      maxImageSize: 64_000_000,
      hardware: types,
    });
    for (const odd of ['{}', '[{"key": "x"}]', 'none']) {
      await writeFile(hardware, odd);
      const error = await readConfiguration({ options }).catch((thrown: unknown) => thrown);
      expect(error, odd).to.be.an.instanceOf(ThingError).with.property('code', 'invalid');
    }
    await rm(folder, { recursive: true });
  });

  it('reads the keys that images have to be signed with, and refuses what is none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'thingwright-keys-'));
    const file = async (name: string, content: string): Promise<string> => {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    };
    const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
    const good = await file('good=1.pem', pem(generateKeyPairSync('ed25519').publicKey));
    const rsa = await file('rsa.pem', pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey));
    const environment = { THINGWRIGHT_IMAGE_KEY: `release=${good}, beta=${good}` };
    const { imageKeys } = await readConfiguration({ environment });
    expect([...(imageKeys?.keys() ?? [])]).to.deep.equal(['release', 'beta']);
    expect(imageKeys?.get('beta')?.asymmetricKeyType).to.equal('ed25519');
    const odd = [
      `release=${rsa}`,
      `release=${good}.not`,
      good,
      [`a=${good}`, `a=${good}`],
      `a=${await file('x', 'x')}`,
    ];
    for (const imageKey of odd) {
      const error = await readConfiguration({ options: { imageKey } }).catch((thrown: unknown) => thrown);
      expect(error, String(imageKey)).to.be.an.instanceOf(ThingError).with.property('code', 'invalid');
    }
    await rm(folder, { recursive: true });
  });

  it('reads adopters and networks, and refuses those that there are not', async () => {
    const environment = { THINGWRIGHT_ADOPT: 'node-wot', THINGWRIGHT_ALLOW_PRIVATE_ADDRESSES: '127.0.0.0/8, fd00::/8' };
    expect(await readConfiguration({ environment })).to.deep.include({
      adopt: ['node-wot'],
      allowPrivateAddresses: ['127.0.0.0/8', 'fd00::/8'],
    });
    for (const options of [{ adopt: ['zigbee'] }, { allowPrivateAddresses: ['everything'] }]) {
      const error: unknown = await readConfiguration({ options }).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ThingError).with.property('code', 'invalid');
    }
  });

  it('prefers an option to its variable, and that to the file', async () => {
    await using file = await fileOf({ port: 1, host: 'file.example', strict: true });
    const configuration = await readConfiguration({
      options: { config: file.path, port: '3' },
      environment: { THINGWRIGHT_PORT: '2', THINGWRIGHT_HOST: 'variable.example' },
    });
    expect(configuration).to.include({ port: 3, host: 'variable.example', strict: true });
  });

  it('finds the file by its variable, too', async () => {
    await using file = await fileOf({ port: 1 });
    expect(await readConfiguration({ environment: { THINGWRIGHT_CONFIG: file.path } })).to.include({ port: 1 });
  });

  it('takes an empty variable for none', async () => {
    expect(await readConfiguration({ environment: { THINGWRIGHT_PORT: '' } })).to.include({ port: 8080 });
  });

  const understood: readonly [string, ConfigurationSources, object][] = [
    ['port 0', { environment: { THINGWRIGHT_PORT: '0' } }, { port: 0 }],
    ['an IPv6 host', { options: { host: '::1' } }, { host: '::1' }],
    ['demo as a variable', { environment: { THINGWRIGHT_DEMO: '1' } }, { demo: true }],
    [
      'links for WebThings as a variable',
      { environment: { THINGWRIGHT_WEBTHINGS_LINKS: 'true' } },
      { webthingsLinks: true },
    ],
    [
      'a public URL with a slash',
      { options: { publicUrl: 'https://lab.example/' } },
      { publicUrl: 'https://lab.example' },
    ],
    [
      'several origins in one variable',
      { environment: { THINGWRIGHT_ALLOW_ORIGIN: 'https://a.example, https://b.example' } },
      { allowOrigins: ['https://a.example', 'https://b.example'] },
    ],
    [
      'several origins as options',
      { options: { allowOrigin: ['https://a.example', '*'] } },
      { allowOrigins: ['https://a.example', '*'] },
    ],
    [
      'networks',
      { environment: { THINGWRIGHT_TRUSTED_PROXIES: '10.0.0.0/8,::1' } },
      { trustedProxies: ['10.0.0.0/8', '::1'] },
    ],
    ['the admin token', { environment: { THINGWRIGHT_ADMIN_TOKEN: 'very-secret' } }, { adminToken: 'very-secret' }],
    ['the pepper', { environment: { THINGWRIGHT_SECRET: 'pepper' } }, { pepper: 'pepper' }],
    [
      'a door with a certificate of its own',
      { options: { tls: 'self-signed' } },
      { tls: { port: 8443, selfSigned: true } },
    ],
    [
      'its port',
      { environment: { THINGWRIGHT_TLS: 'self-signed', THINGWRIGHT_TLS_PORT: '0' } },
      { tls: { port: 0, selfSigned: true } },
    ],
    [
      'limits of connections, and browsers by TLS only',
      { options: { maxConnections: '5', maxConnectionsPerAddress: '2' }, environment: { THINGWRIGHT_HSTS: '60' } },
      { maxConnections: 5, maxConnectionsPerAddress: 2, hsts: 60 },
    ],
    ['the journal', { options: { journalCount: '50', journalAge: '60' } }, { journal: { count: 50, age: 60_000 } }],
  ];
  for (const [what, sources, expected] of understood) {
    it(`understands ${what}`, async () => {
      expect(await readConfiguration(sources)).to.deep.include(expected);
    });
  }

  const refused: readonly [string, ConfigurationSources, string][] = [
    ['a port above all', { options: { port: '65536' } }, '--port: "65536"'],
    ['a port that is no number', { environment: { THINGWRIGHT_PORT: '80a' } }, 'THINGWRIGHT_PORT: "80a"'],
    ['a port that is negative', { options: { port: '-1' } }, '--port: "-1"'],
    ['an empty port', { options: { port: '' } }, '--port: ""'],
    ['a host with a path', { options: { host: 'lab.example/x' } }, '--host: "lab.example/x"'],
    ['a public URL with a path', { options: { publicUrl: 'https://lab.example/x' } }, '--public-url'],
    ['an origin without a scheme', { options: { allowOrigin: ['lab.example'] } }, '--allow-origin: "lab.example"'],
    ['one wrong network of two', { environment: { THINGWRIGHT_TRUSTED_PROXIES: '::1,10.0.0.0/33' } }, '"10.0.0.0/33"'],
    ['an unknown log level', { options: { logLevel: 'loud' } }, 'trace, debug, info'],
    ['a truth that is none', { environment: { THINGWRIGHT_DEMO: 'maybe' } }, 'THINGWRIGHT_DEMO: "maybe"'],
    ['TLS without a certificate', { options: { tlsPort: '8443' } }, '--tls-cert'],
    ['TLS of an unknown kind', { options: { tls: 'signed' } }, '--tls: "signed"'],
    ['a certificate of its own beside another', { options: { tls: 'self-signed', tlsCert: 'a.pem' } }, '--tls:'],
    ['no connections', { options: { maxConnections: '0' } }, '--max-connections: "0"'],
    [
      'a certificate that is not there',
      { options: { tlsPort: '0', tlsCert: '/none', tlsKey: '/none' } },
      '--tls-cert: "/none"',
    ],
    [
      'a database that is not supported',
      { environment: { THINGWRIGHT_DATABASE_URL: 'mysql://ada:hush@x/y' } },
      'THINGWRIGHT_DATABASE_URL: its value is not a URL such as postgres://',
    ],
    ['a file that is not there', { options: { config: '/none' } }, '--config: "/none"'],
  ];
  for (const [what, sources, words] of refused) {
    it(`refuses ${what}, and names it`, async () => {
      expect((await refusal(readConfiguration(sources))).detail).to.include(words);
    });
  }

  for (const [what, content, words] of [
    ['that is not JSON', '{', 'not JSON'],
    ['that holds a list', '[]', 'a JSON object is needed'],
    ['with an unknown setting', '{"prot": 1}', "no setting 'prot'"],
    ['with a wrong value', '{"port": "x"}', 'port: "x"'],
    ['with a number for a text', '{"host": 5}', 'host: 5'],
  ] as const) {
    it(`refuses a file ${what}, and names it`, async () => {
      await using file = await fileOf(content);
      const { detail } = await refusal(readConfiguration({ options: { config: file.path } }));
      expect(detail).to.include(words).and.include(file.path);
    });
  }

  it('shows no secret in a refusal', async () => {
    const { detail } = await refusal(readConfiguration({ environment: { THINGWRIGHT_ADMIN_TOKEN: 'pässword' } }));
    expect(detail).to.include('THINGWRIGHT_ADMIN_TOKEN').and.not.include('pässword');
  });

  it('takes no secret from the command line', async () => {
    expect(await readConfiguration({ options: { adminToken: 'seen-by-all' } })).not.to.have.property('adminToken');
  });
});

async function refusal(work: Promise<unknown>): Promise<ThingError> {
  const thrown = await work.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (!(thrown instanceof ThingError)) throw thrown;
  expect(thrown.code).to.equal('invalid');
  expect(thrown.detail).not.to.include('\n');
  return thrown;
}

async function fileOf(content: string | object): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'thingwright-'));
  const path = join(folder, 'config.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
