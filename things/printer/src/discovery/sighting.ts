import type { KeyObject } from 'node:crypto';
import type { PrinterMetadata } from '../wire/metadata.js';
import type { StatusBlock } from '../wire/status-block.js';
import type { Claim } from './claim.js';
import type { Endpoint, FoundPrinter } from './found-printer.js';

/** Milliseconds of silence after which a printer counts as gone (reference, section 2.10). */
export const GONE_AFTER = 30_000;
/** Milliseconds of silence after which another address may speak for a UUID: three announcements were missed. */
const MOVES_AFTER = 10_000;
/** Milliseconds until metadata is asked for again, whether it changed or not. */
const METADATA_AGE = 60_000;
/** Milliseconds in which a touch is answered. */
const TOUCH_TIMEOUT = 2000;
/** The longest pause, in milliseconds, between touches that are not answered. */
const LONGEST_PAUSE = 60_000;
/** Milliseconds for which a status with an earlier time than the last one counts as an old one that was sent again. */
const STATUS_ORDER = 10_000;
/** Milliseconds between two touches, whatever the device announces. */
const TOUCH_PACE = 500;
/** Milliseconds for which an address is not listened to that has turned out to be another's. */
const DISTRUST_FOR = 300_000;
/** Touches without an answer after which a claim that fits the pin keeps nobody away any more: anybody can send it again. */
const MOST_UNANSWERED = 2;
/** Milliseconds for which a UUID stays contested. */
const CONTESTED_FOR = 60_000;

const BEFORE_ALL = Number.NEGATIVE_INFINITY;

/** What is known of a UUID that announced itself. Moments are milliseconds of a clock that nobody sets. */
export class Sighting {
  readonly uuid: string;
  endpoint: Endpoint;
  version: 1 | 2;
  claim: Claim | undefined;
  status: StatusBlock | undefined;
  slaveKey: KeyObject | undefined;
  heardAt: number;
  /** By the wall clock. */
  lastSeen = 0;
  /** It was told of, and not yet that it is gone. */
  isShown = false;
  /** It was told of at least once. */
  wasShown = false;
  #stamp = '';
  #metadata: PrinterMetadata | undefined;
  #metadataStamp: string | undefined;
  #metadataAt = BEFORE_ALL;
  #touchedAt = BEFORE_ALL;
  #isTouched = false;
  #unanswered = 0;
  #statusAt = BEFORE_ALL;
  /** When somebody else claimed the UUID, and when who answered at its address was another. */
  #contestedAt = BEFORE_ALL;
  #foundOutAt = BEFORE_ALL;
  #distrusted: string | undefined;
  #distrustedAt = BEFORE_ALL;

  constructor(uuid: string, heard: { readonly endpoint: Endpoint; readonly version: 1 | 2; readonly now: number }) {
    this.uuid = uuid;
    this.endpoint = heard.endpoint;
    this.version = heard.version;
    this.heardAt = heard.now;
  }

  /**
   * Whether a packet in that version, from there, may speak for this UUID. A change of either takes silence, but for who has not
   * answered a touch yet. Under a pinned UUID what is in version 1 comes with a claim that fits the pin, and wins over bare packets.
   */
  listensTo({ address }: Endpoint, version: 1 | 2, { isPinned, now }: { isPinned: boolean; now: number }): boolean {
    if (address === this.#distrusted && now - this.#distrustedAt < DISTRUST_FOR) return false;
    if (address === this.endpoint.address && version === this.version) return true;
    if (now - this.heardAt > MOVES_AFTER) return true;
    if (isPinned && version < this.version && !this.#hasAnswered) return true;
    const isOutranked = isPinned && version > this.version && this.#unanswered < MOST_UNANSWERED;
    return !this.isShown && !isOutranked;
  }

  /** Whether who speaks for it now has said who it is, from this address and in this version. */
  get #hasAnswered(): boolean {
    return this.#metadataStamp !== undefined;
  }

  /** Whoever answers at its address is another. */
  foundOut(now: number): void {
    if (!this.isContested(now)) this.#foundOutAt = now;
  }

  /** Whoever is at its address is another, and somebody else claims the UUID. */
  distrust(now: number): void {
    this.#distrusted = this.endpoint.address;
    this.#distrustedAt = now;
    this.#contestedAt = now;
    this.#moved();
  }

  /** It announced itself. */
  announced(endpoint: Endpoint, announcement: { readonly version: 1 | 2; readonly stamp: string }, now: number): void {
    if (endpoint.address !== this.endpoint.address || announcement.version !== this.version) this.#moved();
    this.endpoint = endpoint;
    this.version = announcement.version;
    this.#stamp = announcement.stamp;
    this.heardAt = now;
  }

  /** What was said elsewhere, or in another version, has to be said again. */
  #moved(): void {
    this.#metadataStamp = undefined;
    this.#isTouched = false;
    this.#unanswered = 0;
    this.#touchedAt = BEFORE_ALL;
    this.slaveKey = undefined;
  }

  /** Takes a status, unless it is older than the one that is known: by its own clock, which only for a while is believed so far. */
  take(status: StatusBlock, now: number): boolean {
    const isOlder = this.status?.time != null && status.time !== null && status.time < this.status.time;
    if (isOlder && now - this.#statusAt < STATUS_ORDER) return false;
    this.status = status;
    this.#statusAt = now;
    return true;
  }

  /** Whether metadata is to be asked for now; counts it as asked for. */
  touches(now: number): boolean {
    const isFresh = this.#metadataStamp === this.#stamp && now - this.#metadataAt < METADATA_AGE;
    if (isFresh || now - this.#touchedAt < this.#patience) return false;
    this.touch(now);
    return true;
  }

  /** Metadata is asked for. */
  touch(now: number): void {
    if (this.#isTouched) this.#unanswered++;
    this.#isTouched = true;
    this.#touchedAt = now;
  }

  /** How long an answer is waited for, the longer the more were not answered. */
  get #patience(): number {
    return this.#isTouched ? Math.min(TOUCH_TIMEOUT * 2 ** Math.min(this.#unanswered, 10), LONGEST_PAUSE) : TOUCH_PACE;
  }

  /** Whether an answer from there is waited for. */
  awaits({ address }: Endpoint, version: 1 | 2): boolean {
    return this.#isTouched && address === this.endpoint.address && version === this.version;
  }

  /** A touch was answered. Gives whether that says anything new. */
  answered(metadata: PrinterMetadata, { stamp, now }: { readonly stamp: string | undefined; readonly now: number }) {
    const before = this.#metadata;
    this.#metadata = metadata;
    this.#metadataStamp = stamp ?? this.#stamp;
    this.#metadataAt = now;
    this.#isTouched = false;
    this.#unanswered = 0;
    this.heardAt = now;
    return (
      before?.name !== metadata.name ||
      before.model !== metadata.model ||
      before.version !== metadata.version ||
      before.hasPassword !== metadata.hasPassword
    );
  }

  /** Somebody else claims the UUID. Gives whether that is news. */
  contested(now: number): boolean {
    const isNew = !this.isClaimed(now);
    if (isNew) this.#contestedAt = now;
    return isNew;
  }

  /** It was contested at some time. */
  get wasContested(): boolean {
    return Math.max(this.#contestedAt, this.#foundOutAt) !== BEFORE_ALL;
  }

  /** Somebody else has claimed the UUID within the last minute. */
  isClaimed(now: number): boolean {
    return now - this.#contestedAt < CONTESTED_FOR;
  }

  isContested(now: number): boolean {
    return this.isClaimed(now) || now - this.#foundOutAt < CONTESTED_FOR;
  }

  /** The printer, as far as all is known that makes one. */
  printer(now: number): FoundPrinter | undefined {
    const { uuid, endpoint, version, claim, status, slaveKey, lastSeen } = this;
    const metadata = this.#metadata;
    if (!claim || !metadata || !status) return undefined;
    return {
      uuid,
      ...endpoint,
      serial: claim.serial,
      name: metadata.name,
      model: metadata.model,
      firmware: metadata.version,
      hasPassword: metadata.hasPassword,
      discoveryVersion: version,
      identityVerified: claim.isVerified,
      masterKey: claim.masterKey,
      slaveKey,
      status,
      isReachable: now - this.heardAt <= GONE_AFTER,
      lastSeen,
      isContested: this.isContested(now),
    };
  }
}
