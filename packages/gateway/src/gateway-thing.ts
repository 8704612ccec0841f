import { type Exposure, expose } from '@thingwright/core';
import { of } from 'rxjs';
import type { Fleet } from './fleet.js';
import { GatewayModel } from './gateway.model.js';

/** What the gateway tells of itself. */
export interface GatewayFacts {
  readonly version: string;
  readonly startedAt: string;
}

/** The gateway as a Thing. */
export const gatewayThing = (fleet: Fleet, { version, startedAt }: GatewayFacts): Exposure =>
  expose(GatewayModel, () => ({
    properties: { version: of(version), startedAt: of(startedAt), devices: fleet.devices },
    actions: {
      provisionDevice: (request) => fleet.provision(request),
      rotateToken: ({ name, overlapSeconds = 0 }) => fleet.rotate(name, overlapSeconds * 1000),
      removeDevice: ({ name }) => fleet.remove(name),
    },
    events: { deviceAdded: fleet.added, deviceRemoved: fleet.removed, tokenRotated: fleet.rotated },
  }));
