import { Campaigns, CampaignThing } from '@thingwright/upgrader';
import * as t from 'typebox';
import type { DeviceKind } from '../device-kind.js';
import { bareID } from '../upgrader/upgradable-fleet.js';

const name = (description: string) => t.Optional(t.String({ minLength: 1, maxLength: 64, description }));

const { approve, deny, start, triggerNextGroup, retryFailed } = CampaignThing.actions;

/** Devices that dial in to have their firmware upgraded. */
export const upgradable: DeviceKind = {
  title: 'Upgradable device',
  settings: t.Object({
    group: name('What campaigns choose it by.'),
    location: name('Where it is; what campaigns choose it by, too.'),
  }),
  // What REST asks the right to manage for.
  reserved: [Campaigns.actions.createCampaign, approve, deny, start, triggerNextGroup, retryFailed],
  open({ upgrader, deviceOf }) {
    const { devices } = upgrader;
    let door: AsyncDisposable | undefined;
    return {
      binding: {
        open(_site, listener) {
          door = devices.open(listener);
        },
      },
      expose: (device) => upgrader.expose(device),
      isConnected: (local) => devices.links.name(bareID(deviceOf(local)?.id ?? '')) !== undefined,
      changes: devices.links.changes,
      async [Symbol.asyncDispose]() {
        await door?.[Symbol.asyncDispose]();
      },
    };
  },
};
