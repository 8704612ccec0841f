export { Scanner } from './scanner.model.js';
