/**
 * The device's own half of its link, to be embedded in the device's program.
 * @module
 */
export { type DeviceSettings, deviceSettings } from './device-settings.js';
export { type Dial, type DialEnd, type DialOptions, type DialState, dialIn } from './dial-in.js';
export { type PreparedImage, type Upgradable, type UpgradableOptions, upgradable } from './upgradable.js';
