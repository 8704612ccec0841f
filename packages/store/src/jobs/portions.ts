/** A list in parts of at most so many items. */
export function* portions<T>(list: readonly T[], most: number): Generator<readonly T[]> {
  for (let i = 0; i < list.length; i += most) yield list.slice(i, i + most);
}
