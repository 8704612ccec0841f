import * as t from 'typebox';

const name = (description: string) => t.Optional(t.String({ minLength: 1, maxLength: 64, description }));

/** The settings of all devices that campaigns upgrade. */
export const PLACES = {
  group: name('What campaigns choose it by.'),
  location: name('Where it is; what campaigns choose it by, too.'),
} as const;
