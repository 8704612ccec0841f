export type { AttemptLimits } from './attempts.js';
export { type Configuration, type ConfigurationSources, type LogLevel, readConfiguration } from './configuration.js';
export { type DemoOptions, startDemo } from './demo.js';
export type { DeviceSummary, Fleet, ProvisionedDevice, ProvisionRequest } from './fleet.js';
export { ADMIN_TOKEN_FILE, type Gateway, type GatewayOptions, openGateway } from './gateway.js';
export { GatewayModel } from './gateway.model.js';
export { openLog } from './log.js';
export { GATEWAY_PROFILES, GATEWAY_SECURITY } from './security.js';
export type { SessionLimits } from './sessions.js';
