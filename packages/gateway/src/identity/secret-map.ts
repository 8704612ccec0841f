import { createHash, randomBytes } from 'node:crypto';

/** Values under secrets that are handed out once: only a hash of each secret is kept, so finding one tells nothing by its time. */
export interface SecretMap<T> {
  /** Keeps a value under a new secret of 32 random bytes in base64url; beyond a limit the oldest gives way. */
  add(value: T): string;
  get(secret: string): T | undefined;
  /** Takes a value out. */
  take(secret: string): T | undefined;
  values(): Iterable<T>;
  /** Takes out, and hands over, all values that `over` says yes to. */
  sweep(over: (value: T) => boolean): readonly T[];
}

/** How many values there may be. */
export interface SecretMapLimits<T> {
  readonly most: number;
  /** Of one owner, so that nobody pushes out the values of others. */
  readonly mostOfOne: number;
  ownerOf(value: T): string;
}

/** Makes an empty SecretMap; what gives way to a newer one is handed to `dropped`. */
export function createSecretMap<T>(
  { most, mostOfOne, ownerOf }: SecretMapLimits<T>,
  dropped: (value: T) => void = () => undefined,
): SecretMap<T> {
  const values = new Map<string, T>();
  const makeRoomFor = (value: T): void => {
    const owner = ownerOf(value);
    const own = [...values].filter(([, one]) => ownerOf(one) === owner);
    const [oldest] = own.length >= mostOfOne ? own : values.size >= most ? values : [];
    if (!oldest) return;
    values.delete(oldest[0]);
    dropped(oldest[1]);
  };
  const take = (key: string): T | undefined => {
    const value = values.get(key);
    values.delete(key);
    return value;
  };
  return {
    add(value) {
      makeRoomFor(value);
      const secret = randomBytes(32).toString('base64url');
      values.set(hash(secret), value);
      return secret;
    },
    get: (secret) => values.get(hash(secret)),
    take: (secret) => take(hash(secret)),
    values: () => values.values(),
    sweep(over) {
      const gone = [...values].filter(([, value]) => over(value));
      for (const [key] of gone) values.delete(key);
      return gone.map(([, value]) => value);
    },
  };
}

const hash = (secret: string): string => createHash('sha256').update(secret).digest('base64');
