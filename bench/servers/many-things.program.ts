/** Ten thousand Things in one process. */
import { createSite, silent } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { createFrameDecoder, TelemetryDevice, telemetry } from '@thingwright/telemetry';
import { webThingProtocolForms } from '@thingwright/web-thing-protocol';
import { obey } from '../harness/commands.js';
import { figure } from '../harness/figures.js';
import { deviceID, deviceName, sampleOf } from '../sample.js';
import { microseconds } from '../wire.js';
import { READER } from './serve-sockets.js';

const ORIGIN = 'http://127.0.0.1:8080';
const site = createSite({ compileCheck });
site.addForms(webThingProtocolForms);
const devices: TelemetryDevice[] = [];
const memory = { recall: () => undefined, keep: () => {} };
const host = { decode: createFrameDecoder(compileCheck), memory, now: Date.now, log: silent };

const timed = (work: () => void): number => {
  const start = microseconds();
  work();
  return microseconds() - start;
};

obey({
  /** Opens Things; tells microseconds for each. */
  expose(figures) {
    const things = figure(figures, 'things');
    const each = timed(() => {
      for (let i = 0; i < things; i++) {
        const n = devices.length;
        const device = new TelemetryDevice({ name: deviceName(n), id: deviceID(n) }, host);
        devices.push(device);
        site.add(device.name, telemetry(device), { id: device.id });
      }
    });
    return { each: each / things, count: site.things.size };
  },
  /** Writes the Thing Descriptions of the last Things; tells microseconds and bytes for each. */
  describe(figures) {
    const things = [...site.things.values()].slice(-figure(figures, 'things'));
    let bytes = 0;
    const each = timed(() => {
      for (const thing of things) bytes += JSON.stringify(site.describe(thing, ORIGIN, READER)).length;
    });
    return { each: each / things.length, bytes: bytes / things.length };
  },
  /** Gives the last Things a sample each; tells microseconds for each. */
  set(figures) {
    const things = figure(figures, 'things');
    const from = devices.length - things;
    const samples = Array.from({ length: things }, (_, i) => Buffer.from(JSON.stringify(sampleOf(from + i, 3))));
    const each = timed(() => {
      for (const [i, sample] of samples.entries()) devices[from + i]?.receive(sample, false);
    });
    return { each: each / things };
  },
});
