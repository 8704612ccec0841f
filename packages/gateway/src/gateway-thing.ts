import { type Exposure, expose } from '@thingwright/core';
import { of } from 'rxjs';
import type { PrincipalAdministration } from './administration/principal-administration.js';
import type { ThingAdministration } from './administration/thing-administration.js';
import type { Adoptions } from './adoption/adoptions.js';
import type { Discovery } from './discovery/discovery.js';
import type { Fleet } from './fleet.js';
import { GatewayModel } from './gateway.model.js';
import type { RecordsOfThings } from './records.js';

/** What the gateway tells of itself. */
export interface GatewayFacts {
  readonly version: string;
  readonly startedAt: string;
}

/** What the gateway's Things are kept by. */
export interface GatewayParts {
  readonly fleet: Fleet;
  readonly adoptions: Adoptions;
  readonly discovery: Pick<Discovery, 'discover' | 'discovered' | 'list'>;
  /** What may be done to them, and by whom. */
  readonly things: ThingAdministration;
  /** What is kept of all that. */
  readonly records: RecordsOfThings;
  /** What may be done to users and services, and by whom. */
  readonly principals: PrincipalAdministration;
}

/** The gateway as a Thing. */
export const gatewayThing = (
  { fleet, adoptions, discovery, things, principals, records }: GatewayParts,
  { version, startedAt }: GatewayFacts,
): Exposure =>
  expose(GatewayModel, () => ({
    properties: {
      version: of(version),
      startedAt: of(startedAt),
      devices: { value: fleet.devices, read: () => fleet.list() },
      adoptedThings: adoptions.things,
      discovered: { value: discovery.discovered, read: () => discovery.list() },
    },
    actions: {
      provisionDevice: (request, { principal }) => things.provision(principal, request),
      rotateToken: ({ name, overlapSeconds = 0 }, { principal }) =>
        things.rotate(principal, name, overlapSeconds * 1000),
      configureDevice: (request, { principal }) => things.configure(principal, request),
      removeDevice: ({ name }, { principal }) => things.remove(principal, name),
      forgetHostKey: ({ name }, { principal }) => things.forgetHostKey(principal, name),
      adoptThing: (request, { principal }) => things.adopt(principal, request),
      discover: ({ url }) => discovery.discover(url),
      releaseThing: ({ name }, { principal }) => things.release(principal, name),
      moveThing: ({ name, organization }, { principal }) => things.move(principal, name, organization),
      setTitle: ({ name, title }, { principal }) => things.setTitle(principal, name, title),
      listDevices: ({ organization }, { principal }) => things.devices(principal, organization),
      audit: (request, { principal }) => records.audit(principal, request),
      setRetention: (request, { principal }) => records.setRetention(principal, request),
      listPrincipals: ({ organization }, { principal }) => principals.list(principal, organization),
      addUser: (user, { principal }) => principals.addUser(principal, user),
      addService: (service, { principal }) => principals.addService(principal, service),
      disablePrincipal: ({ principal: id }, { principal }) => principals.setDisabled(principal, id, true),
      enablePrincipal: ({ principal: id }, { principal }) => principals.setDisabled(principal, id, false),
      removePrincipal: ({ principal: id }, { principal }) => principals.remove(principal, id),
      setPassword: (request, { principal }) => principals.setPassword(principal, request),
      grant: (request, { principal }) => principals.grant(principal, request),
      revokeGrant: ({ principal: id, grant }, { principal }) => principals.revokeGrant(principal, id, grant),
      listCredentials: ({ principal: id }, { principal }) => principals.credentials(principal, id),
      issueToken: (request, { principal }) => principals.issueToken(principal, request),
      rotateCredential: (request, { principal }) => principals.rotateCredential(principal, request),
      revokeCredential: ({ principal: id, credential }, { principal }) =>
        principals.revokeCredential(principal, credential, id),
    },
    events: {
      deviceAdded: fleet.added,
      deviceRemoved: fleet.removed,
      tokenRotated: fleet.rotated,
      thingAdopted: adoptions.adopted,
      thingReleased: adoptions.released,
      principalChanged: principals.changed,
    },
  }));
