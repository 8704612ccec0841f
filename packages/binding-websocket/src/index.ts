export type { ConnectionLimits } from './limits.js';
export { type WebSocketOptions, websocket } from './websocket.js';
