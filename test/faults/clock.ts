import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isMembers } from '@thingwright/core';
import { ask } from './gateway-requests.js';
import { reportOf, type Scenario } from './scenario.js';
import { World } from './world.js';

/** Milliseconds of load at each time. */
const LOAD = 2000;
const HOUR = 3_600_000;

/** Sets the clock of a gateway at work back by an hour, kills it, and sets the clock right again. */
export const clock: Scenario = async (options) => {
  const file = join(options.folder, 'clock-shift');
  await using world = await World.open({
    ...options,
    name: 'clock',
    environment: { FAULTS_CLOCK: file },
    preload: new URL('shifted-clock.js', import.meta.url).href,
  });
  const loaded = async (): Promise<void> => {
    world.begin();
    await pause(LOAD);
    await world.rest();
    await world.look();
  };
  await loaded();
  await writeFile(file, String(-HOUR));
  await loaded();
  const shown = await offsetOf(world);
  if (Math.abs(shown + HOUR) > HOUR / 2) world.tally.violate(`the clock of the gateway is off by ${shown} ms only`);
  world.begin();
  await pause(LOAD / 2);
  await world.killAndStart();
  await world.look();
  await world.everybodyIsThere();
  await loaded();
  await writeFile(file, '0');
  await loaded();
  const readers = await world.compareReaders();
  await checkTimes(world);
  const { tally, gateway } = world;
  const figures = [`cut or refused: ${JSON.stringify(world.failures)}`];
  return [reportOf({ scenario: 'clock back', runs: 2, figures }, { tally, readers, starts: gateway.starts })];
};

/** By how many milliseconds the clock of the gateway is ahead of ours: when it says that it heard of a device last. */
async function offsetOf({ gateway, token }: World): Promise<number> {
  const url = `${gateway.url}/things/station-0/properties/connection`;
  const { body } = await ask(url, { authorization: `Bearer ${token}` });
  return Date.parse(String(body.lastSeen)) - Date.now();
}

/** Times rise from each change to the next, and so do ids, which are made of them. */
async function checkTimes({ gateway, token, tally, stations }: World): Promise<void> {
  for (const number of stations.keys()) {
    const url = `${gateway.url}/things/station-${number}/history/gridPower?limit=10000`;
    const { body } = await ask(url, { authorization: `Bearer ${token}` });
    const items: readonly unknown[] = Array.isArray(body.items) ? body.items : [];
    const times = items.map((item) => (isMembers(item) ? String(item.time) : ''));
    const values = items.map((item) => (isMembers(item) ? Number(item.value) : Number.NaN));
    const rise = (all: readonly (string | number)[]): boolean =>
      all.every((one, index) => index === 0 || one > (all[index - 1] ?? ''));
    if (times.length === 0 || !rise(times)) tally.violate(`the times of station ${number} do not rise`);
    if (!values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0))) {
      tally.violate(`the history of station ${number} is out of order`);
    }
  }
}
