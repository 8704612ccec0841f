import { defineThing } from '@thingwright/core';
import { DISCOVERY_CONTEXT } from '@thingwright/directory';
import * as t from 'typebox';
import { LocalName, OrganizationName, Title } from './administration/names.model.js';
import { principalActions } from './administration/principal-actions.model.js';
import { discoveryActions, discoveryProperties } from './discovery/discovery.model.js';
import { recordActions } from './records.model.js';

const summary = {
  id: t.String({ format: 'uri' }),
  name: t.String(),
  kind: t.String(),
  title: t.String(),
  organization: t.String(),
};

const devices = t.Array(t.Object({ ...summary, connected: t.Boolean() }));

const adopted = {
  id: summary.id,
  name: t.String(),
  title: t.String(),
  organization: t.String(),
  source: t.Optional(t.String({ format: 'uri', description: 'Where its Thing Description was fetched.' })),
};

const UUID_V4 = '^(urn:uuid:)?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$';

/** Long enough for a signed token, short enough to be no document. */
const Secret = t.String({ minLength: 1, maxLength: 8192 });

/** What may be set of devices that are upgraded, and shown to those that are called. */
const places = {
  group: t.Optional(t.String({ description: 'upgradable, openwrt: what campaigns choose it by.' })),
  location: t.Optional(t.String({ description: 'upgradable, openwrt: what campaigns choose it by, too.' })),
};
const access = {
  host: t.Optional(t.String({ description: 'openwrt: its name or IP address.' })),
  port: t.Optional(t.Integer({ description: 'openwrt: of its SSH server; absent: 22.' })),
  user: t.Optional(t.String({ description: 'openwrt: who logs in; absent: root.' })),
  model: t.Optional(t.String({ description: 'openwrt: its board, by which images fit it.' })),
  credentials: t.Optional(
    t.Object(
      { password: t.Optional(Secret), privateKey: t.Optional(Secret) },
      {
        additionalProperties: false,
        description: 'openwrt: shown to the device; kept encrypted, and never readable.',
      },
    ),
  ),
};

/** The Model of the gateway itself: what it is, the devices that may dial in, and the foreign Things that it serves as its own. */
export const GatewayModel = defineThing({
  '@type': 'ThingDirectory',
  contexts: [DISCOVERY_CONTEXT],
  title: 'Thingwright gateway',
  language: 'en',
  description: 'Where devices dial in and become Things, foreign Things are adopted, and their descriptions are found.',
  links: [{ href: '/things', rel: 'collection', type: 'application/ld+json' }],
  version: '0.1.0',
  properties: {
    version: { schema: t.String(), title: 'Release', readOnly: true, observable: false },
    startedAt: { schema: t.String({ format: 'date-time' }), title: 'Started', readOnly: true, observable: false },
    devices: {
      title: 'Devices',
      description: 'The devices that are provisioned, in that order.',
      schema: devices,
      readOnly: true,
    },
    adoptedThings: {
      title: 'Adopted Things',
      description: 'The foreign Things that the gateway serves as its own, in the order of their adoption.',
      schema: t.Array(t.Object(adopted)),
      readOnly: true,
    },
    ...discoveryProperties,
  },
  actions: {
    provisionDevice: {
      title: 'Provision a device',
      description: 'Makes a device known, and a Thing of it. The token is shown this once.',
      input: t.Object({
        kind: t.String({ description: 'What it is: telemetry, scanner, upgradable, openwrt or printer.' }),
        name: t.Optional(LocalName),
        id: t.Optional(
          t.String({ pattern: UUID_V4, description: 'Its UUIDv4, where it has one already; absent: a new one.' }),
        ),
        title: t.Optional(Title),
        organization: t.Optional(OrganizationName),
        dialect: t.Optional(t.String({ description: 'telemetry: what it speaks; absent: recognised by its frames.' })),
        uuid: t.Optional(t.String({ description: 'printer: what it calls itself on the LAN.' })),
        ...places,
        ...access,
      }),
      output: t.Object({ id: summary.id, name: t.String(), td: t.String({ format: 'uri' }), token: t.String() }),
      synchronous: true,
    },
    rotateToken: {
      title: 'Rotate a token',
      description: 'Gives a device a new token. The old one ends now, or after an overlap.',
      input: t.Object({
        name: t.String(),
        overlapSeconds: t.Optional(t.Integer({ minimum: 0, maximum: 604_800, unit: 's' })),
      }),
      output: t.Object({ token: t.String() }),
      synchronous: true,
    },
    configureDevice: {
      title: 'Configure a device',
      description:
        'Changes settings of a device, and what is shown to it; what is not named stays as it is, and an empty text takes a setting away. With another host or port the credentials are given again.',
      input: t.Object({
        name: t.String(),
        dialect: t.Optional(t.String({ description: 'telemetry: what it speaks. Its Thing is opened anew.' })),
        ...places,
        ...access,
        forgetHostKey: t.Optional(t.Boolean({ description: 'openwrt: takes whatever SSH host key it shows next.' })),
      }),
      idempotent: true,
      synchronous: true,
    },
    removeDevice: {
      title: 'Remove a device',
      description:
        'Ends its connections and its tokens and removes its Thing, with what it has delivered. Its id is never used again.',
      input: t.Object({ name: t.String() }),
      synchronous: true,
    },
    forgetHostKey: {
      title: 'Forget a host key',
      description:
        'Takes whatever SSH host key an OpenWrt device shows next. Until then one that is not the first is refused.',
      input: t.Object({ name: t.String() }),
      idempotent: true,
      synchronous: true,
    },
    adoptThing: {
      title: 'Adopt a Thing',
      description:
        'Serves a foreign Thing as one of the gateway: give its Thing Description, the URL of it, or the key of something discovered.',
      input: t.Object({
        td: t.Optional(t.Object({}, { additionalProperties: true, description: 'A Thing Description 1.1.' })),
        url: t.Optional(t.String({ format: 'uri', maxLength: 2048, description: 'http or https' })),
        discovered: t.Optional(t.String({ maxLength: 2048, description: 'The key of something in discovered.' })),
        name: t.Optional(LocalName),
        title: t.Optional(Title),
        organization: t.Optional(OrganizationName),
        credentials: t.Optional(
          t.Object(
            {
              token: t.Optional(Secret),
              username: t.Optional(Secret),
              password: t.Optional(Secret),
              apiKey: t.Optional(Secret),
            },
            {
              additionalProperties: false,
              description: 'Shown to the foreign Thing; kept encrypted, and never readable.',
            },
          ),
        ),
        pollSeconds: t.Optional(
          t.Number({
            minimum: 0.01,
            maximum: 86_400,
            unit: 's',
            description: 'Between two reads of what its protocol cannot push; absent: 1.',
          }),
        ),
      }),
      output: t.Object({ id: summary.id, name: t.String(), td: t.String({ format: 'uri' }) }),
      synchronous: true,
    },
    releaseThing: {
      title: 'Release a Thing',
      description:
        'Ends the connections to an adopted Thing, forgets its credentials and removes it here. Its id is never used again.',
      input: t.Object({ name: t.String() }),
      synchronous: true,
    },
    moveThing: {
      title: 'Move a Thing',
      description:
        'Gives a device or an adopted Thing to another organization. Its streams end, and a device that is dialled in has to come back.',
      input: t.Object({ name: t.String(), organization: OrganizationName }),
      synchronous: true,
    },
    setTitle: {
      title: 'Set a title',
      description: 'Gives a device or an adopted Thing another title. All who follow it go on.',
      input: t.Object({ name: t.String(), title: Title }),
      idempotent: true,
      synchronous: true,
    },
    listDevices: {
      title: 'List devices',
      description: 'The devices that the caller may see, of one organization or of all.',
      input: t.Object({ organization: t.Optional(OrganizationName) }),
      output: devices,
      safe: true,
      idempotent: true,
      synchronous: true,
    },
    ...discoveryActions,
    ...principalActions,
    ...recordActions,
  },
  events: {
    deviceAdded: { data: t.Object(summary) },
    deviceRemoved: { data: t.Object(summary) },
    tokenRotated: { data: t.Object(summary) },
    thingAdopted: { data: t.Object(adopted) },
    thingReleased: { data: t.Object(adopted) },
    principalChanged: {
      description: 'For those who administer the whole gateway.',
      data: t.Object({ principal: t.String(), change: t.Enum(['added', 'changed', 'removed']) }),
    },
  },
});
