/**
 * A simulated printer: the far end of every protocol that a FLUX printer speaks on its LAN.
 * @module
 */
export type { StatusBlock } from '../wire/status-block.js';
