import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '@thingwright/core';
import { manifestText, systemTimer } from '@thingwright/device-link';
import { type PreparedImage, type Upgradable, upgradable } from '@thingwright/device-link/device';
import { openListener } from '@thingwright/listener';
import { filter, firstValueFrom, NEVER } from 'rxjs';
import { type DriverImage, type UpgradableDevices, upgradableDevices } from '../../src/index.js';
import { uuid } from '../fixture.js';

/** The device, and the key that its images are signed with. */
export const DEVICE = uuid(1, '3');
const NAME = 'pump';
const TOKEN = 'pump-token-1234567890';

/** A device that dials in over a real connection, and the door that it finds. */
export interface DialInWorld extends AsyncDisposable {
  readonly devices: UpgradableDevices;
  readonly image: DriverImage;
  readonly url: string;
  readonly folder: string;
  readonly installed: PreparedImage[];
  /** What it runs; it boots with it. */
  version: string;
  /** What `install` throws next. */
  refusal: string | undefined;
  /** Waited for in the middle of an installation. */
  onInstall: () => Promise<void>;
  /** Whether what is installed does not start. */
  isBroken: boolean;
  /** Asked before bytes of an image are read: throws to break it off. */
  onRead: (start: number) => void;
  /** Bytes that were read so far. */
  read: number;
  boot(): Promise<void>;
  /** Ends it without a word. */
  halt(): Promise<void>;
  there(isThere: boolean): Promise<void>;
}

/** How a DialInWorld is made. */
export interface DialInWorldOptions {
  readonly bytes?: Buffer;
  /** Whether the device asks for signatures. */
  readonly isSigned?: boolean;
  /** What the image says of itself is this. */
  readonly claimed?: Partial<DriverImage>;
}

const signed = (key: KeyObject, manifest: Parameters<typeof manifestText>[0]) => ({
  keyID: 'release',
  value: sign(null, Buffer.from(manifestText(manifest)), key).toString('base64'),
});

/** Makes a DialInWorld; the device is there. */
export async function dialInWorld(options: DialInWorldOptions = {}): Promise<DialInWorld> {
  const { bytes = Buffer.alloc(300_000, 'firmware '), isSigned = false, claimed = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'upgradable-'));
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const manifest = { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, version: '2.0' };
  const verify = (name: string, token: string) =>
    name === NAME && token === TOKEN ? { name, id: `urn:uuid:${DEVICE}` } : undefined;
  const listener = openListener({ port: 0 }, { authenticate: () => undefined });
  const devices = upgradableDevices({
    identities: { verify, revocations: NEVER },
    log: silent,
    timer: systemTimer,
    deviceOf: (name) => (name === NAME ? DEVICE : undefined),
  });
  const door = devices.open(listener);
  await listener.listen();
  let device: Upgradable | undefined;
  let boots = 0;

  const there = async (isThere: boolean): Promise<void> => {
    if ((devices.links.state(DEVICE) !== undefined) === isThere) return;
    await firstValueFrom(
      devices.links.changes.pipe(filter(() => (devices.links.state(DEVICE) !== undefined) === isThere)),
    );
  };
  const world: DialInWorld = {
    devices,
    url: listener.url,
    folder,
    installed: [],
    version: '1.0',
    refusal: undefined,
    onInstall: async () => {},
    isBroken: false,
    onRead: () => {},
    read: 0,
    image: {
      fileName: 'image.bin',
      ...manifest,
      os: null,
      signature: isSigned ? signed(privateKey, manifest) : null,
      async read({ start = 0, end = bytes.length } = {}) {
        return (async function* () {
          for (let at = start; at < end; at += 65_536) {
            world.onRead(at);
            const part = bytes.subarray(at, Math.min(end, at + 65_536));
            world.read += part.length;
            yield part;
          }
        })();
      },
      ...claimed,
    },
    async boot() {
      boots++;
      const own = await upgradable({
        url: `${listener.url.replace('http', 'ws')}/ws/upgradable/${NAME}`,
        name: NAME,
        token: TOKEN,
        folder,
        firmware: { version: world.version, bootID: `boot-${boots}` },
        keys: isSigned ? { release: publicKey.export({ type: 'spki', format: 'pem' }).toString() } : {},
        backOff: { minimum: 10, maximum: 20 },
        timer: { ...systemTimer, after: (_milliseconds, task) => systemTimer.after(5, task) },
        async install(image) {
          const { refusal } = world;
          world.refusal = undefined;
          if (refusal !== undefined) throw new Error(refusal);
          await world.onInstall();
          world.installed.push(image);
          if (!world.isBroken) world.version = image.version;
        },
        reboot() {
          void own[Symbol.asyncDispose]().then(() => world.boot());
        },
      });
      device = own;
    },
    async halt() {
      await device?.[Symbol.asyncDispose]();
      await there(false);
    },
    there,
    async [Symbol.asyncDispose]() {
      await device?.[Symbol.asyncDispose]();
      await door[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await world.boot();
  await there(true);
  return world;
}
