import type { DeviceKind } from './device-kind.js';
import { openwrt } from './kinds/openwrt.js';
import { printer } from './kinds/printer.js';
import { scanner } from './kinds/scanner.js';
import { telemetry } from './kinds/telemetry.js';
import { upgradable } from './kinds/upgradable.js';

/** Every kind of device that can be provisioned, by name. A further kind is one entry here. */
export const DEVICE_KINDS: ReadonlyMap<string, DeviceKind> = new Map([
  ['telemetry', telemetry],
  ['scanner', scanner],
  ['upgradable', upgradable],
  ['openwrt', openwrt],
  ['printer', printer],
]);

/** The declarations of affordances, of all kinds, whose writing or invoking takes an admin of the organization. */
export const RESERVED: ReadonlySet<object> = new Set(
  [...DEVICE_KINDS.values()].flatMap(({ reserved = [] }) => reserved),
);
