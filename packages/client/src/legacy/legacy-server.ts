import type { LegacyMessage } from '@thingwright/web-thing-protocol/legacy';
import type { Described } from '../endpoint.js';
import type { HttpAnswer, HttpRequest } from '../http-requests.js';
import type { RequestOptions } from '../transport.js';
import type { LocatedRun } from './located-run.js';

/** Makes an HTTP request within the life of its channel. Rejects with a ThingError. */
export type Ask = (request: HttpRequest) => Promise<HttpAnswer>;

/** What can be listened to on a socket of these dialects. */
export type WatchKind = 'property' | 'event' | 'action';

/** One Thing at a server that speaks an older dialect: what there is to say to it, and what it means by its answers. */
export interface LegacyServer {
  readonly described: Described;
  /** Address of its socket; undefined if it has none. */
  readonly socket: string | undefined;
  /** What is offered when the socket opens. */
  readonly protocols: readonly string[];
  /** Milliseconds to wait for its first frame before anything is sent; 0: nothing is waited for. */
  readonly settling: number;
  /** Whether changes may be lost without a word when many come at once. */
  readonly losesChanges: boolean;
  /** Reads a frame. Never throws. */
  decode(text: string): LegacyMessage;
  /** The frame that asks for what is to be listened to; undefined if it comes unasked. */
  begin(kind: WatchKind, name: string): string | undefined;
  /** The frame that ends it; undefined if there is none. */
  end(kind: WatchKind, name: string): string | undefined;
  /** Gives undefined for an answer without a value. Rejects with a ThingError, as do all of these. */
  read(name: string, options?: RequestOptions): Promise<unknown>;
  /** Gives the value that the server confirms; undefined where it confirms none. */
  write(name: string, value: unknown, options?: RequestOptions): Promise<unknown>;
  /** All values at once; undefined where that cannot be asked for. */
  readonly readAll?: (options?: RequestOptions) => Promise<Readonly<Record<string, unknown>>>;
  invoke(name: string, input: unknown, options?: RequestOptions): Promise<LocatedRun>;
  /** How a run stands. */
  query(action: string, url: string): Promise<LocatedRun>;
  cancel(url: string): Promise<void>;
  /** The runs of an action that the server keeps. */
  runsOf(action: string): Promise<readonly LocatedRun[]>;
}
