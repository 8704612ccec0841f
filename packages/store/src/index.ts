export type { AdoptedThingRecord, AdoptedThings, NewAdoptedThing } from './adopted-things.js';
export type { DeviceRecord, DeviceRegistry, NewDevice, TokenMatch } from './device-registry.js';
export { openStore, type StoreOptions } from './open-store.js';
export { openSecretFile, type Secret } from './secret-file.js';
export type { Store } from './store.js';
