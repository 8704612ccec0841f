import { type Exposure, expose } from '@thingwright/core';
import { of } from 'rxjs';
import type { Adoptions } from './adoption/adoptions.js';
import type { Fleet } from './fleet.js';
import { GatewayModel } from './gateway.model.js';

/** What the gateway tells of itself. */
export interface GatewayFacts {
  readonly version: string;
  readonly startedAt: string;
}

/** What the gateway's Things are kept by. */
export interface GatewayParts {
  readonly fleet: Fleet;
  readonly adoptions: Adoptions;
}

/** The gateway as a Thing. */
export const gatewayThing = ({ fleet, adoptions }: GatewayParts, { version, startedAt }: GatewayFacts): Exposure =>
  expose(GatewayModel, () => ({
    properties: {
      version: of(version),
      startedAt: of(startedAt),
      devices: fleet.devices,
      adoptedThings: adoptions.things,
    },
    actions: {
      provisionDevice: (request) => fleet.provision(request),
      rotateToken: ({ name, overlapSeconds = 0 }) => fleet.rotate(name, overlapSeconds * 1000),
      removeDevice: ({ name }) => fleet.remove(name),
      adoptThing: (request) => adoptions.adopt(request),
      releaseThing: ({ name }) => adoptions.release(name),
    },
    events: {
      deviceAdded: fleet.added,
      deviceRemoved: fleet.removed,
      tokenRotated: fleet.rotated,
      thingAdopted: adoptions.adopted,
      thingReleased: adoptions.released,
    },
  }));
