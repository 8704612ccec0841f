import { ThingError } from '@thingwright/core';
import type {
  Build,
  Catalogue,
  Category,
  DeviceFirmware,
  Entry,
  Filter,
  FirmwareImage,
  Shelf,
  ShelfQuery,
} from './catalogue.js';

/** What a shelf holds its rows to. */
interface Rules<T> {
  /** Of what no two rows may have the same; undefined: this row is not asked. */
  readonly unique: readonly ((row: T) => string | undefined)[];
  /** @throws ThingError `conflict` if what a row belongs to is not there. */
  readonly check: (row: T) => void;
  readonly removed: (id: string) => void;
  /** What the first of `unique` gives for whatever fits; undefined: all rows have to be looked at. */
  readonly only?: (where: Filter<T>) => string | undefined;
}

interface OpenShelf<T extends Entry> extends Shelf<T> {
  row(id: string): T | undefined;
  removeWhere(where: (row: T) => boolean): void;
}

/** Keeps a catalogue until the process ends: for tests and for programs without a store. */
export function catalogueInProcess(): Catalogue {
  const categories: OpenShelf<Category> = shelf({
    unique: [({ name, organization }) => JSON.stringify([organization, name])],
    check() {},
    removed: (id) => builds.removeWhere(({ category }) => category === id),
  });
  const builds: OpenShelf<Build> = shelf({
    unique: [
      ({ category, version }) => JSON.stringify([category, version]),
      ({ category, os }) =>
        os === null ? undefined : JSON.stringify([categories.row(category)?.organization ?? null, os]),
    ],
    check: ({ category }) => demand(categories, category, 'category'),
    removed: (id) => images.removeWhere(({ build }) => build === id),
  });
  const images: OpenShelf<FirmwareImage> = shelf({
    unique: [({ build, type }) => JSON.stringify([build, type])],
    check: ({ build }) => demand(builds, build, 'build'),
    removed: (id) => firmware.removeWhere(({ image }) => image === id),
  });
  const firmware: OpenShelf<DeviceFirmware> = shelf({
    unique: [({ device }) => device],
    check: ({ image }) => demand(images, image, 'image'),
    removed() {},
    only: ({ device }) => (typeof device === 'string' ? device : undefined),
  });
  return { categories, builds, images, firmware };
}

function demand<T extends Entry>(owners: OpenShelf<T>, id: string, kind: string): void {
  if (!owners.row(id)) throw new ThingError('conflict', `There is no ${kind} ${id}`);
}

function shelf<T extends Entry>({ unique, check, removed, only }: Rules<T>): OpenShelf<T> {
  const rows = new Map<string, T>();
  const taken = unique.map(() => new Map<string, string>());
  const keysOf = (row: T) => unique.map((key) => key(row));
  const remove = (row: T) => {
    keysOf(row).forEach((key, i) => {
      if (key !== undefined) taken[i]?.delete(key);
    });
    rows.delete(row.id);
    removed(row.id);
  };
  const candidates = (where: Filter<T>): readonly T[] => {
    const key = only?.(where);
    if (key === undefined) return [...rows.values()];
    const row = rows.get(taken[0]?.get(key) ?? '');
    return row ? [row] : [];
  };
  return {
    row: (id) => rows.get(id),
    removeWhere(where) {
      for (const row of [...rows.values()].filter(where)) remove(row);
    },
    get: async (id) => rows.get(id),
    async put(row) {
      check(row);
      const keys = keysOf(row);
      const before = rows.get(row.id);
      const clash = keys.some((key, i) => key !== undefined && (taken[i]?.get(key) ?? row.id) !== row.id);
      if (clash) throw new ThingError('conflict', 'Another one has what has to be unique');
      const keysBefore = before ? keysOf(before) : [];
      keysBefore.forEach((key, i) => {
        if (key !== undefined) taken[i]?.delete(key);
      });
      keys.forEach((key, i) => {
        if (key !== undefined) taken[i]?.set(key, row.id);
      });
      rows.set(row.id, row);
    },
    async find({ where = {}, order, offset = 0, limit = 100 }: ShelfQuery<T> = {}) {
      const all = inOrder(candidates(where).filter(fitting(where)), order);
      return { items: all.slice(offset, offset + limit), count: all.length };
    },
    async remove(id) {
      const row = rows.get(id);
      if (row) remove(row);
      return row !== undefined;
    },
  };
}

function fitting<T>(where: Filter<T>): (row: T) => boolean {
  const wanted = Object.entries(where).filter(([, value]) => value !== undefined);
  return (row) => {
    const values = new Map<string, unknown>(Object.entries(row ?? {}));
    return wanted.every(([key, value]) =>
      Array.isArray(value) ? value.includes(values.get(key)) : values.get(key) === value,
    );
  };
}

function inOrder<T extends Entry>(rows: T[], order: ShelfQuery<T>['order']): readonly T[] {
  const sign = (order?.isDescending ?? true) ? -1 : 1;
  const by = order?.by ?? 'created';
  const rank = (value: unknown): string | number => (typeof value === 'number' ? value : String(value ?? ''));
  return rows.sort((a, b) => {
    const [x, y] = [rank(a[by]), rank(b[by])];
    if (x === y) return a.id < b.id ? -1 : 1;
    return x < y ? -sign : sign;
  });
}
