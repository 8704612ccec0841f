/** Adds upgrades and campaigns, changes and removes them, several at once, and says what is kept, until it is killed. */
import { randomUUID } from 'node:crypto';
import { openStore } from '../src/index.js';
import { campaignRow, upgradeRow } from './upgrades.suite.js';

const [, , data = ''] = process.argv;
const store = await openStore({ data });
const { upgrades, campaigns } = store;
const say = (...words: readonly (string | number)[]): void => void process.stdout.write(`${words.join(' ')}\n`);

/** One device, upgraded again and again. */
async function upgrade(device: string): Promise<void> {
  const holder = await upgrades.holding(device);
  if (holder) await end(JSON.parse(holder.kept));
  for (;;) {
    const id = randomUUID();
    await upgrades.add([{ upgrade: rowOf({ id, device, seq: 1 }), lines: ['0'] }]);
    say('kept', id, 1);
    for (let seq = 2; seq < 6; seq++) {
      await upgrades.replace({ upgrade: rowOf({ id, device, seq }), expected: seq - 1, lines: [`${seq - 1}`] });
      say('kept', id, seq);
    }
    await end({ id, device, seq: 5 });
    if (Math.random() < 0.5) continue;
    say('going', id, 0);
    await upgrades.remove(id);
  }
}

interface Kept {
  readonly id: string;
  readonly device: string;
  readonly seq: number;
}

const rowOf = ({ id, device, seq }: Kept) =>
  upgradeRow(1, { id, device, seq, kept: JSON.stringify({ id, device, seq }) });

async function end({ id, device, seq }: Kept): Promise<void> {
  const ended = { ...rowOf({ id, device, seq: seq + 1 }), holdsDevice: false };
  await upgrades.replace({ upgrade: ended, expected: seq, lines: [`${seq}`] });
  say('kept', id, seq + 1);
}

/** Campaigns of 300 upgrades each. */
async function campaign(): Promise<void> {
  for (;;) {
    const id = randomUUID();
    const added = Array.from({ length: 300 }, (_, i) => ({
      upgrade: upgradeRow(i, { id: randomUUID(), device: `${id} ${i}`, campaign: id, holdsDevice: false }),
      lines: ['0'],
    }));
    await campaigns.add(campaignRow({ id, clientKey: null, isEnded: true }), added, []);
    say('campaign', id, 0);
    if (Math.random() < 0.5) continue;
    say('going', id, 0);
    await campaigns.remove(id);
  }
}

await Promise.all([campaign(), ...Array.from({ length: 8 }, (_, i) => upgrade(`device ${i}`))]);
