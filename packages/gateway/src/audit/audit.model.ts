import type { ActionDeclaration } from '@thingwright/core';
import * as t from 'typebox';

const time = (description: string) => t.String({ format: 'date-time', description });

/** What the action `audit` is asked; each member narrows it. */
export const AuditInput = t.Object(
  {
    from: t.Optional(time('From this time on.')),
    to: t.Optional(time('Up to before this time.')),
    principal: t.Optional(t.String({ maxLength: 256, description: 'Who, for example user:ada.' })),
    thing: t.Optional(t.String({ maxLength: 256, description: 'Name or id of a Thing.' })),
    limit: t.Optional(t.Integer({ minimum: 1, maximum: 1000, description: 'Records at most; absent: 100.' })),
    order: t.Optional(t.Enum(['oldest', 'newest'], { description: 'Which end comes first; absent: newest.' })),
    after: t.Optional(
      t.String({ maxLength: 40, description: 'The `next` of the page before; the rest has to be the same.' }),
    ),
  },
  { additionalProperties: false },
);

/** Who did what, or tried to. What was written or given as input is not part of it. */
export const AuditItem = t.Object({
  time: time('When it was answered.'),
  principal: t.String({ description: 'For example user:ada; anonymous for those who could not prove who they are.' }),
  address: t.Optional(t.String({ description: 'The IP address that the request came from.' })),
  thing: t.Optional(t.String({ description: 'The name that the Thing had.' })),
  thingID: t.Optional(t.String({ format: 'uri' })),
  organization: t.Optional(t.String({ description: 'To which the Thing belonged.' })),
  operation: t.String({ description: 'For example writeproperty, invokeaction, authenticate.' }),
  affordances: t.Array(t.String()),
  actionID: t.Optional(t.String({ description: 'The invocation that was begun or cancelled.' })),
  result: t.String({ description: 'done, or the code of an error.' }),
  detail: t.Optional(t.String({ description: 'Why it was refused or failed.' })),
});

/** The action `audit` of the gateway. */
export const AuditAction = {
  title: 'Audit',
  description:
    'Who invoked or wrote what, and who was let in or not; for admins, of the organizations that they administer. The same by HTTP: /audit.',
  input: AuditInput,
  output: t.Object({
    items: t.Array(AuditItem),
    next: t.Optional(t.String({ description: 'Given as `after`, it leads to the next page.' })),
  }),
  synchronous: true,
  safe: true,
  idempotent: true,
} as const satisfies ActionDeclaration;
