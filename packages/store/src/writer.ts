import { createBackOff, type Log, ThingError } from '@thingwright/core';
import { v4 as uuid } from 'uuid';
import { dropChanges, Gathering, type Sealed } from './gathering.js';
import type { Group, Hole } from './group.js';

/** How a {@link Writer} works. */
export interface WriterOptions {
  commit(group: Group): Promise<void>;
  readonly log: Log;
  /** Milliseconds after which, at the latest, what was taken is being committed. Default 20. */
  readonly interval?: number;
  /** Bytes of changes that wait while nothing can be committed; beyond, the oldest are dropped. Default 64 MB. */
  readonly mostBytes?: number;
  /** Milliseconds that anybody waits for a commit. Default 5000. */
  readonly patience?: number;
  /** Is told which changes were dropped. */
  dropped?(hole: Hole): void;
}

/** What a Writer has done. Times are milliseconds. */
export interface WriterStats {
  /** Changes that were committed, and their bytes. */
  readonly changes: number;
  readonly bytes: number;
  readonly commits: number;
  /** Commits that failed and were tried again. */
  readonly failures: number;
  readonly lastCommit: number;
  readonly longestCommit: number;
  readonly allCommits: number;
  /** Bytes of changes that wait to be committed. */
  readonly waiting: number;
  /** Changes that were dropped. */
  readonly dropped: number;
}

interface Waiting {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: ThingError): void;
}

/** How often a group is tried that the database refuses for good. */
const TRIES = 3;

/**
 * Commits what was taken, in groups: one commit at a time, and what comes meanwhile is the next group. So a commit costs the same
 * whoever waits for it, and whoever takes waits for none. A group that cannot be committed is tried again until it can.
 */
export class Writer {
  readonly gathering = new Gathering();
  readonly #options: Required<WriterOptions>;
  readonly #run = uuid();
  readonly #queue: (Sealed & { waiting: Waiting | undefined })[] = [];
  readonly #backOff = createBackOff({ minimum: 100, maximum: 5000 });
  /** Who waits for what is gathered now. */
  #waiting: Waiting | undefined;
  #number = 0;
  #timer: NodeJS.Timeout | undefined;
  #committing = false;
  /** When the last commit began. */
  #lastBegin = Number.NEGATIVE_INFINITY;
  #closed = false;
  #failure: ThingError | undefined;
  #failuresInARow = 0;
  #stats = {
    changes: 0,
    bytes: 0,
    commits: 0,
    failures: 0,
    lastCommit: 0,
    longestCommit: 0,
    allCommits: 0,
    dropped: 0,
  };

  constructor(options: WriterOptions) {
    this.#options = { interval: 20, mostBytes: 67_108_864, patience: 5000, dropped: () => undefined, ...options };
  }

  get stats(): WriterStats {
    return { ...this.#stats, waiting: this.#bytes };
  }

  /** Why nothing can be committed for the moment. */
  get failure(): ThingError | undefined {
    return this.#failure;
  }

  /** Has to be called after something was put into `gathering`. */
  took(): void {
    if (this.#timer !== undefined || this.#committing) {
      if (this.#failure) this.#bound();
      return;
    }
    this.#timer = setTimeout(this.#commitDue, this.#options.interval);
  }

  /** Resolves when all that was taken is committed, undefined if it is; rejects if it cannot be for the moment. */
  kept(): Promise<void> | undefined {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.gathering.isEmpty) {
      const last = this.#queue.at(-1);
      if (!last) return undefined;
      last.waiting ??= createWaiting();
      return last.waiting.promise;
    }
    this.#waiting ??= createWaiting();
    if (!this.#committing) this.#restart(this.#rest);
    return this.#waiting.promise;
  }

  /** Commits what is left, or gives it up after one more try; nothing may be taken afterwards. */
  async close(): Promise<void> {
    const [head] = this.#queue;
    if (this.#committing && head) {
      head.waiting ??= createWaiting();
      await head.waiting.promise.catch(() => undefined);
    }
    if (this.#failure && !this.#committing) {
      this.#failure = undefined;
      this.#restart(0);
    }
    await this.kept()?.catch(() => undefined);
    this.#closed = true;
    clearTimeout(this.#timer);
    const lost = this.#queue.reduce((sum, { group }) => sum + group.changes.micros.length, this.gathering.changes.size);
    if (this.#failure) this.#options.log.error({ changes: lost }, 'the store is closed before all was kept');
  }

  readonly #commitDue = (): void => {
    this.#timer = undefined;
    void this.#commit();
  };

  #restart(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#commitDue, delay);
  }

  async #commit(): Promise<void> {
    if (this.#queue.length === 0) this.#seal();
    const [head] = this.#queue;
    if (this.#committing || !head) return;
    this.#committing = true;
    const begun = performance.now();
    this.#lastBegin = begun;
    const impatience = setTimeout(() => this.#fail(SLOW), this.#options.patience);
    try {
      await this.#options.commit(head.group);
      this.#succeed(head, performance.now() - begun);
    } catch (error) {
      this.#refused(ThingError.from(error, 'The store failed'), head);
    } finally {
      clearTimeout(impatience);
      this.#committing = false;
    }
    this.#goOn();
  }

  #goOn(): void {
    if (this.#closed) return;
    if (this.#failure) this.#restart(this.#backOff(this.#failuresInARow));
    else if (this.#queue.length > 0) this.#restart(0);
    else if (!this.gathering.isEmpty) this.#restart(this.#rest);
  }

  /** Milliseconds until the next commit may begin. */
  get #rest(): number {
    return Math.max(0, this.#lastBegin + this.#options.interval - performance.now());
  }

  #succeed(head: Sealed & { readonly waiting: Waiting | undefined }, duration: number): void {
    this.#shift();
    const stats = this.#stats;
    stats.changes += head.group.changes.micros.length;
    stats.bytes += head.bytes;
    stats.commits++;
    stats.lastCommit = duration;
    stats.longestCommit = Math.max(stats.longestCommit, duration);
    stats.allCommits += duration;
    if (this.#failure) this.#options.log.info({ failures: this.#failuresInARow }, 'the store can be written again');
    this.#failure = undefined;
    this.#failuresInARow = 0;
    head.waiting?.resolve();
  }

  /** What can never be written must not hold up all else for ever: first its changes are let go, then all of it. */
  #refused(error: ThingError, head: Sealed): void {
    this.#stats.failures++;
    this.#failuresInARow++;
    this.#options.log[this.#failuresInARow === 1 ? 'error' : 'debug']({ error }, 'the store cannot be written');
    this.#fail(error.code === 'unavailable' ? error : new ThingError('unavailable', error.detail, { cause: error }));
    if (error.code === 'unavailable' || this.#failuresInARow < TRIES) return;
    if (head.group.changes.micros.length > 0) this.#drop(head);
    else this.#shift();
    this.#failuresInARow = 0;
  }

  #shift(): void {
    const head = this.#queue.shift();
    if (head) this.gathering.letGo(head);
  }

  /** Nobody waits for what cannot be done for the moment. */
  #fail(error: ThingError): void {
    this.#failure = error;
    for (const each of this.#queue) {
      each.waiting?.reject(error);
      each.waiting = undefined;
    }
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  #seal(): void {
    if (this.gathering.isEmpty) return;
    this.#queue.push({ ...this.gathering.seal(this.#run, ++this.#number), waiting: this.#waiting });
    this.#waiting = undefined;
  }

  get #bytes(): number {
    return this.#queue.reduce((sum, { bytes }) => sum + bytes, this.gathering.changes.bytes);
  }

  /** Lets go of the oldest changes when too many wait. The head may be on its way. */
  #bound(): void {
    const { mostBytes } = this.#options;
    if (this.gathering.changes.bytes < mostBytes / 16) return;
    this.#seal();
    for (const sealed of this.#queue.slice(1)) {
      if (this.#bytes <= mostBytes) return;
      this.#drop(sealed);
    }
  }

  #drop(sealed: Sealed): void {
    const hole = dropChanges(sealed);
    if (!hole) return;
    const { count, ...span } = hole;
    this.#stats.dropped += count;
    this.gathering.addHole(span, count);
    this.#options.dropped(span);
    this.#options.log.error({ changes: count }, 'changes are lost: the store could not be written for too long');
  }
}

const SLOW = new ThingError('unavailable', 'The store does not answer');

function createWaiting(): Waiting {
  let settle: Pick<Waiting, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, resolve: () => settle?.resolve(), reject: (error) => settle?.reject(error) };
}
