import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isMembers } from '@thingwright/core';
import { ask } from './gateway-requests.js';
import { reportOutage, watchOutage } from './outage.js';
import type { Scenario } from './scenario.js';
import { World } from './world.js';

const execute = promisify(execFile);
/** Milliseconds of load before. */
const LOAD = 2000;
/** Milliseconds until the last room that files still have is used up. */
const PATIENCE = 60_000;

/** Fills the disk of a gateway at work, and makes room again after a while; then kills the gateway once. */
export const disk: Scenario = async (options) => {
  const scenario = 'disk full';
  const place = join(options.folder, 'disk');
  await mkdir(place);
  const missing = await mount(place);
  if (missing !== undefined) return [{ scenario, skipped: missing }];
  await using _mounted = { [Symbol.asyncDispose]: () => unmount(place) };
  await using world = await World.open({ ...options, name: 'disk', data: join(place, 'data') });
  const ballast = join(place, 'ballast');
  world.begin();
  await pause(LOAD / 4);
  await untilFull(world, ballast);
  const milliseconds = options.short ? 4000 : 15_000;
  const outage = await watchOutage(world, { milliseconds, each: () => fill(ballast) });
  await rm(ballast);
  return [await reportOutage(world, outage, scenario)];
};

/** Mounts a small disk; why not, if it cannot. */
async function mount(place: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root may mount a small disk (tmpfs)';
  try {
    await execute('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'thingwright-faults', place]);
    return undefined;
  } catch (error) {
    return `a small disk (tmpfs) cannot be mounted: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function unmount(place: string): Promise<void> {
  await execute('umount', [place]);
}

/** Uses up what room there is. */
async function fill(ballast: string): Promise<void> {
  const file = await open(ballast, 'a');
  try {
    for (let size = 1_048_576; size >= 4096; ) {
      try {
        const { bytesWritten } = await file.write(Buffer.alloc(size, 1));
        if (bytesWritten < size) size /= 4;
      } catch (error) {
        if (!isMembers(error) || error.code !== 'ENOSPC') throw error;
        size /= 4;
      }
    }
  } finally {
    await file.close();
  }
}

/** A database has room in its files that no other file can take; that has to be used up first. */
async function untilFull({ gateway, token, tally }: World, ballast: string): Promise<void> {
  const limit = performance.now() + PATIENCE;
  for (;;) {
    await fill(ballast);
    const { status } = await ask(`${gateway.url}/readyz`, { authorization: `Bearer ${token}` });
    if (status === 503) return;
    if (performance.now() > limit) return tally.violate('the disk was full, and nobody noticed');
    await pause(50);
  }
}
