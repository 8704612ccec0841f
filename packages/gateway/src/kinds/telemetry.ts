import { compileCheck } from '@thingwright/core/checks';
import { DIALECTS, telemetryKind } from '@thingwright/telemetry';
import * as t from 'typebox';
import type { DeviceKind } from '../device-kind.js';

/** What a telemetry device remembers: its name in the registry. */
const THRESHOLD = 'lowBatteryThreshold';

/** Batteries and what else reports its energy. */
export const telemetry: DeviceKind = {
  title: 'Battery',
  settings: t.Object({ dialect: t.Optional(t.Enum([...DIALECTS])) }),
  open({ identities, log, remember, lastValues }) {
    const thresholds = new Map<string, number>();
    const kind = telemetryKind({
      identities,
      compileCheck,
      log,
      memory: {
        recall: (id) => thresholds.get(id),
        keep: (id, threshold) => remember(id, THRESHOLD, threshold),
      },
    });
    return {
      binding: kind.binding,
      expose({ name, id, title, settings, memory }) {
        const threshold = memory[THRESHOLD];
        if (typeof threshold === 'number') thresholds.set(id, threshold);
        const dialect = DIALECTS.find((known) => known === settings.dialect);
        return kind.expose({ name, id, title, dialect, last: lastValues(id) });
      },
      isConnected: (name) => kind.isConnected(name),
      changes: kind.changes,
      [Symbol.asyncDispose]: () => kind[Symbol.asyncDispose](),
    };
  },
};
