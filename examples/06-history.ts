/**
 * What a battery's charge was, minute by minute, and the address of every value as CSV. It reads a device of a gateway:
 * `THINGWRIGHT_TOKEN=… npx tsx --conditions=source examples/06-history.ts [TD URL]`; 05 is one.
 */
import { consume } from '@thingwright/client';
import { HistoryModel } from '@thingwright/gateway';

const url = process.argv[2] ?? 'http://127.0.0.1:8080/things/my_battery';
await using battery = await consume(HistoryModel, url, { token: process.env.THINGWRIGHT_TOKEN ?? '' });
const request = { property: 'batterySoc', bucket: 60, order: 'newest', limit: 10 } as const;
const { items } = await battery.actions.history(request).output;
for (const { time, value, min, max, count } of items) {
  console.log(`${time.slice(0, 16)} mean ${Number(value).toFixed(1)} %, ${min} to ${max}, of ${count}`);
}
console.log(`all of it: ${url}/history/batterySoc?format=csv`);
