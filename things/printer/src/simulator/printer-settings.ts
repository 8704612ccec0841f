import { createPrivateKey, generateKeyPair, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Log, ThingError } from '@thingwright/core';
import { type DeviceSettings, deviceSettings } from '@thingwright/device-link/device';
import { SERIAL_LENGTH } from '../wire/identity.js';
import { readUuid, uuidBytes } from '../wire/printer-uuid.js';

/**
 * Who a simulated printer says that it is. `rescue` and `development` are taken by the vendor's client without a signature (reference,
 * section 9.2); `signed` is signed by a root of our own, which clients have to be told of.
 */
export const IDENTITIES = ['rescue', 'development', 'signed'] as const;

/** One of {@link IDENTITIES}. */
export type IdentityKind = (typeof IDENTITIES)[number];

/** A client's key that a printer trusts. */
export interface TrustedKey {
  /** 40 hexadecimal digits. */
  readonly accessID: string;
  readonly label: string;
  /** PEM. */
  readonly key: string;
}

/** What a printer keeps when it is switched off. */
export interface PrinterMemory {
  /** One of {@link IDENTITIES}; empty before the first start. */
  readonly identity: string;
  readonly uuid: string;
  readonly serial: string;
  readonly name: string;
  /** Empty: none. */
  readonly password: string;
  /** Private RSA keys, PEM: its own for good, and that of its certificate where it is another; empty where it is not. */
  readonly masterKey: string;
  readonly certificateKey: string;
  /** The private root that has signed its identity, on P-384, PEM; empty where it is not its own. */
  readonly rootKey: string;
  readonly trusted: readonly TrustedKey[];
  readonly network: Readonly<Record<string, string>>;
  /** What `config set` has set. */
  readonly config: Readonly<Record<string, string>>;
}

/** What a printer is made with; what it has kept goes before. */
export interface FirstSettings {
  readonly identity: IdentityKind;
  readonly uuid: string | undefined;
  readonly serial: string | undefined;
  readonly name: string;
  readonly password: string;
  /** Bits of its keys. */
  readonly keyBits: number;
  /** Whether its certificate has a key of its own. */
  readonly ownCertificateKey: boolean;
}

const generate = promisify(generateKeyPair);
const FILE = 'printer.json';

/** Makes an RSA key, PEM. */
export async function makeKey(bits: number): Promise<string> {
  const { privateKey } = await generate('rsa', { modulusLength: bits });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * Opens what a printer keeps in `printer.json` of its folder; made at the first start, and held in the file before anybody hears of it.
 * @throws ThingError `invalid` if the file holds what no printer can be
 */
export async function openMemory(
  folder: string,
  first: FirstSettings,
  log: Log,
): Promise<DeviceSettings<PrinterMemory>> {
  const memory = await deviceSettings<PrinterMemory>(join(folder, FILE), NOTHING, { log });
  const { uuid, serial, name, masterKey, certificateKey } = memory.all();
  if (masterKey === '') {
    await memory.set({
      identity: first.identity,
      uuid: uuid || (first.uuid ?? newUuid(first.identity)),
      serial: serial || (first.serial ?? newSerial(first.identity)),
      name: name || first.name,
      password: first.password,
      masterKey: await makeKey(first.keyBits),
    });
  }
  if (first.ownCertificateKey && certificateKey === '')
    await memory.set({ certificateKey: await makeKey(first.keyBits) });
  checkMemory(memory.all());
  return memory;
}

const NOTHING: PrinterMemory = {
  identity: '',
  uuid: '',
  serial: '',
  name: '',
  password: '',
  masterKey: '',
  certificateKey: '',
  rootKey: '',
  trusted: [],
  network: {},
  config: {},
};

function checkMemory({ uuid, serial, masterKey, trusted }: PrinterMemory): void {
  if (!/^[!-~]+$/.test(serial) || serial.length !== SERIAL_LENGTH) {
    throw new ThingError('invalid', `The serial '${serial}' has to be ${SERIAL_LENGTH} characters of ASCII`);
  }
  if (!trusted.every((each) => typeof each.accessID === 'string' && typeof each.key === 'string')) {
    throw new ThingError('invalid', `The trusted keys in ${FILE} are none`);
  }
  try {
    uuidBytes(uuid);
    createPrivateKey(masterKey);
  } catch (cause) {
    throw new ThingError('invalid', `${FILE} holds no identity`, { cause });
  }
}

function newUuid(identity: IdentityKind): string {
  if (identity === 'signed') return randomUUID();
  const start = identity === 'rescue' ? 'ffffffffffffffff' : '3010';
  return readUuid(Buffer.from(start + randomBytes(16).toString('hex'), 'hex'));
}

function newSerial(identity: IdentityKind): string {
  if (identity === 'rescue') return 'XXXXXXXXXX';
  const digits = randomBytes(4).readUInt32LE(0) % 100_000_000;
  return `${identity === 'development' ? 'FL' : 'TW'}${String(digits).padStart(8, '0')}`;
}
