export { bearerToken } from './bearer-token.js';
export type { DeviceIdentities, DeviceIdentity, Revocation } from './device-identities.js';
export { type Attempt, type Door, type DoorOptions, openDoor } from './door.js';
export type { FailureLimitOptions } from './failure-limit.js';
export type { Line, Receiver } from './line.js';
export { type Lines, type LinesOptions, openLines } from './lines.js';
export type { Link } from './link.js';
export type { TakeOver, TakeOverOptions } from './take-over-guard.js';
export { textFrame } from './text-frame.js';
export { type Stop, systemTimer, type Timer } from './timer.js';
export {
  type ImageManifest,
  type ImageSignature,
  type LastUpgrade,
  manifestText,
  readUpgradeNews,
  readUpgradeOrder,
  type UpgradableState,
  type UpgradeNews,
  type UpgradeOrder,
} from './upgrade-messages.js';
