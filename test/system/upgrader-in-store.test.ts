import { inMemory } from '../../packages/store/test/fixture/premises.js';
import { upgraderInStoreSuite } from './fixture/upgrader-in-store.js';

// That it holds in a folder and in a PostgreSQL too is tested with the whole system.
describe('An upgrader in a SQLite store in memory', () => upgraderInStoreSuite(inMemory));
