export { type Addressable, addressed } from './addressed.js';
export { type AdoptOptions, adopt } from './adopt.js';
export type { ReachableAddresses } from './guarded-client-factory.js';
export { type Invocation, type InvokedOutput, invocationOf } from './invocation.js';
export { type Mounted, type MountOptions, mount } from './mount.js';
export { type ServientAdopter, type ServientAdoption, servientAdopter } from './servient-adopter.js';
export { WebSocketClient, type WebSocketClientParts } from './web-socket-client.js';
export { WebSocketClientFactory, WebSocketSecureClientFactory } from './web-socket-client-factory.js';
export { type SharedHttpServer, WebSocketServer, type WebSocketServerConfig } from './web-socket-server.js';
