/** Devices as Things: a door for their samples, a socket for their readers. */
import { openAcknowledgements } from '../harness/acknowledge.js';
import { obey } from '../harness/commands.js';
import { figure } from '../harness/figures.js';
import { deviceID, deviceName } from '../sample.js';
import { createDevice, type Device, fakeDoor } from './fake-telemetry.js';
import { READER, serveSockets } from './serve-sockets.js';

const acknowledgements = await openAcknowledgements();
const context = { principal: READER };
let sum = async (): Promise<number> => 0;

obey({
  async open(figures) {
    const devices = new Map<string, Device>();
    const count = figure(figures, 'devices');
    for (let n = 0; n < count; n++) devices.set(deviceName(n), createDevice());
    const things = [...devices].map(([name, { exposure }], n) => [name, { exposure, id: deviceID(n) }] as const);
    const { port, served } = await serveSockets(Object.fromEntries(things), [fakeDoor(devices)]);
    for (const thing of served.site.things.values()) {
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
});
