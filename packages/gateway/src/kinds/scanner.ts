import { compileCheck } from '@thingwright/core/checks';
import { scannerKind } from '@thingwright/scanner';
import * as t from 'typebox';
import type { DeviceKind } from '../device-kind.js';

/** What a scanner remembers: its name in the registry. */
const RECORD = 'scanner';

/** Imaging devices, which dial in by the UUID of their Thing. */
export const scanner: DeviceKind = {
  title: 'Scanner',
  settings: t.Object({}),
  open({ identities, log, remember }) {
    /** What was kept of a device while its Thing is made. */
    const kept = new Map<string, unknown>();
    const kind = scannerKind({
      identities,
      compileCheck,
      log,
      memory: {
        recall: (id) => kept.get(id),
        keep: (id, record) => remember(id, RECORD, record),
      },
    });
    return {
      binding: kind.binding,
      expose({ name, id, title, memory }) {
        kept.set(id, memory[RECORD]);
        try {
          return kind.expose({ name, id, title });
        } finally {
          kept.delete(id);
        }
      },
      isConnected: (name) => kind.isConnected(name),
      changes: kind.changes,
      [Symbol.asyncDispose]: () => kind[Symbol.asyncDispose](),
    };
  },
};
