import { auditRestartSuite } from './audit.suite.js';
import { filesRestartSuite } from './files.suite.js';
import { inPostgres } from './fixture/in-postgres.js';
import { inFolder, inMemory } from './fixture/premises.js';
import { restartSuite } from './memory.suite.js';
import { olderSchemaSuite } from './older-schema.suite.js';
import { registrationsRestartSuite } from './registrations.suite.js';
import { resultsRestartSuite } from './results.suite.js';
import { storeSuite } from './store.suite.js';
import { upgradesRestartSuite } from './upgrades.suite.js';

// That all of it holds in a folder and in a PostgreSQL too takes longer: it is tested with the whole system.
describe('The SQLite store in memory', () => storeSuite(inMemory, { lasting: false }));

describe('The SQLite store in a folder, over its end', () => {
  restartSuite(inFolder);
  olderSchemaSuite(inFolder);
  auditRestartSuite(inFolder);
  filesRestartSuite(inFolder);
  resultsRestartSuite(inFolder);
  registrationsRestartSuite(inFolder);
  upgradesRestartSuite(inFolder);
});

const database = process.env.THINGWRIGHT_TEST_DATABASE_URL;
if (database) describe('The store in the PostgreSQL of the environment', () => storeSuite(() => inPostgres(database)));
