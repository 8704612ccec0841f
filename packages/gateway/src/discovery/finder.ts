import type { Observable } from 'rxjs';
import type { AdoptedThing, AdoptRequest } from '../adoption/adoptions.js';

/** What was found and nobody typed in. All of it is what a stranger says. */
export interface Found {
  /** What it is adopted by; the same as long as it is there. */
  readonly key: string;
  readonly kind: 'thing' | 'directory' | 'printer';
  readonly title: string;
  /** How it was found. */
  readonly source: 'direct' | 'well-known' | 'dns-sd' | 'core' | 'printers';
  /** Where it is: the URL of its Thing Description, or an IP address. */
  readonly address: string;
  /**
   * `found`: it can be adopted. `adopted`: it is a Thing of the gateway. `unreachable`: not for now. `conflict`: two devices say that they are this
   * one; neither is adopted before that is settled.
   */
  readonly state: 'found' | 'adopted' | 'unreachable' | 'conflict';
  /** The local name of the Thing that it has become. */
  readonly name?: string;
  /** Why it cannot be adopted now. */
  readonly reason?: string;
  /** Printers: whether the maker's signature of their identity was verified. */
  readonly identityVerified?: boolean;
  /** When it was found first; RFC 3339, UTC. */
  readonly since: string;
}

/** What may be said of something found when it is adopted. */
export type AdoptFoundRequest = Omit<AdoptRequest, 'td' | 'url'>;

/** Finds devices in one way, and knows how those become Things. */
export interface Finder extends AsyncDisposable {
  /** What is there now, and again whenever that changes; at most 500. */
  readonly found: Observable<readonly Found[]>;
  /** Looks once more, now. */
  search(): void;
  /** The key by which the Thing of that local name was found, or would be found again; undefined if it is none of this finder's. */
  keyOf(name: string): string | undefined;
  /** Makes one a Thing. @throws ThingError `notFound` for a key that is not found here any more, `conflict` for what is contested or adopted. */
  adopt(key: string, request: AdoptFoundRequest): Promise<AdoptedThing>;
}
