export { telemetry } from './telemetry.js';
export { Telemetry } from './telemetry.model.js';
export { type ProvisionedTelemetry, TelemetryDevice, type TelemetryHost } from './telemetry-device.js';
export { type TelemetryKind, type TelemetryKindOptions, telemetryKind } from './telemetry-kind.js';
export type { ThresholdMemory } from './threshold-memory.js';
export { DIALECTS, type Dialect } from './wire/dialect.js';
export {
  createFrameDecoder,
  type Decoded,
  type FrameDecoder,
  type Payload,
  type Sender,
} from './wire/frame-decoder.js';
