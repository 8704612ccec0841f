/**
 * A simulated telemetry device, a client of the wire like any other.
 * @module
 */
export {
  type Fault,
  type SimulatedTelemetry,
  simulateTelemetry,
  type TelemetrySimulation,
} from './simulate-telemetry.js';
