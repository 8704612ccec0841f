export type { AdoptedThingRecord, AdoptedThings, NewAdoptedThing } from './adopted-things.js';
export type { DeviceRecord, DeviceRegistry, NewDevice, TokenMatch } from './device-registry.js';
export { openSecretFile, type Secret } from './secret-file.js';
export { openStore, type StoreOptions } from './sqlite/open-store.js';
export type { Store } from './store.js';
