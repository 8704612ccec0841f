import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { debounceTime, Observable, startWith } from 'rxjs';
import type { CertificateSource } from './certificate.js';

/** Where a certificate chain and its key are kept, and every how many milliseconds they are looked at (default 5 s). */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly interval?: number;
}

/**
 * A certificate that others renew in place. The files are looked at from time to time, through their links: changes that are
 * announced do not tell of a folder above that is exchanged, as Kubernetes does, nor of a network's file system.
 */
export function certificateFiles({ cert, key, interval = 5000 }: CertificateFiles): CertificateSource {
  const changed = new Observable<void>((subscriber) => {
    const emit = (): void => subscriber.next();
    for (const path of [cert, key]) watchFile(path, { interval, persistent: false }, emit);
    return () => {
      for (const path of [cert, key]) unwatchFile(path, emit);
    };
  });
  return {
    read: async () => ({ cert: await readFile(cert), key: await readFile(key) }),
    // Once without a change: what changed before the first look is not seen. The two change one after the other; between,
    // they do not fit.
    changes: changed.pipe(startWith(undefined), debounceTime(interval)),
  };
}
