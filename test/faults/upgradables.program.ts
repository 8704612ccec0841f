/**
 * Upgradable devices in a process of their own, true clients of the wire of devices that dial in. Each time that one is told to
 * install is a line in a file, written before anything else, so that it is counted also if this process is killed in the middle.
 */
import { appendFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@thingwright/line-cuts';
import { simulateUpgradable, UPGRADABLE_FAULTS, type UpgradableFault } from '@thingwright/upgrader/simulator';
import { Parse } from 'typebox/value';
import { obey } from '../line-cuts/faults/obey.js';
import { FLASHES, Opening } from './upgradables-messages.js';

/** Milliseconds. */
const TIMES = { installTime: 300, bootTime: 300, backOff: { minimum: 50, maximum: 250 } } as const;
/** How often a device cannot write its image, and how often that does not start. */
const FAILS: Readonly<Partial<Record<UpgradableFault, number>>> = { install: 0.03, rollback: 0.03 };

obey({
  async open(input) {
    const { url, folder, devices, seed } = Parse(Opening, input);
    const random = createRandom(seed, 0);
    for (const { name, token } of devices) {
      const own = join(folder, name);
      await mkdir(own, { recursive: true });
      await simulateUpgradable({
        ...TIMES,
        url,
        name,
        token,
        folder: own,
        model: 'Model X',
        fault(version) {
          appendFileSync(join(own, FLASHES), `${version}\n`);
          return UPGRADABLE_FAULTS.find((fault) => random() < (FAILS[fault] ?? 0));
        },
      });
    }
  },
});
