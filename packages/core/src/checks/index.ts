/**
 * Compiled checks for servers. A door of its own, because the compiler weighs more than the rest of core together: neither
 * core nor a client imports it.
 * @module
 */
export { compileCheck } from './compile-check.js';
