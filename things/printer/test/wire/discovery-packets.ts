import { generateKeyPairSync } from 'node:crypto';
import type { PrinterMetadata } from '../../src/wire/metadata.js';
import type { StatusBlock } from '../../src/wire/status-block.js';

/** Who the device of these tests is. Its keys are made once: an RSA key takes a while. */
export const UUID = 'ffffffff-ffff-ffff-0011-223344556677';
export const SERIAL = 'XXXXXXXXXX';
export const master = generateKeyPairSync('rsa', { modulusLength: 1024 });
export const slave = generateKeyPairSync('rsa', { modulusLength: 1024 });
export const root = generateKeyPairSync('ec', { namedCurve: 'P-384' });

export const RUNNING: StatusBlock = {
  time: 1_790_000_000.5,
  id: 16,
  progress: 0.25,
  headModule: 'EXTRUDER',
  errorLabel: '',
};

export const METADATA: PrinterMetadata = {
  serial: undefined,
  version: '1.7.0',
  model: 'delta-1',
  name: 'Bob',
  hasPassword: true,
  time: 1_790_000_000,
};
