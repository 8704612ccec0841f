export type { Binding } from './binding.js';
export { SESSION_COOKIE } from './credentials.js';
export { ListenError, type ServerLimits } from './http-servers.js';
export { type Listener, type ListenerHost, type ListenOptions, type OpenListener, openListener } from './listener.js';
export {
  CHALLENGES,
  type Failure,
  HTTP_STATUS,
  PROBLEM_TYPE,
  type Problem,
  problemOf,
  sendProblem,
  toProblem,
} from './problem.js';
export { type Served, type ServeOptions, serve, type ThingToServe } from './serve.js';
export { openServer, type Server, type ServerParts } from './server.js';
export type { Upgrade, UpgradeHandler } from './upgrade-table.js';
