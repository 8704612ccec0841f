import type { Authentication, Now } from '@thingwright/core';
import { createSecretMap } from './secret-map.js';

/** A ticket just made, and how many seconds it is good for. */
export interface MadeTicket {
  readonly ticket: string;
  readonly expiresIn: number;
}

/** One-time tokens of a few seconds, for the WebSockets of pages that can set no header and have no cookie. */
export interface Tickets {
  make(authentication: Authentication): MadeTicket;
  /** Whose ticket that is, if it is neither used nor over. It is used by that; what stands on it ends with what it was made from. */
  redeem(ticket: string): Authentication | undefined;
}

interface Ticket {
  readonly authentication: Authentication;
  readonly end: number;
}

const MOST_TICKETS = 10_000;
const MOST_OF_ONE = 1000;

/** Makes an empty set of tickets that last `seconds` (default 30). */
export function createTickets({
  seconds = 30,
  now = Date.now,
}: {
  readonly seconds?: number;
  readonly now?: Now;
} = {}): Tickets {
  const tickets = createSecretMap<Ticket>({
    most: MOST_TICKETS,
    mostOfOne: MOST_OF_ONE,
    ownerOf: ({ authentication }) => authentication.principal.id,
  });
  return {
    make(authentication) {
      tickets.sweep(({ end }) => end <= now());
      return { ticket: tickets.add({ authentication, end: now() + seconds * 1000 }), expiresIn: seconds };
    },
    redeem(value) {
      const ticket = tickets.take(value);
      return ticket && ticket.end > now() && !ticket.authentication.ended?.aborted ? ticket.authentication : undefined;
    },
  };
}
