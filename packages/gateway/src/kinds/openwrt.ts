import * as t from 'typebox';
import type { DeviceKind } from '../device-kind.js';
import { bareID } from '../upgrader/bare-id.js';
import { PLACES } from './places.js';

/** Long enough for a private key, short enough to be no document. */
const Secret = t.Optional(t.String({ minLength: 1, maxLength: 8192 }));

/** Devices with OpenWrt that are upgraded over SSH: they dial in nowhere, and are called by their address. */
export const openwrt: DeviceKind = {
  title: 'OpenWrt device',
  settings: t.Object({
    ...PLACES,
    host: t.String({ minLength: 1, maxLength: 253, description: 'Its name or IP address.' }),
    port: t.Optional(t.Integer({ minimum: 1, maximum: 65_535 })),
    user: t.Optional(t.String({ minLength: 1, maxLength: 64 })),
    model: t.Optional(t.String({ minLength: 1, maxLength: 128, description: 'Which images fit it.' })),
  }),
  credentials: t.Object({ password: Secret, privateKey: Secret }, { additionalProperties: false, minProperties: 1 }),
  shownAt: ['host', 'port'],
  open({ upgrader, deviceOf }) {
    const { openWrt } = upgrader;
    return {
      binding: { open: () => undefined },
      expose: (device) => upgrader.expose(device),
      take: (device) => upgrader.take(device),
      isConnected: (local) => openWrt.connection(bareID(deviceOf(local)?.id ?? ''))?.isWorking ?? false,
      changes: openWrt.changes,
      check: ({ host }) => openWrt.checkHost(String(host)),
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};
