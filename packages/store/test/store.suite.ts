import type { Store } from '../src/index.js';
import { adoptedThingsSuite } from './adopted-things.suite.js';
import { auditRestartSuite, auditSuite } from './audit.suite.js';
import { declinedRestartSuite, declinedSuite } from './declined.suite.js';
import { deviceRegistrySuite } from './device-registry.suite.js';
import { filesRestartSuite, filesSuite } from './files.suite.js';
import type { Premises } from './fixture/premises.js';
import { historySuite } from './history.suite.js';
import { memorySuite, restartSuite } from './memory.suite.js';
import { olderSchemaSuite } from './older-schema.suite.js';
import { principalsSuite } from './principals.suite.js';
import { registrationsRestartSuite, registrationsSuite } from './registrations.suite.js';
import { resultsRestartSuite, resultsSuite } from './results.suite.js';
import { upgradesRestartSuite, upgradesSuite } from './upgrades.suite.js';

/** What every store promises, wherever it is; `lasting`: what it promises over its end too. */
export function storeSuite(
  prepare: () => Promise<Premises>,
  { lasting = true }: { readonly lasting?: boolean } = {},
): void {
  const open = async (options: { readonly now: () => number }): Promise<Store> => {
    const premises = await prepare();
    const { store } = await premises.open(options);
    return {
      ...store,
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await premises[Symbol.asyncDispose]();
      },
    };
  };
  describe('as a registry of devices', () => deviceRegistrySuite(open));
  describe('as a list of adopted Things', () => adoptedThingsSuite(open));
  describe('as a list of what was declined', () => declinedSuite(open));
  describe('as a list of users and services', () => principalsSuite(open));
  describe('as a memory', () => memorySuite(prepare));
  describe('as a history', () => historySuite(prepare));
  describe('as an audit', () => auditSuite(prepare));
  describe('as a keeper of files', () => filesSuite(prepare));
  describe('as a keeper of results', () => resultsSuite(prepare));
  describe('as a keeper of registrations', () => registrationsSuite(open));
  describe('as a keeper of upgrades', () => upgradesSuite(prepare));
  if (!lasting) return;
  describe('over its end', () => {
    restartSuite(prepare);
    olderSchemaSuite(prepare);
    auditRestartSuite(prepare);
    filesRestartSuite(prepare);
    resultsRestartSuite(prepare);
    registrationsRestartSuite(prepare);
    declinedRestartSuite(prepare);
    upgradesRestartSuite(prepare);
  });
}
