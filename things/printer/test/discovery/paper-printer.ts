import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { encodeAnnouncement } from '../../src/wire/announcement.js';
import { type DevicePacket, decodeDevicePacket } from '../../src/wire/device-packet.js';
import { signIdentity } from '../../src/wire/identity.js';
import type { PrinterMetadata } from '../../src/wire/metadata.js';
import { keyBytes } from '../../src/wire/rsa.js';
import type { StatusBlock } from '../../src/wire/status-block.js';
import { encodeBareTouchAnswer, encodeSignedTouchAnswer } from '../../src/wire/touch-answer.js';

const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

/** Keys are slow to make: a few are enough for all tests. */
const KEYS: readonly KeyObject[] = [newKey(), newKey(), newKey()];

/** A private key; the same for the same number. */
export const keyOf = (number: number): KeyObject => {
  const key = KEYS[number % KEYS.length];
  if (!key) throw new Error('there are keys');
  return key;
};

/** What signs identities in tests. */
export const ROOT = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });

const IDLE: StatusBlock = { time: 1_790_000_000, id: 0, progress: 0, headModule: 'N/A', errorLabel: '' };

/** A printer that only says what it would send. */
export interface PaperPrinter {
  readonly uuid: string;
  readonly master: KeyObject;
  announcement(told?: { readonly status?: Partial<StatusBlock>; readonly stamp?: string }): Buffer;
  answer(told?: Partial<PrinterMetadata>): Buffer;
}

export interface PaperOptions {
  readonly uuid?: string;
  readonly serial?: string;
  readonly version?: 1 | 2;
  readonly master?: KeyObject;
  readonly slave?: KeyObject;
  /** Default: signed by nobody, as bypass identities are. */
  readonly identify?: Buffer;
  readonly isSigned?: boolean;
}

/** A UUID that the vendor's client takes without a signature. */
export const bypassUuid = (number: number): string =>
  `ffffffff-ffff-ffff-0000-${number.toString(16).padStart(12, '0')}`;

export function paperPrinter(options: PaperOptions = {}): PaperPrinter {
  const { uuid = bypassUuid(1), serial = 'XXXXXXXXXX', version = 1 } = options;
  const { master = keyOf(0), slave = keyOf(1), isSigned = false } = options;
  const masterKey = keyBytes(master);
  const claim = { serial, uuid, masterKey };
  const identify = options.identify ?? (isSigned ? signIdentity(claim, ROOT.privateKey) : Buffer.from('0123456789'));
  const stamp = version === 1 ? '7762d54e' : '0011223344556677';
  let current = stamp;
  return {
    uuid,
    master,
    announcement({ status = {}, stamp: told = stamp } = {}) {
      current = told;
      const block = { ...IDLE, ...status };
      return version === 1
        ? encodeAnnouncement({ kind: 'announcement', version, ...claim, stamp: told, identify, status: block })
        : encodeAnnouncement({ kind: 'announcement', version, uuid, stamp: told, status: block });
    },
    answer(told = {}) {
      const metadata: PrinterMetadata = {
        serial: version === 2 ? serial : undefined,
        version: '1.7.0',
        model: 'delta-1',
        name: 'Bob',
        hasPassword: true,
        time: version === 1 ? 1_790_000_000 : undefined,
        ...told,
      };
      return version === 1
        ? encodeSignedTouchAnswer({ uuid, stamp: current, metadata, masterKey: master, slaveKey: slave })
        : encodeBareTouchAnswer({ uuid, masterKey, identify, metadata });
    },
  };
}

export const decoded = (bytes: Buffer): DevicePacket => decodeDevicePacket(bytes);
