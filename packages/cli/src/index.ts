export type { Interruption } from './interruption.js';
export { main } from './main.js';
export type { Environment, Terminal } from './terminal.js';
