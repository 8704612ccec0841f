import { OPERATION_NAMES } from '@thingwright/core';
import * as t from 'typebox';
import { ROLES } from '../policy.js';
import { OrganizationName, Title } from './names.model.js';

const PrincipalID = t.String({ maxLength: 400, description: 'For example user:ada, service:reports.' });
const ID = t.String({ maxLength: 64 });
const Password = t.String({ maxLength: 1024 });
const PersonName = t.String({ maxLength: 64, description: 'Letters, digits, _, . and -.' });
const Seconds = t.Integer({ minimum: 0, maximum: 604_800, unit: 's' });
const DateTime = t.String({ format: 'date-time' });

const place = {
  organization: t.Optional(t.String({ maxLength: 64 })),
  thing: t.Optional(t.String({ maxLength: 100, description: 'The name of a Thing.' })),
  affordance: t.Optional(t.String({ maxLength: 200 })),
  operation: t.Optional(t.Enum([...OPERATION_NAMES])),
};

const owner = {
  principal: t.Optional(PrincipalID),
  currentPassword: t.Optional(Password),
};

const Secret = t.Object({
  principal: t.String(),
  credential: t.String({ description: 'Its id, to rotate or revoke it by.' }),
  secret: t.String({ description: 'Shown this once.' }),
  expires: t.Optional(DateTime),
});

const Person = {
  title: t.Optional(Title),
  organization: t.Optional(OrganizationName),
};

const ofPrincipal = t.Object({ principal: PrincipalID });

/** Actions on users, services, their grants and credentials; a part of the gateway's Model. */
export const principalActions = {
  listPrincipals: {
    title: 'List users and services',
    description: 'Those whom the caller administers, and the caller.',
    input: t.Object({ organization: t.Optional(OrganizationName) }),
    output: t.Array(
      t.Object({
        id: t.String(),
        kind: t.Enum(['user', 'service']),
        name: t.String(),
        title: t.String(),
        organization: t.String(),
        disabled: t.Boolean(),
        created: DateTime,
        grants: t.Array(t.Object({ id: t.String(), role: t.String(), ...place })),
      }),
    ),
    safe: true,
    idempotent: true,
    synchronous: true,
  },
  addUser: {
    title: 'Add a user',
    description: 'Either with a name, and a password if it shall come in by one, or a user of the configured issuer.',
    input: t.Object({
      name: t.Optional(PersonName),
      password: t.Optional(Password),
      subject: t.Optional(t.String({ minLength: 1, maxLength: 255, description: 'The sub of its JSON Web Tokens.' })),
      ...Person,
    }),
    output: t.Object({ principal: t.String() }),
    synchronous: true,
  },
  addService: {
    title: 'Add a service',
    description: 'The secret is shown this once; it is good for Basic and at /oauth/token.',
    input: t.Object({ name: PersonName, ...Person }),
    output: Secret,
    synchronous: true,
  },
  disablePrincipal: {
    title: 'Shut a user or a service out',
    description: 'It keeps what it has, and its sockets close.',
    input: ofPrincipal,
    idempotent: true,
    synchronous: true,
  },
  enablePrincipal: {
    title: 'Let a user or a service in again',
    input: ofPrincipal,
    idempotent: true,
    synchronous: true,
  },
  removePrincipal: {
    title: 'Remove a user or a service',
    description: 'With its grants, credentials and sessions; its sockets close.',
    input: ofPrincipal,
    synchronous: true,
  },
  setPassword: {
    title: 'Set a password',
    description:
      'Of oneself with the one before, of others as their admin. Who came in by the old one has to come again.',
    input: t.Object({ ...owner, password: Password }),
    synchronous: true,
  },
  grant: {
    title: 'Grant a role',
    description:
      'To a user or a service: in an organization, or everywhere; on a Thing, an affordance or an operation only, if that is given.',
    input: t.Object({ principal: PrincipalID, role: t.Enum([...ROLES]), ...place }),
    output: t.Object({ grant: t.String({ description: 'Its id, to revoke it by.' }) }),
    synchronous: true,
  },
  revokeGrant: {
    title: 'Take a role back',
    input: t.Object({ principal: PrincipalID, grant: ID }),
    synchronous: true,
  },
  listCredentials: {
    title: 'List credentials',
    description: 'Tokens, secrets and access tokens of oneself or of somebody else, without what is secret.',
    input: t.Object({ principal: t.Optional(PrincipalID) }),
    output: t.Array(
      t.Object({
        id: t.String(),
        kind: t.Enum(['token', 'secret', 'access']),
        label: t.String(),
        created: DateTime,
        expires: t.Optional(DateTime),
      }),
    ),
    safe: true,
    idempotent: true,
    synchronous: true,
  },
  issueToken: {
    title: 'Issue a token',
    description: 'For oneself with the current password, for others as their admin. It is shown this once.',
    input: t.Object({
      ...owner,
      label: t.Optional(t.String({ maxLength: 100 })),
      expiresInSeconds: t.Optional(t.Integer({ minimum: 1, maximum: 315_360_000, unit: 's' })),
    }),
    output: Secret,
    synchronous: true,
  },
  rotateCredential: {
    title: 'Rotate a credential',
    description: 'Replaces a token, or the secret of a service. The old one ends now, or after an overlap.',
    input: t.Object({ ...owner, credential: t.Optional(ID), overlapSeconds: t.Optional(Seconds) }),
    output: Secret,
    synchronous: true,
  },
  revokeCredential: {
    title: 'Revoke a credential',
    description: 'Ends a token, a secret or an access token now; its sockets close.',
    input: t.Object({ principal: t.Optional(PrincipalID), credential: ID }),
    synchronous: true,
  },
} as const;
