export { type Client, type ClientOptions, type ConsumeOptions, consume, createClient } from './client.js';
export type {
  AnyModel,
  ConsumedAction,
  ConsumedProperty,
  ConsumedThing,
  ReadableValues,
  WritableValues,
} from './consumed-thing.js';
export type { ClientCredentials } from './credentials.js';
export type { Invocation, InvokeOptions } from './invocation.js';
export type { ReadableProperty, UseOptions, WritableProperty } from './property.js';
export type { Schedule } from './schedule.js';
export type { Socket, SocketEnd, SocketEvents, SocketRequest, Sockets } from './socket/socket.js';
export type { ConnectionState, Gap, Opening, RequestOperation, RequestOptions } from './transport.js';
