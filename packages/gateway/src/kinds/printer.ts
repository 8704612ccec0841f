import { Printer } from '@thingwright/printer';
import * as t from 'typebox';
import type { DeviceKind } from '../device-kind.js';

const { authorizeWithPassword, modifyPassword, resetPassword, modifyNetwork, addTrust, removeTrust } = Printer.actions;

const UUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

/** Printers of the LAN, which are found there by their UUID. */
export const printer: DeviceKind = {
  title: 'Printer',
  settings: t.Object({ uuid: t.String({ pattern: UUID, description: 'What the printer calls itself on the LAN.' }) }),
  // Who may let others in, or lock everybody out.
  reserved: [authorizeWithPassword, modifyPassword, resetPassword, modifyNetwork, addTrust, removeTrust],
  open({ printers }) {
    return {
      binding: { open: () => undefined },
      expose: (device) => printers.expose(device),
      async check() {
        printers.demand();
      },
      forget: (name) => printers.forget(name),
      isConnected: (name) => printers.isConnected(name),
      changes: printers.changes,
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};
