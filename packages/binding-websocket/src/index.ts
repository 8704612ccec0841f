export { type ConnectionLimits, DEFAULT_LIMITS } from './limits.js';
export { type WebSocketOptions, websocket } from './websocket.js';
