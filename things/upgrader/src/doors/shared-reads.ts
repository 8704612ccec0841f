/**
 * Gives each caller what was read after its call: those who call while one is read share the next one. However many call, two are under way at
 * most for one key.
 */
export function sharedReads<T>(): (key: string, read: () => Promise<T>) => Promise<T> {
  const running = new Map<string, { readonly promise: Promise<T>; next: Promise<T> | undefined }>();

  const begin = (key: string, read: () => Promise<T>): Promise<T> => {
    const promise = read().finally(() => {
      if (running.get(key)?.promise === promise) running.delete(key);
    });
    running.set(key, { promise, next: undefined });
    return promise;
  };

  return (key, read) => {
    const current = running.get(key);
    if (!current) return begin(key, read);
    const again = (): Promise<T> => begin(key, read);
    current.next ??= current.promise.then(again, again);
    return current.next;
  };
}
