import { ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { type HardwareType, type ImageKeys, imageKey, type OpenWrtDriverOptions } from '@thingwright/upgrader';
import * as t from 'typebox';
import { bytes, type Given, list, number, readText, refuse } from '../setting.js';

/** How firmware is upgraded. */
export interface UpgraderSetting {
  /** Upgrades that are worked on at once; absent: what the engine says. */
  readonly upgradeConcurrency?: number;
  /** Bytes of an image; absent: what the API says. */
  readonly maxImageSize?: number;
  /** The types of hardware that images are made for. */
  readonly hardware?: readonly HardwareType[];
  /** Only images that are signed with one of these keys are taken; absent: all are. */
  readonly imageKeys?: ImageKeys;
  /** How OpenWrt devices are worked on; absent: what the driver says. */
  readonly openWrt?: Omit<OpenWrtDriverOptions, 'access' | 'name'>;
}

const Hardware = t.Array(
  t.Object({
    key: t.String({ minLength: 1, maxLength: 128 }),
    label: t.String({ minLength: 1, maxLength: 128 }),
    boards: t.Array(t.String({ minLength: 1, maxLength: 128 }), { minItems: 1 }),
    anyFormat: t.Optional(t.Boolean()),
  }),
);
const hardwareCheck = compileCheck(Hardware);
const isHardware = (value: unknown): value is t.Static<typeof Hardware> => hardwareCheck.fits(value);

const count = number({ least: 1, most: 10_000, what: 'a count from 1 to 10000' });

/**
 * Reads the settings of the upgrader; `hardware` is the path of a JSON file, each of `imageKey` an id and the path of a PEM file. @throws ThingError `invalid` that names
 * what will not do.
 */
export async function readUpgraderSetting(given: {
  readonly concurrency: Given | undefined;
  readonly maxImageSize: Given | undefined;
  readonly hardware: Given | undefined;
  readonly imageKey: Given | undefined;
}): Promise<UpgraderSetting> {
  const { concurrency, maxImageSize, hardware, imageKey: keys } = given;
  return {
    ...(concurrency ? { upgradeConcurrency: count(concurrency) } : {}),
    ...(maxImageSize ? { maxImageSize: bytes(maxImageSize) } : {}),
    ...(hardware ? { hardware: await readHardware(hardware) } : {}),
    ...(keys ? { imageKeys: await readKeys(keys) } : {}),
  };
}

async function readHardware(given: Given): Promise<readonly HardwareType[]> {
  let types: unknown;
  try {
    types = JSON.parse(await readText(given));
  } catch (error) {
    if (error instanceof ThingError) throw error;
    return refuse(given, 'not JSON');
  }
  if (!isHardware(types)) return refuse(given, 'not a list of { key, label, boards }');
  return types;
}

const keyFiles = list((value) => /^[\w.-]{1,64}=./.test(value), 'an id and a file such as release=release.pem');

async function readKeys(given: Given): Promise<ImageKeys> {
  const keys: Map<string, ReturnType<typeof imageKey>> = new Map();
  for (const item of keyFiles(given)) {
    const [id = '', path] = item.split(/=(.*)/s);
    if (keys.has(id)) refuse({ ...given, value: id }, 'the id of two keys');
    const pem = await readText({ ...given, value: path });
    try {
      keys.set(id, imageKey(pem));
    } catch (error) {
      if (!(error instanceof ThingError)) throw error;
      refuse({ ...given, value: path }, `no public key of Ed25519: ${error.detail}`);
    }
  }
  return keys;
}
