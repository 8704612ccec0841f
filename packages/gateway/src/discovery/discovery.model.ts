import * as t from 'typebox';

const found = t.Object({
  key: t.String({ description: 'What adoptThing is given as discovered.' }),
  kind: t.Enum(['thing', 'directory', 'printer']),
  title: t.String(),
  source: t.Enum(['direct', 'well-known', 'dns-sd', 'core', 'printers'], { description: 'How it was found.' }),
  address: t.String({ description: 'The URL of its Thing Description, or its IP address.' }),
  state: t.Enum(['found', 'adopted', 'unreachable', 'conflict'], {
    description: 'found: can be adopted. conflict: two devices say that they are this one.',
  }),
  name: t.Optional(t.String({ description: 'The local name of the Thing that it has become.' })),
  reason: t.Optional(t.String({ description: 'Why it cannot be adopted now.' })),
  identityVerified: t.Optional(t.Boolean({ description: "Printers: the maker's signature of their identity holds." })),
  since: t.String({ format: 'date-time' }),
});

/** The property of the gateway in which everything found is listed. */
export const discoveryProperties = {
  discovered: {
    title: 'Discovered',
    description:
      'What was found, and nobody typed in. All of it is what strangers say; it becomes a Thing by adoptThing.',
    schema: t.Array(found),
    readOnly: true,
  },
} as const;

/** The actions of the gateway by which things are looked for. */
export const discoveryActions = {
  discover: {
    title: 'Discover',
    description: 'Looks once more for what there is, or at the server of a URL. What is found is listed in discovered.',
    input: t.Object({
      url: t.Optional(
        t.String({
          format: 'uri',
          maxLength: 2048,
          description: 'Of a Thing Description, or of a server; http or https.',
        }),
      ),
    }),
    output: t.Array(found),
    synchronous: true,
  },
} as const;
