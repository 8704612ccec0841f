/**
 * A simulated scanner, a client of the wire of either generation.
 * @module
 */
export {
  FAULTS,
  type Fault,
  type ScanControls,
  type ScanFile,
  type ScanProgram,
  type SimulatedScan,
  simulatedScan,
} from './scan-program.js';
export {
  type ScannerSimulation,
  type SimulatedScanner,
  type SimulationEnd,
  simulateScanner,
} from './simulate-scanner.js';
