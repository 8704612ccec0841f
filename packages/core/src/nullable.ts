import * as t from 'typebox';

/** The schema, or null: `oneOf`, which a Thing Description can say (`anyOf` and lists of types it cannot). */
export function nullable<S extends t.TSchema>(schema: S): t.TUnsafe<t.Static<S> | null> {
  return t.Unsafe<t.Static<S> | null>({ oneOf: [schema, { type: 'null' }] });
}
