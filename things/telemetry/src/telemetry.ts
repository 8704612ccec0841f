import { type Exposure, expose } from '@thingwright/core';
import { Telemetry } from './telemetry.model.js';
import type { TelemetryDevice } from './telemetry-device.js';
import { showsMode } from './wire/command.js';

/** The Thing of a telemetry device. */
export const telemetry = (device: TelemetryDevice): Exposure => {
  const { title } = device;
  const model = title === undefined || title === Telemetry.title ? Telemetry : { ...Telemetry, title };
  return expose(model, () => ({
    properties: {
      ...device.readings,
      connection: { value: device.presence.changes, read: () => device.presence.current() },
      lowBatteryThreshold: { value: device.threshold, write: (threshold) => device.setThreshold(threshold) },
    },
    actions: {
      setMode: {
        accept: () => device.commands.accept(),
        run: ({ targetMode, targetPower }, run) =>
          device.commands.carryOut(
            {
              action: 'SET_MODE',
              payload: { target_mode: targetMode, ...(targetPower === undefined ? {} : { target_power: targetPower }) },
              isShownBy: ({ system_status }) => showsMode(system_status?.mode, targetMode),
            },
            run,
          ),
      },
      resetError: {
        accept: () => device.commands.accept(),
        run: (_, run) =>
          device.commands.carryOut(
            {
              action: 'RESET_ERROR',
              payload: {},
              isShownBy: ({ system_status }) => system_status?.error_flags?.length === 0,
            },
            run,
          ),
      },
      sendCommand: {
        accept: () => device.commands.accept(),
        run: ({ action, payload = {} }, run) => device.commands.carryOut({ action, payload }, run),
      },
    },
    events: device.events,
  }));
};
