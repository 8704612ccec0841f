import { defineThing } from '@thingwright/core';
import * as t from 'typebox';

/** The name that a device may have: URL-safe, at most 64 characters. */
const DeviceName = t.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$' });

const summary = {
  id: t.String({ format: 'uri' }),
  name: t.String(),
  kind: t.String(),
  title: t.String(),
};

/** The Model of the gateway itself: what it is, and the devices that may dial in. */
export const GatewayModel = defineThing({
  title: 'Thingwright gateway',
  language: 'en',
  description: 'Where devices dial in and become Things.',
  version: '0.1.0',
  properties: {
    version: { schema: t.String(), title: 'Release', readOnly: true, observable: false },
    startedAt: { schema: t.String({ format: 'date-time' }), title: 'Started', readOnly: true, observable: false },
    devices: {
      title: 'Devices',
      description: 'The devices that are provisioned, in that order.',
      schema: t.Array(t.Object({ ...summary, connected: t.Boolean() })),
      readOnly: true,
    },
  },
  actions: {
    provisionDevice: {
      title: 'Provision a device',
      description: 'Makes a device known, and a Thing of it. The token is shown this once.',
      input: t.Object({
        kind: t.String({ description: 'What it is, for example telemetry.' }),
        name: t.Optional(DeviceName),
        title: t.Optional(t.String({ minLength: 1, maxLength: 200 })),
        dialect: t.Optional(t.String({ description: 'telemetry: what it speaks; absent: recognised by its frames.' })),
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
    removeDevice: {
      title: 'Remove a device',
      description: 'Ends its connections and its tokens and removes its Thing. Its id is never used again.',
      input: t.Object({ name: t.String() }),
      synchronous: true,
    },
  },
  events: {
    deviceAdded: { data: t.Object(summary) },
    deviceRemoved: { data: t.Object(summary) },
    tokenRotated: { data: t.Object(summary) },
  },
});
