export type { StatusBlock } from './wire/status-block.js';
