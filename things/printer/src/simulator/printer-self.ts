import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Timer } from '@thingwright/device-link';
import type { DeviceSettings } from '@thingwright/device-link/device';
import { stampOfTime } from '../wire/announcement.js';
import { signIdentity } from '../wire/identity.js';
import type { PrinterMetadata } from '../wire/metadata.js';
import { keyBytes } from '../wire/rsa.js';
import type { PrinterFaults } from './printer-fault.js';
import { makeKey, type PrinterMemory } from './printer-settings.js';

/** Who a simulated printer is, from one start to the next, and in this run. */
export interface PrinterSelf {
  readonly uuid: string;
  readonly serial: string;
  /** Private keys: its own, and that of this run. */
  readonly masterKey: KeyObject;
  readonly slaveKey: KeyObject;
  /** The signature of its identity, or what stands in its place. */
  readonly identify: Buffer;
  /** With all that either version says. */
  readonly metadata: PrinterMetadata;
  /** What changes when metadata do, in either version. */
  readonly stamps: { readonly signed: string; readonly bare: string };
  readonly memory: DeviceSettings<PrinterMemory>;
  /** Keeps changes; resolves when they are in the file. */
  change(changes: Partial<PrinterMemory>): Promise<void>;
}

/** What a printer says of itself that no client can change. */
export interface PrinterParts {
  readonly model: string;
  readonly version: string;
  /** Private, on P-384; undefined: nobody has signed its identity. */
  readonly root: KeyObject | undefined;
  readonly timer: Timer;
  readonly faults: PrinterFaults;
}

/** Bits of the key of a run. */
const SLAVE_BITS = 1024;
/** Bytes in place of a signature, and of the tag of version 2. */
const PLACEHOLDER_BYTES = 10;
const TAG_BYTES = 8;
/** Seconds by which a stamp moves on: twice its step, so that it is seen (reference, section 2.11). */
const STAMP_STEP = 256;

/** Wakes a printer up with what it has kept. */
export async function printerSelf(memory: DeviceSettings<PrinterMemory>, parts: PrinterParts): Promise<PrinterSelf> {
  const { model, version, root, timer, faults } = parts;
  const { uuid, serial, masterKey: kept } = memory.all();
  const masterKey = createPrivateKey(kept);
  let time = Math.floor(timer.now() / 1000);
  let stamps = { signed: stampOfTime(time), bare: randomBytes(TAG_BYTES).toString('hex') };

  return {
    uuid,
    serial,
    memory,
    masterKey,
    slaveKey: createPrivateKey(await makeKey(SLAVE_BITS)),
    identify: root
      ? signIdentity({ uuid, serial, masterKey: keyBytes(masterKey) }, root)
      : randomBytes(PLACEHOLDER_BYTES),
    get metadata() {
      const { name, password } = memory.all();
      return { serial, version, model, name, hasPassword: password !== '', time: Math.floor(timer.now() / 1000) };
    },
    get stamps() {
      return stamps;
    },
    async change(changes) {
      await memory.set(changes);
      if (faults.has('frozenStamp') || !('name' in changes || 'password' in changes)) return;
      time += STAMP_STEP;
      stamps = { signed: stampOfTime(time), bare: randomBytes(TAG_BYTES).toString('hex') };
    },
  };
}
