/** Telemetry devices as Things that are remembered: the door for their samples, the socket for their readers, history in SQLite. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileCheck } from '@thingwright/core/checks';
import { openStore } from '@thingwright/store';
import { telemetryKind } from '@thingwright/telemetry';
import { NEVER } from 'rxjs';
import { openAcknowledgements } from '../harness/acknowledge.js';
import { obey } from '../harness/commands.js';
import { figure } from '../harness/figures.js';
import { deviceID, deviceName } from '../sample.js';
import { READER, serveSockets } from './serve-sockets.js';
import { toldMemory } from './told-memory.js';

const acknowledgements = await openAcknowledgements();
const data = await mkdtemp(join(tmpdir(), 'thingwright-bench-'));
process.once('exit', () => rmSync(data, { recursive: true, force: true }));
const store = await openStore({ data });
const context = { principal: READER };
const kind = telemetryKind({
  compileCheck,
  identities: {
    revocations: NEVER,
    verify: (name, token) => (token === 'bench' ? { id: deviceID(Number(name.slice(4))), name } : undefined),
  },
});
let sum = async (): Promise<number> => 0;

obey(
  {
    async open(figures) {
      const count = figure(figures, 'devices');
      const names = Array.from({ length: count }, (_, n) => ({ name: deviceName(n), id: deviceID(n) }));
      const things = names.map((device) => [device.name, { exposure: kind.expose(device), id: device.id }]);
      // Without readers the memory sees when a sample has become a change, or an observer in this process.
      const isObserved = figure(figures, 'observed') > 0;
      const hasReaders = figure(figures, 'readersEach') > 0;
      const memory = isObserved || hasReaders ? store.memory : toldMemory(store.memory, () => acknowledgements.done());
      const { port, served } = await serveSockets(Object.fromEntries(things), [kind.binding], memory);
      for (const thing of isObserved ? served.site.things.values() : []) {
        thing.observe({ op: 'observeproperty', name: 'telemetry' }, context).subscribe(() => acknowledgements.done());
      }
      sum = async () => {
        let total = 0;
        for (const thing of served.site.things.values()) {
          const soc = await thing.request({ op: 'readproperty', name: 'batterySoc' }, context);
          const power = await thing.request({ op: 'readproperty', name: 'gridPower' }, context);
          total += Number(soc.value) + Number(power.value);
        }
        return total;
      };
      return { port, acknowledge: acknowledgements.port };
    },
    sum: async () => ({ sum: await sum() }),
  },
  async () => store[Symbol.asyncDispose](),
);
