import { type Exposure, expose } from '@thingwright/core';
import { of } from 'rxjs';
import type { ThingAdministration } from './administration/thing-administration.js';
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
  /** What may be done to them, and by whom. */
  readonly things: ThingAdministration;
}

/** The gateway as a Thing. */
export const gatewayThing = (
  { fleet, adoptions, things }: GatewayParts,
  { version, startedAt }: GatewayFacts,
): Exposure =>
  expose(GatewayModel, () => ({
    properties: {
      version: of(version),
      startedAt: of(startedAt),
      devices: fleet.devices,
      adoptedThings: adoptions.things,
    },
    actions: {
      provisionDevice: (request, { principal }) => things.provision(principal, request),
      rotateToken: ({ name, overlapSeconds = 0 }, { principal }) =>
        things.rotate(principal, name, overlapSeconds * 1000),
      removeDevice: ({ name }, { principal }) => things.remove(principal, name),
      adoptThing: (request, { principal }) => things.adopt(principal, request),
      releaseThing: ({ name }, { principal }) => things.release(principal, name),
      moveThing: ({ name, organization }, { principal }) => things.move(principal, name, organization),
      listDevices: ({ organization }, { principal }) => things.devices(principal, organization),
    },
    events: {
      deviceAdded: fleet.added,
      deviceRemoved: fleet.removed,
      tokenRotated: fleet.rotated,
      thingAdopted: adoptions.adopted,
      thingReleased: adoptions.released,
    },
  }));
