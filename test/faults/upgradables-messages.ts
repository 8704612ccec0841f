import * as t from 'typebox';

/** The file of a device in which each line is the version that it was told to install. */
export const FLASHES = 'flashes.txt';

/** The devices of a process. */
export const Opening = t.Object({
  url: t.String(),
  /** Each device has a folder of its own in it. */
  folder: t.String(),
  devices: t.Array(t.Object({ name: t.String(), token: t.String() })),
  seed: t.Integer(),
});
/** One {@link Opening}. */
export type Opening = t.Static<typeof Opening>;
