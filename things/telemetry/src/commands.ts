import { type Now, type Run, ThingError } from '@thingwright/core';
import { type Observable, Subject } from 'rxjs';
import type { Static } from 'typebox';
import type { CommandOutcome as CommandOutcomeSchema } from './telemetry.model.js';
import type { Acknowledgement } from './wire/acknowledgement.js';
import { encodeCommand } from './wire/command.js';
import type { Payload } from './wire/frame-decoder.js';

/** What is known of a command in the end. */
export type CommandOutcome = Static<typeof CommandOutcomeSchema>;

/** What a device shall do, and how its reports show that it did. */
export interface Order {
  readonly action: string;
  readonly payload: object;
  /** Whether a frame that arrived after the command was sent shows that it was obeyed. */
  readonly isShownBy?: (payload: Payload) => boolean;
}

/** How one command ended, or went on. */
export interface CommandResult {
  readonly commandId: string;
  readonly status: Acknowledgement['status'] | 'unconfirmed' | 'disconnected';
}

/** What commands need of their device. */
export interface CommandsHost {
  /** How the device is called in messages. */
  readonly name: string;
  readonly now: Now;
  readonly newID: () => string;
  /** Whether the device can be reached. */
  isThere(): boolean;
  /** Sends a text frame; false if it could not be. */
  send(text: string): boolean;
}

interface Pending {
  readonly id: string;
  readonly order: Order;
  /** When it was sent; 0 while it waits for its turn. */
  sent: number;
  succeed(outcome: CommandOutcome): void;
  fail(error: ThingError): void;
}

const OUTSTANDING = 8;
const PACE = 1000;
const TIMEOUT = 10_000;

/**
 * The commands of one device: at most one a second and eight outstanding (T11); nothing is kept for a device that is not
 * there. Driven by the sweep, its link and its frames; has no timer of its own.
 */
export class Commands {
  /** Whether none is outstanding: asked with every frame, so that nothing else need be looked at. */
  #isIdle = true;
  readonly #host: CommandsHost;
  readonly #results = new Subject<CommandResult>();
  /** By id, oldest first. */
  readonly #pending = new Map<string, Pending>();
  /** Accepted, and not yet begun: the runtime begins a moment later. */
  #promised = 0;
  #lastSent = 0;

  constructor(host: CommandsHost) {
    this.#host = host;
  }

  /** The event `commandResult`. */
  get results(): Observable<CommandResult> {
    return this.#results.asObservable();
  }

  /** Throws a ThingError at once: `unavailable` if the device is not there, `tooMany` if eight commands are outstanding. */
  accept(): void {
    this.#refuseIfAway();
    this.#refuseIfFull(this.#pending.size + this.#promised);
    this.#promised++;
    queueMicrotask(() => this.#promised--);
  }

  #refuseIfAway(): void {
    if (!this.#host.isThere()) throw new ThingError('unavailable', `'${this.#host.name}' is offline`);
  }

  #refuseIfFull(outstanding: number): void {
    if (outstanding < OUTSTANDING) return;
    throw new ThingError('tooMany', `'${this.#host.name}' has ${OUTSTANDING} commands outstanding`, { retryAfter: 1 });
  }

  /** Sends a command when its turn has come, and settles when it is known, or no longer to be known, what came of it. */
  async carryOut(order: Order, { signal, log }: Pick<Run<unknown>, 'signal' | 'log'>): Promise<CommandOutcome> {
    this.#refuseIfAway();
    this.#refuseIfFull(this.#pending.size);
    const id = `cmd_${this.#host.newID()}`;
    log(`command ${id}`);
    const forget = (): void => this.#forget(id);
    signal.addEventListener('abort', forget);
    try {
      return await new Promise<CommandOutcome>((succeed, fail) => {
        signal.addEventListener('abort', () => fail(signal.reason));
        this.#pending.set(id, { id, order, sent: 0, succeed, fail });
        this.#isIdle = false;
        this.sweep(this.#host.now());
      });
    } finally {
      forget();
      signal.removeEventListener('abort', forget);
    }
  }

  /** Looks which commands a frame confirms. */
  observe(payload: Payload): void {
    if (this.#isIdle) return;
    for (const pending of [...this.#pending.values()]) {
      if (pending.sent === 0 || !pending.order.isShownBy?.(payload)) continue;
      this.#settle(pending, 'done');
    }
  }

  /** Takes in what the device says of a command; one that is not outstanding is not ours. */
  acknowledge({ commandID, status, error }: Acknowledgement): void {
    const pending = this.#pending.get(commandID);
    if (!pending || pending.sent === 0) return;
    if (status === 'accepted') {
      this.#results.next({ commandId: commandID, status });
      return;
    }
    this.#settle(pending, status, error);
  }

  /** Fails all that is outstanding: the link is gone, or another has taken its place. */
  disconnected(): void {
    for (const pending of [...this.#pending.values()]) this.#settle(pending, 'disconnected');
  }

  /** Sends the next command if its turn has come, and gives up on those that stay without an answer. */
  sweep(now: number): void {
    if (this.#isIdle) return;
    for (const pending of [...this.#pending.values()]) {
      if (pending.sent === 0) {
        if (now - this.#lastSent >= PACE) this.#send(pending, now);
      } else if (now - pending.sent >= TIMEOUT) {
        this.#settle(pending, 'unconfirmed');
      }
    }
  }

  #send(pending: Pending, now: number): void {
    const { id, order } = pending;
    if (!this.#host.send(encodeCommand({ commandID: id, action: order.action, payload: order.payload }))) {
      this.#settle(pending, 'disconnected');
      return;
    }
    pending.sent = now;
    this.#lastSent = now;
  }

  #forget(id: string): void {
    this.#pending.delete(id);
    this.#isIdle = this.#pending.size === 0;
  }

  #settle(pending: Pending, status: CommandResult['status'], reason?: string): void {
    const { id, order, succeed, fail } = pending;
    this.#forget(id);
    this.#results.next({ commandId: id, status });
    const who = `'${this.#host.name}'`;
    if (status === 'rejected') {
      fail(new ThingError('failed', `${who} rejected ${order.action}${reason ? `: ${reason}` : ''}`));
    } else if (status === 'disconnected') {
      fail(new ThingError('disconnected', `${who} was disconnected before ${order.action} was confirmed`));
    } else {
      succeed({ delivered: true, confirmed: status === 'done' });
    }
  }
}
