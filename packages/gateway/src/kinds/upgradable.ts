import { Campaigns, CampaignThing } from '@thingwright/upgrader';
import * as t from 'typebox';
import type { DeviceKind } from '../device-kind.js';
import { bareID } from '../upgrader/bare-id.js';
import { PLACES } from './places.js';

const { approve, deny, start, triggerNextGroup, retryFailed } = CampaignThing.actions;
const { schedule } = CampaignThing.properties;

/** Devices that dial in to have their firmware upgraded. */
export const upgradable: DeviceKind = {
  title: 'Upgradable device',
  settings: t.Object(PLACES),
  // What REST asks the right to manage for; a schedule is what begins a campaign.
  reserved: [Campaigns.actions.createCampaign, approve, deny, start, triggerNextGroup, retryFailed, schedule],
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
      take: (device) => upgrader.take(device),
      isConnected: (local) => devices.links.name(bareID(deviceOf(local)?.id ?? '')) !== undefined,
      changes: devices.links.changes,
      async [Symbol.asyncDispose]() {
        await door?.[Symbol.asyncDispose]();
      },
    };
  },
};
