/** What a change is of. */
export interface NameOfChange {
  readonly kind: 'property' | 'event';
  readonly name: string;
}

/** Short keys of the names of affordances, the same for all Things. */
export interface Names {
  /** The key of a name; a new one is given one. */
  keyOf(kind: NameOfChange['kind'], name: string): number;
  /** The keys of the names of properties; for the same list the same. */
  keysOf(properties: readonly string[]): readonly number[];
  /** The key, if there is one. */
  find(kind: NameOfChange['kind'], name: string): number | undefined;
  nameOf(key: number): NameOfChange | undefined;
}

/** Makes Names of those that are known; `added` is told of each new one. */
export function createNames(
  known: readonly { readonly key: number; readonly kind: string; readonly name: string }[],
  added: (key: number, kind: string, name: string) => void,
): Names {
  const keys = { property: new Map<string, number>(), event: new Map<string, number>() };
  const names = new Map<number, NameOfChange>();
  let last = 0;
  const put = (key: number, kind: NameOfChange['kind'], name: string): void => {
    keys[kind].set(name, key);
    names.set(key, { kind, name });
    last = Math.max(last, key);
  };
  for (const { key, kind, name } of known) put(key, kind === 'event' ? 'event' : 'property', name);
  const lists = new WeakMap<readonly string[], readonly number[]>();
  const keyOf = (kind: NameOfChange['kind'], name: string): number => {
    const known = keys[kind].get(name);
    if (known !== undefined) return known;
    const key = last + 1;
    put(key, kind, name);
    added(key, kind, name);
    return key;
  };
  return {
    keyOf,
    keysOf(properties) {
      const known = lists.get(properties);
      if (known) return known;
      const list = properties.map((name) => keyOf('property', name));
      lists.set(properties, list);
      return list;
    },
    find: (kind, name) => keys[kind].get(name),
    nameOf: (key) => names.get(key),
  };
}
