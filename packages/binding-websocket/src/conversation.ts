import type { Authentication, Context, ReaderFigures, Site, Thing, ThingError } from '@thingwright/core';
import type { Dialect } from '@thingwright/web-thing-protocol/legacy';
import type { Encoding } from './encoding.js';
import type { ConnectionLimits } from './limits.js';
import type { Outbox } from './outbox.js';
import type { Relays } from './relay.js';

/** What is spoken over one connection, in whatever dialect; what all dialects have in common is the connection's. */
export interface Conversation {
  /** Requests that are answered later. */
  readonly inFlight: number;
  /** Says what is said unasked; the peer can hear from now on. */
  begin(): void;
  /** Takes a message. Tells whether it was one: too many in a row that are none end the connection. */
  receive(text: string): boolean;
  /** Answers a message that is not even looked at for what it wants. */
  refuse(text: string, error: ThingError): void;
  /** Refuses all that is in flight: the caller's rights have ended. */
  revoke(error: ThingError): void;
  /** The peer is no longer behind: sends what waited. */
  catchUp(): void;
  /** A Thing has come. */
  added(thing: Thing): void;
  /** A Thing is gone that was not the only one of this connection. */
  removed(thing: Thing): void;
  /** The connection is over. */
  end(): void;
}

/** What a conversation needs of its connection. */
export interface Line {
  readonly outbox: Outbox;
  /** Nothing more leaves. */
  readonly isOver: boolean;
  /** Sends a message, which has to be ASCII. */
  send(text: string): void;
  /** Ends the connection with a code and a reason; what was sent before still leaves. */
  close(code: number, reason: string): void;
  /** One less is in flight: reads on if there was too much. */
  answered(): void;
}

/** What all connections of a binding share. */
export interface ConversationHost {
  readonly site: Site;
  readonly relays: Relays;
  readonly figures: ReaderFigures;
  readonly limits: ConnectionLimits;
  readonly encodings: Readonly<Record<Dialect, Encoding>>;
}

/** Who is at the other end, and what it came for. */
export interface Visitor {
  readonly authentication: Authentication;
  readonly context: Context;
  readonly dialect: Dialect;
  /** The only Thing of the endpoint; undefined where all are reached. */
  readonly sole: Thing | undefined;
}

/** What a conversation is made of. */
export interface ConversationParts {
  readonly host: ConversationHost;
  readonly visitor: Visitor;
  readonly line: Line;
}

/** Tells whether a Thing is there for a visitor: it belongs to the endpoint, and may be seen. */
export const reaches = ({ sole, context }: Visitor, site: Site, thing: Thing): boolean =>
  (sole === undefined || sole === thing) && site.isVisible(thing, context.principal);
