export { type Addressable, addressed } from './addressed.js';
export { WebSocketClient, type WebSocketClientParts } from './web-socket-client.js';
export { WebSocketClientFactory, WebSocketSecureClientFactory } from './web-socket-client-factory.js';
