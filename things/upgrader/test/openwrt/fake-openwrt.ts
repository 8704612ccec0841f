import { ThingError } from '@thingwright/core';
import { systemTimer } from '@thingwright/device-link';
import { type DriverImage, type OpenWrtAccess, openWrtDriver, type Shell } from '../../src/index.js';
import { uuid } from '../fixture.js';

/** An OpenWrt device that is a few variables and answers commands. */
export interface FakeOpenWrt {
  readonly access: { -readonly [K in keyof OpenWrtAccess]: OpenWrtAccess[K] };
  readonly driver: ReturnType<typeof openWrtDriver>;
  readonly device: string;
  readonly image: DriverImage;
  /** Commands in their order, without the reading of the boot id. */
  readonly commands: string[];
  /** What the connection was reported to be; null: it works. */
  readonly tried: (string | null)[];
  uuid: string;
  checksum: string | undefined;
  /** Of memory, in KiB: at first, and once services are stopped. */
  memory: { before: number; after: number; name: string };
  /** Answers of commands by how they begin. */
  readonly answers: Map<string, { code: number | null; output: string }>;
  boot: number;
  flashes: number;
  uploads: number;
  isGone: boolean;
  /** Whether it comes back after it was flashed. */
  comesBack: boolean;
  addresses: readonly string[];
  /** The only address where it is. */
  address: string;
  readonly credentials: string[];
}

const SHA256 = 'ab'.repeat(32);

/** Makes a device that can be upgraded, and its driver, for which no time passes. */
export function fakeOpenWrt(): FakeOpenWrt {
  const device = uuid(1, '3');
  const files = new Set<string>();
  let areStopped = false;

  const answer = (command: string): { code: number | null; output: string } => {
    const known = [...fake.answers].find(([start]) => command.startsWith(start));
    if (command.startsWith('/sbin/sysupgrade -v')) return known?.[1] ?? flashed();
    if (known) return known[1];
    if (command === 'uci get openwisp.http.uuid') return { code: 0, output: fake.uuid };
    if (command.startsWith('test -f /etc/openwisp')) return { code: fake.checksum === undefined ? 1 : 0, output: '' };
    if (command.startsWith('cat /etc/openwisp')) return { code: 0, output: fake.checksum ?? '' };
    if (command.startsWith('cat /proc/meminfo')) {
      return { code: 0, output: `${fake.memory.name}:    ${areStopped ? fake.memory.after : fake.memory.before} kB` };
    }
    if (command.includes('/etc/init.d/')) areStopped = command.endsWith('stop');
    if (command.startsWith('! sha256sum /tmp/*'))
      return { code: files.size > 0 && command.endsWith(SHA256) ? 1 : 0, output: '' };
    if (command.startsWith('test ! -e')) return { code: files.has(command) ? 1 : 0, output: '' };
    if (command.startsWith('mkdir -p')) fake.checksum = /echo (\w+)/.exec(command)?.[1];
    return { code: 0, output: '' };
  };
  const flashed = () => {
    fake.flashes++;
    fake.boot++;
    files.clear();
    if (!fake.comesBack) fake.isGone = true;
    return { code: null, output: 'Commencing upgrade' };
  };

  const shell: Shell = {
    async run(command, { signal } = {}) {
      if (signal?.aborted) throw new ThingError('aborted', 'It was to stop');
      if (command.includes('boot_id')) return { code: 0, output: `boot-${fake.boot}` };
      fake.commands.push(command);
      if (fake.isGone) throw new ThingError('disconnected', 'the connection was lost');
      return answer(command);
    },
    async upload(path, content, { progress }) {
      fake.uploads++;
      const failure = fake.answers.get('upload');
      if (failure) throw new ThingError('disconnected', failure.output);
      let bytes = 0;
      for await (const chunk of content) {
        bytes += chunk.length;
        progress(bytes);
      }
      files.add(`test ! -e '${path}'`);
    },
    close() {},
  };

  const access: FakeOpenWrt['access'] = {
    addresses: async () => fake.addresses,
    credentials: async () => fake.credentials.map((name) => ({ name, username: 'root' })),
    hostKey: async () => undefined,
    pin: async () => undefined,
    tried: (_device, reason) => void fake.tried.push(reason),
  };
  const fake: FakeOpenWrt = {
    access,
    device,
    driver: openWrtDriver({
      access,
      timer: { ...systemTimer, after: (_milliseconds, task) => systemTimer.after(0, task) },
      async open({ address, credentials }) {
        if (fake.isGone || address !== fake.address || credentials.name.startsWith('wrong')) {
          throw new ThingError('disconnected', credentials.name.startsWith('wrong') ? 'refused' : '');
        }
        return shell;
      },
    }),
    image: {
      fileName: 'image.bin',
      size: 10_485_760,
      sha256: SHA256,
      version: '2.0',
      os: null,
      signature: null,
      async read() {
        return (async function* () {
          for (let i = 0; i < 10; i++) yield Buffer.alloc(1_048_576);
        })();
      },
    },
    commands: [],
    tried: [],
    uuid: device.toUpperCase().replaceAll('-', ''),
    checksum: undefined,
    memory: { before: 100_000, after: 100_000, name: 'MemAvailable' },
    answers: new Map(),
    boot: 1,
    flashes: 0,
    uploads: 0,
    isGone: false,
    comesBack: true,
    addresses: ['192.0.2.1'],
    address: '192.0.2.1',
    credentials: ['the key'],
  };
  return fake;
}
