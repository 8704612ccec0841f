/**
 * Writes the Thing Description and the Thing Model of every Thing into this folder, for the base http://127.0.0.1:8080/ and
 * fixed ids. `--check` writes nothing and ends with 1 if a file differs from the code.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { createSite, type Exposure, type Model, toThingModel } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import {
  createHistoryModels,
  GATEWAY_PROFILES,
  GATEWAY_SECURITY,
  GatewayModel,
  RESULTS_LINK,
} from '@thingwright/gateway';
import { openListener } from '@thingwright/listener';
import { Printer } from '@thingwright/printer';
import { Scanner } from '@thingwright/scanner';
import { Telemetry } from '@thingwright/telemetry';
import { Campaigns, CampaignThing, DeviceUpgrader } from '@thingwright/upgrader';

const ORIGIN = 'http://127.0.0.1:8080';
const READER = { id: 'user:reader', kind: 'user', grants: [] } as const;

/** The Things by file name: what they are, under which name and id. */
const THINGS: Readonly<Record<string, { readonly model: Model; readonly name: string; readonly id: string }>> = {
  gateway: { model: GatewayModel, name: 'gateway', id: 'urn:uuid:00000000-0000-4000-8000-000000000001' },
  telemetry: {
    model: createHistoryModels().of({ model: Telemetry }),
    name: 'ems_001',
    id: 'urn:uuid:00000000-0000-4000-8000-000000000002',
  },
  scanner: {
    model: createHistoryModels().of({ model: { ...Scanner, links: [RESULTS_LINK] } }),
    name: 'mri_001',
    id: 'urn:uuid:00000000-0000-4000-8000-000000000003',
  },
  'device-upgrader': {
    model: createHistoryModels().of({ model: DeviceUpgrader }),
    name: 'router_001',
    id: 'urn:uuid:00000000-0000-4000-8000-000000000004',
  },
  campaigns: { model: Campaigns, name: 'campaigns', id: 'urn:uuid:00000000-0000-4000-8000-000000000005' },
  campaign: {
    model: CampaignThing,
    name: 'campaign-00000000-0000-4000-8000-000000000006',
    id: 'urn:uuid:00000000-0000-4000-8000-000000000006',
  },
  printer: {
    model: createHistoryModels().of({ model: Printer }),
    name: 'printer_001',
    id: 'urn:uuid:00000000-0000-4000-8000-000000000007',
  },
};

/** A Thing that is described and never used. */
const inert = (model: Model): Exposure => ({
  model,
  implement: () => ({ properties: new Map(), actions: new Map(), events: new Map() }),
});

async function generate(): Promise<ReadonlyMap<string, string>> {
  await using site = createSite({ compileCheck, security: GATEWAY_SECURITY, profiles: GATEWAY_PROFILES });
  await using listener = openListener({}, site);
  for (const binding of [http(), websocket()]) await binding.open(site, listener);
  const files = new Map<string, string>();
  for (const [file, { model, name, id }] of Object.entries(THINGS)) {
    const thing = site.add(name, inert(model), { id });
    files.set(`${file}.td.json`, pretty(site.describe(thing, ORIGIN, READER)));
    files.set(`${file}.tm.json`, pretty(toThingModel(model)));
  }
  return files;
}

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const pathOf = (file: string): URL => new URL(file, import.meta.url);

const current = async (file: string): Promise<string> => readFile(pathOf(file), 'utf8').catch(() => '');

const isCheck = process.argv.includes('--check');
for (const [file, content] of await generate()) {
  if ((await current(file)) === content) continue;
  if (isCheck) {
    console.error(`td/${file} differs from the code; run: npm run td`);
    process.exitCode = 1;
  } else {
    await writeFile(pathOf(file), content);
    console.log(`td/${file}`);
  }
}
