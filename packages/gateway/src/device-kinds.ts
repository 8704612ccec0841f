import type { DeviceKind } from './device-kind.js';

/** Every kind of device that can be provisioned, by name. A further kind is one entry here. */
export const DEVICE_KINDS: ReadonlyMap<string, DeviceKind> = new Map();
