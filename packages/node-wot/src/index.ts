export { type Addressable, addressed } from './addressed.js';
export { type Invocation, type InvokedOutput, invocationOf } from './invocation.js';
export { WebSocketClient, type WebSocketClientParts } from './web-socket-client.js';
export { WebSocketClientFactory, WebSocketSecureClientFactory } from './web-socket-client-factory.js';
export { type SharedHttpServer, WebSocketServer, type WebSocketServerConfig } from './web-socket-server.js';
