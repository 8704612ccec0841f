/** Takes changes and invocations as fast as it can, and says which of them are kept, until it is killed. */
import { openStore } from '../src/index.js';

const [, , data = '', database] = process.argv;
const store = await openStore({ data, database });
const things = Array.from({ length: 20 }, (_, i) => store.memory.of(`urn:uuid:${i}`));
for (let round = 0; ; round++) {
  const moment = Math.max(Date.now() * 1000, (things[0]?.last ?? 0) + 100);
  for (const thing of things) {
    for (let i = 0; i < 12; i++) thing.append({ kind: 'property', name: `p${i}` }, round + i / 8, moment + i);
  }
  things[round % 20]?.keep({
    status: { actionID: `${moment}`, action: 'scan', state: 'running', timeRequested: new Date().toISOString() },
    invoker: { id: 'user:ada', kind: 'user', grants: [] },
    uriVariables: {},
    cancelled: false,
  });
  await store.memory.kept();
  process.stdout.write(`${moment} ${round % 20}\n`);
}
