import { ThingError } from '@thingwright/core';
import * as t from 'typebox';

/** How an image is installed: flags of `sysupgrade`, all optional (reference, section 7.2). */
export const UpgradeOptions = t.Object(
  {
    c: t.Optional(t.Boolean({ default: true, description: 'Keep all changed files of the configuration directory.' })),
    o: t.Optional(t.Boolean({ description: 'Keep all changed files of the whole system; not with n.' })),
    n: t.Optional(t.Boolean({ description: 'Keep no configuration; not with o or c.' })),
    u: t.Optional(t.Boolean({ description: 'Skip files equal to those in ROM when backing up.' })),
    p: t.Optional(t.Boolean({ description: 'Do not restore the partition table.' })),
    k: t.Optional(t.Boolean({ description: 'Store the list of installed packages in the backup.' })),
    F: t.Optional(t.Boolean({ description: 'Flash although checks of the image fail. Dangerous.' })),
  },
  { additionalProperties: false },
);

/** See {@link UpgradeOptions}. The order of its members is that of the flags. */
export type UpgradeOptions = t.Static<typeof UpgradeOptions>;

const KEYS: ReadonlySet<string> = new Set(Object.keys(UpgradeOptions.properties));

/** Options as asked for, with what holds where nothing was said: `c`, unless `n` says that nothing is kept. */
export function completeOptions(asked: UpgradeOptions): UpgradeOptions {
  return asked.c === undefined && asked.n !== true ? { ...asked, c: true } : asked;
}

/**
 * Tells whether a value can be the options of an upgrade, and gives them back complete.
 * @throws ThingError `invalid` in the words of the reference (section 4.2).
 */
export function checkOptions(value: unknown): UpgradeOptions {
  if (!areOptions(value)) throw new ThingError('invalid', 'The upgrade options are invalid');
  const options = completeOptions(value);
  for (const other of ['o', 'c'] as const) {
    if (options.n === true && options[other] === true) {
      throw new ThingError('invalid', `The "-n" and "-${other}" options cannot be used together`);
    }
  }
  return options;
}

function areOptions(value: unknown): value is UpgradeOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, flag]) => KEYS.has(key) && typeof flag === 'boolean');
}

/** The flags of the command, for example `['-c', '-F']`, in the order in which they were given. */
export const flagsOf = (options: UpgradeOptions): readonly string[] =>
  Object.entries(completeOptions(options)).flatMap(([key, isSet]) => (isSet ? [`-${key}`] : []));
