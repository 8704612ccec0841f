/**
 * A simulated device that can be upgraded, a client of the wire of devices that dial in.
 * @module
 */
export {
  type SimulatedUpgradable,
  simulateUpgradable,
  UPGRADABLE_FAULTS,
  type UpgradableFault,
  type UpgradableSimulation,
} from './simulate-upgradable.js';
