import { catalogueInProcess, upgradeTablesInProcess } from '../src/index.js';
import { catalogueSuite } from './catalogue.suite.js';
import type { Prepare } from './premises.js';
import { upgradeRecordSuite } from './upgrade-record.suite.js';
import { upgradeTablesSuite } from './upgrade-tables.suite.js';

const prepare: Prepare = async () => ({
  tables: upgradeTablesInProcess(),
  catalogue: catalogueInProcess(),
  async [Symbol.asyncDispose]() {},
});

describe('the tables of upgrades, in the process', () => upgradeTablesSuite(prepare));
describe('the record of upgrades, over tables in the process', () => upgradeRecordSuite(prepare));
describe('the catalogue, in the process', () => catalogueSuite(prepare));
