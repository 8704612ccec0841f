/**
 * A simulated printer: the far end of every protocol that a FLUX printer speaks on its LAN.
 * @module
 */
export type { UdpPlace } from './discovery-side.js';
export { PRINTER_FAULTS, type PrinterFault } from './printer-fault.js';
export { IDENTITIES, type IdentityKind } from './printer-settings.js';
export { type PrinterSimulation, type SimulatedPrinter, simulatePrinter } from './simulate-printer.js';
