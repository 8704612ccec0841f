import type {
  Answer,
  Notification,
  ObserveOperation,
  Operation,
  ThingError,
  UnobserveAll,
  UnobserveOne,
} from '@thingwright/core';
import type { Observable } from 'rxjs';

/** The operations that are answered once and leave nothing behind: all but observing, which is a stream. */
export type RequestOperation = Exclude<Operation, ObserveOperation | UnobserveOne | UnobserveAll>;

/** How a request is to be made. */
export interface RequestOptions {
  /** Milliseconds until it fails with `timeout`; default the client's `requestTimeout`. */
  readonly timeout?: number;
}

/**
 * How a stream of notifications began: for the first time, or again after an interruption with all that was missed
 * (`complete`), perhaps without some of it (`gap`), or from a server that was asked to resume and does not say (`unknown`).
 */
export type Opening = 'new' | 'complete' | 'gap' | 'unknown';

/** Something may have been missed while the connection was away. */
export interface Gap {
  readonly kind: 'property' | 'event';
  /** The affordance; absent where all of that kind were observed. */
  readonly name?: string;
}

/** One Thing as reached over one protocol; core's Channel, seen from the other end of the wire. */
export interface Transport {
  request(operation: RequestOperation, options?: RequestOptions): Promise<Answer>;
  /** `opened` is called each time the stream begins, before what it brings. */
  observe(operation: ObserveOperation, opened: (opening: Opening) => void): Observable<Notification>;
}

/** How the connection to a Thing stands. */
export interface ConnectionState {
  /** `waiting`: it broke, and another attempt comes after `delay` milliseconds. `closed` is final. */
  readonly state: 'connecting' | 'open' | 'waiting' | 'closed';
  readonly transport: 'websocket' | 'http';
  /** Attempts since it last held; 0 for the first one. */
  readonly attempt: number;
  readonly delay?: number;
  /** Why it is waiting or closed. */
  readonly error?: ThingError;
}

/** The kind of affordance that an observing operation is about. */
export const kindOf = ({ op }: ObserveOperation): Gap['kind'] =>
  op === 'observeproperty' || op === 'observeallproperties' ? 'property' : 'event';

/** What an observing operation may leave open: its affordance, or all of its kind. */
export const gapOf = (operation: ObserveOperation): Gap => {
  const kind = kindOf(operation);
  return 'name' in operation ? { kind, name: operation.name } : { kind };
};
