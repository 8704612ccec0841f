import { defineThing, type Exposure, expose, type Site, state } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import type { Binding } from '@thingwright/listener';
import * as t from 'typebox';
import { WebSocketServer } from 'ws';
import type { Sample } from '../sample.js';

const SampleSchema = t.Object({
  device_id: t.String(),
  timestamp: t.String(),
  system_status: t.Object({
    state: t.String(),
    mode: t.String(),
    error_flags: t.Array(t.String()),
    wifi_strength: t.Integer(),
  }),
  battery: t.Object({ voltage: t.Number(), current: t.Number(), power: t.Number(), soc: t.Number() }),
  grid: t.Object({ voltage: t.Number(), power: t.Number(), frequency: t.Number() }),
});

const number = { schema: t.Number(), readOnly: true } as const;
const text = { schema: t.String(), readOnly: true } as const;

const Telemetry = defineThing({
  title: 'Battery',
  properties: {
    telemetry: {
      schema: t.Object({ receivedAt: t.String() }, { additionalProperties: true }),
      readOnly: true,
      ignoreChangesOf: ['timestamp', 'receivedAt'],
    },
    batteryVoltage: number,
    batterySoc: number,
    batteryCurrent: number,
    batteryPower: number,
    gridPower: number,
    gridVoltage: number,
    gridFrequency: number,
    wifiStrength: number,
    state: text,
    mode: text,
    errorFlags: { schema: t.Array(t.String()), readOnly: true },
  },
});

/** A device's Thing, and what feeds it. */
export interface Device {
  readonly exposure: Exposure;
  readonly take: (sample: Sample) => void;
}

/** Makes the Thing of a device with 12 properties, set by every sample. */
export function createDevice(): Device {
  const telemetry = state<Sample & { readonly receivedAt: string }>();
  const batteryVoltage = state<number>();
  const batterySoc = state<number>();
  const batteryCurrent = state<number>();
  const batteryPower = state<number>();
  const gridPower = state<number>();
  const gridVoltage = state<number>();
  const gridFrequency = state<number>();
  const wifiStrength = state<number>();
  const status = state<string>();
  const mode = state<string>();
  const errorFlags = state<string[]>();
  return {
    exposure: expose(Telemetry, () => ({
      properties: {
        telemetry: telemetry.value,
        batteryVoltage: batteryVoltage.value,
        batterySoc: batterySoc.value,
        batteryCurrent: batteryCurrent.value,
        batteryPower: batteryPower.value,
        gridPower: gridPower.value,
        gridVoltage: gridVoltage.value,
        gridFrequency: gridFrequency.value,
        wifiStrength: wifiStrength.value,
        state: status.value,
        mode: mode.value,
        errorFlags: errorFlags.value,
      },
    })),
    take(sample) {
      const { battery, grid, system_status: system } = sample;
      telemetry.set({ ...sample, receivedAt: new Date().toISOString() });
      batteryVoltage.set(battery.voltage);
      batterySoc.set(battery.soc);
      batteryCurrent.set(battery.current);
      batteryPower.set(battery.power);
      gridPower.set(grid.power);
      gridVoltage.set(grid.voltage);
      gridFrequency.set(grid.frequency);
      wifiStrength.set(system.wifi_strength);
      status.set(system.state);
      mode.set(system.mode);
      errorFlags.set(system.error_flags);
    },
  };
}

const check = compileCheck(SampleSchema);
const isSample = (value: unknown): value is Sample => check.fits(value);

/** A door for devices: a socket each, a sample a frame. */
export function fakeDoor(devices: ReadonlyMap<string, Device>): Binding {
  return {
    open(_site: Site, listener) {
      const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false });
      listener.upgrade('/ws/device/:name', ({ request, socket, head, params, refuse }) => {
        const device = devices.get(params.name ?? '');
        if (!device) return refuse(403);
        server.handleUpgrade(request, socket, head, (ws) => {
          ws.on('message', (data: Buffer) => {
            const sample: unknown = JSON.parse(data.toString());
            if (isSample(sample)) device.take(sample);
          });
        });
      });
    },
  };
}
