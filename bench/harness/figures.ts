/** What a program of a bench says about itself: numbers by name. */
export type Figures = Readonly<Record<string, number>>;

/** Tells whether a value from another process is {@link Figures}. */
export const isFigures = (value: unknown): value is Figures =>
  typeof value === 'object' && value !== null && Object.values(value).every((member) => typeof member === 'number');

/** The figure with that name. @throws RangeError if there is none. */
export function figure(figures: Figures, name: string): number {
  const value = figures[name];
  if (value === undefined) throw new RangeError(`There is no figure '${name}' in ${JSON.stringify(figures)}`);
  return value;
}
