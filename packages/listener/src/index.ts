export type { Binding } from './binding.js';
export type { Listener, ListenOptions, Upgrade, UpgradeHandler } from './listener.js';
