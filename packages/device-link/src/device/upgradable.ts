import { createPublicKey, verify } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { silent, ThingError } from '@thingwright/core';
import { systemTimer } from '../timer.js';
import {
  type LastUpgrade,
  manifestText,
  readUpgradeOrder,
  type UpgradableState,
  type UpgradeNews,
  type UpgradeOrder,
} from '../upgrade-messages.js';
import { deviceSettings } from './device-settings.js';
import { type Dial, type DialOptions, dialIn } from './dial-in.js';
import { download } from './download.js';

/** An image that was checked. */
export interface PreparedImage {
  readonly upgrade: string;
  readonly file: string;
  readonly version: string;
  readonly sha256: string;
  /** How it is to be installed, for example `['-c']`. */
  readonly flags: readonly string[];
}

/** A device that can be upgraded, and what it does to install an image. */
export interface UpgradableOptions
  extends Pick<DialOptions, 'name' | 'token' | 'log' | 'signal' | 'backOff' | 'timer'> {
  /** Its door: `ws://` or `wss://`, with the path. Images come from the same server over `http://` or `https://`. */
  readonly url: string;
  /** What runs now. `bootID` is another one with each boot. */
  readonly firmware: {
    readonly version: string;
    readonly bootID: string;
    readonly model?: string;
    readonly os?: string;
  };
  /** Where images and the file `upgrades.json` are kept; it is made. */
  readonly folder: string;
  /** Whose signatures are trusted: Ed25519 public keys by their ids, PEM. None: signatures are not asked for. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Writes an image to where it boots from. What it throws is told; the device goes on with what it has. */
  install(image: PreparedImage): Promise<void>;
  /** Boots what was installed. */
  reboot(image: PreparedImage): void;
}

/** A device at work that can be upgraded. Disposing says goodbye; what was got of an image stays. */
export interface Upgradable extends AsyncDisposable {
  readonly dial: Dial;
}

interface Memory {
  /** SHA-256 of the image that runs. */
  running: string | null;
  installing: {
    readonly upgrade: string;
    readonly sha256: string;
    readonly version: string;
    readonly bootID: string;
  } | null;
  last: LastUpgrade | null;
}

/** Times that a download goes on where it broke off, and milliseconds before each. */
const RETRIES = 5;
const PAUSE = 2000;

/**
 * A device's own half of its upgrades: gets images in ranges and goes on where one broke off, checks size, digest and signature, has them
 * installed, and tells after the reboot what came of it. What it has to remember is in a file that a person can read.
 */
export async function upgradable(options: UpgradableOptions): Promise<Upgradable> {
  const { folder, firmware, keys = {}, log = silent, timer = systemTimer, token } = options;
  await mkdir(folder, { recursive: true });
  const defaults: Memory = { running: null, installing: null, last: null };
  const memory = await deviceSettings<Memory>(join(folder, 'upgrades.json'), defaults, { log });
  await rememberBoot();
  let work: { readonly upgrade: string; readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  let prepared: PreparedImage | undefined;

  /** What came of the boot that an upgrade asked for. */
  async function rememberBoot(): Promise<void> {
    const { installing } = memory.all();
    if (!installing) return;
    const { upgrade, sha256, version, bootID } = installing;
    const outcome = firmware.bootID === bootID ? 'failed' : firmware.version === version ? 'installed' : 'rolledBack';
    const reason = {
      failed: 'The device was not rebooted',
      installed: null,
      rolledBack: `It runs ${firmware.version}`,
    };
    const last = { upgrade, outcome, reason: reason[outcome] } as const;
    await memory.set({ installing: null, last, ...(outcome === 'installed' ? { running: sha256 } : {}) });
    await rm(join(folder, `${sha256}.bin`), { force: true });
  }

  const tell = (news: UpgradeNews): void => void dial.send(news);
  const state = (): UpgradableState => {
    const { version, bootID, model = null, os = null } = firmware;
    const { running, installing, last } = memory.all();
    return {
      type: 'state',
      version,
      bootID,
      model,
      os,
      sha256: running,
      installing: installing?.upgrade ?? null,
      last,
    };
  };

  const checkSignature = ({ signature, manifest }: Prepare): void => {
    if (Object.keys(keys).length === 0) return;
    if (!signature) throw new ThingError('forbidden', 'The image is not signed');
    const key = keys[signature.keyID];
    if (key === undefined)
      throw new ThingError('forbidden', `The image is signed by '${signature.keyID}', who is not trusted`);
    const isGood = verify(
      null,
      Buffer.from(manifestText(manifest)),
      createPublicKey(key),
      Buffer.from(signature.value, 'base64'),
    );
    if (!isGood) throw new ThingError('forbidden', 'The signature of the image is wrong');
  };

  const pause = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        stop();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const stop = timer.after(PAUSE, done);
      signal.addEventListener('abort', done, { once: true });
    });

  const fetchImage = async ({ upgrade, path, manifest }: Prepare, signal: AbortSignal): Promise<string> => {
    const { sha256, size } = manifest;
    const part = join(folder, `${sha256}.part`);
    let told = -1;
    const progress = (bytes: number) => {
      const percent = size === 0 ? 100 : Math.floor((bytes * 100) / size);
      if (percent !== told) tell({ type: 'progress', upgrade, percent });
      told = percent;
    };
    const file = join(folder, `${sha256}.bin`);
    // It was prepared before, and cannot be trusted without a look.
    await rename(file, part).catch(() => undefined);
    const server = new URL(options.url.replace(/^ws/, 'http'));
    const { href: url, origin } = new URL(path, server);
    // The token is for nobody else.
    if (origin !== server.origin) throw new ThingError('forbidden', `The image is not on the server, but at ${origin}`);
    for (let attempt = 0; ; attempt++) {
      try {
        await download({ url, token, file: part, size, sha256, signal, progress });
        break;
      } catch (error) {
        if (signal.aborted || attempt === RETRIES || !isPassing(error)) throw error;
        log.info({ upgrade, error: error instanceof Error ? error.message : error }, 'an image broke off; it goes on');
        await pause(signal);
      }
    }
    await rename(part, file);
    return file;
  };

  const prepare = async (order: Prepare, signal: AbortSignal): Promise<void> => {
    const { upgrade, manifest, flags } = order;
    try {
      if (memory.get('running') === manifest.sha256) {
        tell({ type: 'notNeeded', upgrade });
        return;
      }
      checkSignature(order);
      const isThere = prepared?.sha256 === manifest.sha256;
      const file = isThere && prepared ? prepared.file : await fetchImage(order, signal);
      prepared = { upgrade, file, version: manifest.version, sha256: manifest.sha256, flags };
      tell({ type: 'prepared', upgrade });
    } catch (error) {
      if (signal.aborted) {
        await rm(join(folder, `${manifest.sha256}.part`), { force: true });
        tell({ type: 'cancelled', upgrade });
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ upgrade, reason }, 'an image was refused');
      tell({ type: 'refused', upgrade, reason, isRecoverable: isPassing(error) || isBroken(error) });
    }
  };

  const install = async (image: PreparedImage): Promise<void> => {
    const { upgrade, sha256, version } = image;
    tell({ type: 'installing', upgrade });
    // First of all: what is not remembered could be done twice.
    await memory.set({ installing: { upgrade, sha256, version, bootID: firmware.bootID } });
    try {
      await options.install(image);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await memory.set({ installing: null, last: { upgrade, outcome: 'failed', reason } });
      tell({ type: 'failed', upgrade, reason });
      return;
    }
    options.reboot(image);
  };

  const begin = (upgrade: string, run: (signal: AbortSignal) => Promise<void>): void => {
    const stop = new AbortController();
    const done = run(stop.signal)
      .catch((error: unknown) => log.error({ upgrade, error }, 'an upgrade could not go on'))
      .finally(() => {
        if (work?.done === done) work = undefined;
      });
    work = { upgrade, stop, done };
  };

  const cancel = async (upgrade: string): Promise<void> => {
    const running = work;
    if (running?.upgrade === upgrade && prepared?.upgrade !== upgrade) {
      running.stop.abort();
      await running.done;
      return;
    }
    if (memory.get('installing')) return;
    if (prepared?.upgrade === upgrade) await rm(prepared.file, { force: true });
    if (prepared?.upgrade === upgrade) prepared = undefined;
    tell({ type: 'cancelled', upgrade });
  };

  const obey = (text: string): void => {
    const order = readUpgradeOrder(text);
    if (!order) return;
    const { upgrade } = order;
    if (order.type === 'cancel') {
      void cancel(upgrade).catch((error: unknown) => log.error({ upgrade, error }, 'a cancel failed'));
    } else if (order.type === 'install') {
      const { installing, last } = memory.all();
      const ready = prepared;
      if (installing || last?.upgrade === upgrade || ready?.upgrade !== upgrade) tell(state());
      else if (work === undefined) begin(upgrade, () => install(ready));
    } else if (work?.upgrade !== upgrade) {
      work?.stop.abort();
      begin(upgrade, (signal) => prepare(order, signal));
    }
  };

  const dial = dialIn({ ...options, onCommand: obey });
  const connected = dial.state.subscribe(({ state: is }) => {
    if (is === 'OPEN') tell(state());
  });

  return {
    dial,
    async [Symbol.asyncDispose]() {
      connected.unsubscribe();
      work?.stop.abort();
      await work?.done;
      await dial[Symbol.asyncDispose]();
    },
  };
}

type Prepare = Extract<UpgradeOrder, { readonly type: 'prepare' }>;

const isPassing = (error: unknown): boolean => error instanceof ThingError && error.code === 'unavailable';
/** It came as something else than was sent: the next time it may be right. */
const isBroken = (error: unknown): boolean => error instanceof ThingError && error.code === 'invalid';
