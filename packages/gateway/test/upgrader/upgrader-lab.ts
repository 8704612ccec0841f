import { join } from 'node:path';
import { consume } from '@thingwright/client';
import { Campaigns, CampaignThing, DeviceUpgrader } from '@thingwright/upgrader';
import { type SimulatedUpgradable, simulateUpgradable } from '@thingwright/upgrader/simulator';
import { filter, firstValueFrom } from 'rxjs';
import { type Gateway, type GatewayOptions, openGateway } from '../../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

export const ADMIN_TOKEN = 'the-admin-token';
export const HARDWARE = [{ key: 'model-x.bin', label: 'Model X', boards: ['Model X'] }] as const;

/** A gateway with upgradable devices. */
export interface UpgraderLab extends AsyncDisposable {
  readonly gateway: Gateway;
  /** Provisions a device and has it dial in, as model X with version 1.0. */
  device(
    name: string,
    settings?: {
      readonly organization?: string;
      readonly group?: string;
      readonly os?: string;
      readonly keys?: Readonly<Record<string, string>>;
    },
  ): Promise<SimulatedUpgradable>;
  /** Asks the REST API. */
  ask(method: string, path: string, options?: { readonly body?: unknown; readonly token?: string }): Promise<Response>;
  /** Files an image of a new build; gives the ids. */
  file(
    version: string,
    organization?: string | null,
    os?: string,
  ): Promise<{ readonly build: string; readonly image: string }>;
}

/** Opens it. */
export async function openUpgraderLab(options: GatewayOptions = {}): Promise<UpgraderLab> {
  const folder = await temporaryFolder();
  const gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, hardware: HARDWARE, ...options });
  const devices: SimulatedUpgradable[] = [];

  const ask: UpgraderLab['ask'] = (method, path, { body, token = ADMIN_TOKEN } = {}) => {
    const isForm = body instanceof FormData;
    return fetch(`${gateway.url}/api/v1/firmware-upgrader/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(isForm || body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
  };
  const idOf = async (answer: Promise<Response>): Promise<string> => {
    const response = await answer;
    const body = await response.json();
    if (response.status === 201) return body.id;
    throw new Error(`${response.status} ${JSON.stringify(body)}`);
  };

  return {
    gateway,
    ask,
    async device(name, { os, keys = {}, ...settings } = {}) {
      const { token } = await gateway.fleet.provision({ kind: 'upgradable', name, ...settings });
      const device = await simulateUpgradable({
        url: gateway.url,
        name,
        token,
        folder: join(folder.path, name),
        model: 'Model X',
        ...(os === undefined ? {} : { os }),
        keys,
        installTime: 1,
        bootTime: 1,
      });
      devices.push(device);
      await firstValueFrom(device.connection.pipe(filter((state) => state === 'OPEN')));
      await using thing = await consume(DeviceUpgrader, `${gateway.url}/things/${name}`, { token: ADMIN_TOKEN });
      await firstValueFrom(thing.properties.currentFirmware.pipe(filter((firmware) => firmware !== null)));
      return device;
    },
    async file(version, organization = 'default', os = undefined) {
      const category = await idOf(ask('POST', 'category/', { body: { name: `Routers ${version}`, organization } }));
      const build = await idOf(ask('POST', 'build/', { body: { category, version, os } }));
      const form = new FormData();
      form.set('type', 'model-x.bin');
      form.set('file', new Blob([`firmware ${version} `.repeat(1000)]), 'a-model-x.bin');
      return { build, image: await idOf(ask('POST', `build/${build}/image/`, { body: form })) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(devices.map((device) => device[Symbol.asyncDispose]()));
      await gateway[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The Thing with which campaigns are made. */
export const consumeCampaigns = ({ url }: Pick<Gateway, 'url'>, name = 'campaigns', token = ADMIN_TOKEN) =>
  consume(Campaigns, `${url}/things/${name}`, { token });

/** The Thing of a campaign. */
export const consumeCampaign = ({ url }: Pick<Gateway, 'url'>, name: string, token = ADMIN_TOKEN) =>
  consume(CampaignThing, `${url}/things/${name}`, { token });
