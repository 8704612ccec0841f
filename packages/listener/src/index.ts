export type { Binding } from './binding.js';
export { SESSION_COOKIE } from './credentials.js';
export { ListenError, type ServerLimits } from './http-servers.js';
export { type Listener, type ListenerHost, type ListenOptions, type OpenListener, openListener } from './listener.js';
export { type Failure, type Problem, problemOf, toProblem } from './problem.js';
export { type Served, type ServeOptions, serve, type ThingToServe } from './serve.js';
export { openServer, type Server, type ServerParts } from './server.js';
export type { Upgrade, UpgradeHandler } from './upgrade-table.js';
