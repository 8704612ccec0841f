import { connect, type Socket } from 'node:net';
import { Flow } from './flow.js';
import type { Ending, LinePlan } from './line-plan.js';
import { resetSocket } from './reset-socket.js';

/** What a line tells of its faults. */
export interface LineObserver {
  stalled(): void;
  /** `isTorn`: some of what was on its way left, and the rest did not. */
  ended(how: Ending, isTorn: boolean): void;
  /** Nothing is left of it. */
  over(): void;
}

/** How long the other direction of a line that is half closed still flows (milliseconds). */
const HALF_LIFE = 500;

/** One connection of a client, and ours to the server for it. */
export class Line {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #toClient: Flow;
  readonly #toServer: Flow;
  readonly #observer: LineObserver;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isSilent = false;
  #hasEnded = false;

  /** Both sockets have to allow that only one half of them is open. */
  constructor(client: Socket, port: number, observer: LineObserver) {
    this.#client = client;
    this.#server = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#observer = observer;
    this.#toClient = new Flow(this.#server, client);
    this.#toServer = new Flow(client, this.#server);
    for (const [socket, other] of [
      [client, this.#server],
      [this.#server, client],
    ] as const) {
      socket.on('error', () => {});
      socket.on('close', (hadError) => this.#closed(other, hadError));
    }
  }

  /** Has the faults of a plan come over it. */
  begin({ delay, rate, stall, end }: LinePlan): void {
    for (const flow of this.#flows('both')) flow.slow({ delay, rate });
    if (stall) {
      this.#after(stall.at, () => {
        for (const flow of this.#flows(stall.way)) flow.hold();
        this.#observer.stalled();
      });
      this.#after(stall.at + stall.time, () => {
        for (const flow of this.#flows(stall.way)) flow.release();
      });
    }
    this.#after(end.at, () => {
      this.#clearTimers();
      const flow = end.how === 'finishToServer' ? this.#toServer : this.#toClient;
      flow.tear(end.share, (isTorn) => {
        this.#observer.ended(end.how, isTorn);
        this.#end(end.how);
      });
    });
  }

  /** Ends the faults: what was held goes on, what is at its end already is reset. */
  calm(): void {
    this.#clearTimers();
    if (this.#hasEnded) {
      this.reset();
      return;
    }
    for (const flow of this.#flows('both')) {
      flow.slow({ delay: 0, rate: undefined });
      flow.release();
    }
  }

  /** Resets both sides. */
  reset(): void {
    resetSocket(this.#client);
    resetSocket(this.#server);
  }

  #end(how: Ending): void {
    this.#hasEnded = true;
    switch (how) {
      case 'refusal':
      case 'reset':
        this.reset();
        return;
      case 'finish':
        this.#finish(this.#client, this.#server);
        return;
      case 'finishToClient':
        this.#finish(this.#client);
        return;
      case 'finishToServer':
        this.#finish(this.#server);
        return;
      case 'silence':
        this.#isSilent = true;
        for (const flow of this.#flows('both')) flow.drop();
    }
  }

  /** Closes in order what is named; whatever is still there after a while is reset. */
  #finish(...sockets: readonly Socket[]): void {
    for (const socket of sockets) socket.end();
    this.#after(HALF_LIFE, () => this.reset());
  }

  #flows(way: 'toClient' | 'toServer' | 'both'): readonly Flow[] {
    if (way === 'both') return [this.#toClient, this.#toServer];
    return [way === 'toClient' ? this.#toClient : this.#toServer];
  }

  #after(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** One side has left for good: so does the other, unless the line is silent and nobody shall know. */
  #closed(other: Socket, hadError: boolean): void {
    if (other.closed) {
      this.#clearTimers();
      for (const flow of this.#flows('both')) flow.stop();
      this.#observer.over();
    } else if (!this.#isSilent) {
      if (hadError) resetSocket(other);
      else other.destroySoon();
    }
  }
}
