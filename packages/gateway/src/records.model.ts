import type { ActionDeclaration } from '@thingwright/core';
import * as t from 'typebox';
import { AuditAction } from './audit/audit.model.js';

/** What is done with what the gateway keeps. */
export const recordActions = {
  audit: AuditAction,
  setRetention: {
    title: 'Set how long a history is kept',
    description:
      'In place of what the gateway does with all; what is absent goes back to that. It counts for what is dropped from then on.',
    input: t.Object(
      {
        name: t.String({ description: 'Of a device or an adopted Thing.' }),
        days: t.Optional(t.Integer({ minimum: 1, maximum: 36_500, unit: 'd', description: 'Every value.' })),
        meansDays: t.Optional(
          t.Integer({ minimum: 1, maximum: 36_500, unit: 'd', description: 'The means of minutes.' }),
        ),
      },
      { additionalProperties: false },
    ),
    synchronous: true,
    idempotent: true,
  },
} as const satisfies Readonly<Record<string, ActionDeclaration>>;
