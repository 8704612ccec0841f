import type { Socket } from 'node:net';
import { type Thing, ThingError } from '@thingwright/core';
import type { WebSocket } from 'ws';
import type { Conversation, ConversationHost, ConversationParts, Line, Visitor } from './conversation.js';
import { type Flusher, Outbox } from './outbox.js';
import { textFrameHeader } from './text-frame.js';

/** What a connection is made with. */
export interface ConnectionParts {
  readonly host: ConversationHost & { readonly flusher: Flusher };
  readonly visitor: Visitor;
  /** Begins what is spoken on it. */
  readonly converse: (parts: ConversationParts) => Conversation;
}

/** Close codes that we send (RFC 6455, section 7.4). */
const NORMAL = 1000;
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

/**
 * One Consumer on one socket, whatever it speaks: its frames in and out, whether it lives, keeps up and behaves, and its end.
 */
export class Connection implements Line {
  readonly #ws: WebSocket;
  readonly #host: ConversationHost;
  readonly #visitor: Visitor;
  readonly #conversation: Conversation;
  readonly outbox: Outbox;
  #unusableInARow = 0;
  #windowStart = 0;
  #inWindow = 0;
  #missedPongs = 0;
  isOver = false;

  constructor(ws: WebSocket, socket: Socket, { host, visitor, converse }: ConnectionParts) {
    this.#ws = ws;
    this.#host = host;
    this.#visitor = visitor;
    const limit = host.limits.maxBuffered;
    this.outbox = new Outbox(socket, host.flusher, { limit, drained: () => this.#catchUp() });
    this.#conversation = converse({ host, visitor, line: this });
  }

  /** Begins to listen to the peer; `gone` is called when it has left. */
  start(gone: () => void): void {
    const { ended } = this.#visitor.authentication;
    this.#ws.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    this.#ws.on('pong', () => {
      this.#missedPongs = 0;
    });
    this.#ws.on('error', () => this.#ws.terminate());
    this.#ws.on('close', () => {
      ended?.removeEventListener('abort', this.#revoke);
      this.#end();
      gone();
    });
    ended?.addEventListener('abort', this.#revoke, { once: true });
    if (ended?.aborted) this.#revoke();
    else this.#conversation.begin();
  }

  /** Asks the peer whether it is alive; gives it up after two pings without an answer. */
  checkLife(): void {
    if (this.#missedPongs >= 2) {
      this.#ws.terminate();
      return;
    }
    // While too many requests wait for their answers nothing is read, and so no pong either.
    if (!this.#isSaturated) this.#missedPongs++;
    this.#ws.ping();
  }

  /** A Thing has come. */
  added(thing: Thing): void {
    if (!this.isOver) this.#conversation.added(thing);
  }

  /** A Thing is gone; if this endpoint had no other, so is its reason to be. */
  removed(thing: Thing): void {
    if (this.#visitor.sole === thing) this.close(NORMAL, 'the Thing was removed');
    else if (!this.isOver) this.#conversation.removed(thing);
  }

  send(text: string): void {
    this.outbox.write(textFrameHeader(text.length), text);
  }

  close(code: number, reason: string): void {
    if (this.isOver) return;
    this.#end();
    this.outbox.flush();
    this.#ws.close(code, reason);
    // Without the peer's close frame the socket would stay for half a minute.
    this.#ws.resume();
  }

  answered(): void {
    if (!this.outbox.congested && this.#ws.isPaused) this.#ws.resume();
  }

  #end(): void {
    this.isOver = true;
    this.#conversation.end();
  }

  readonly #revoke = (): void => {
    if (this.isOver) return;
    this.#conversation.revoke(new ThingError('forbidden', 'The credentials of this connection are no longer good'));
    this.close(POLICY_VIOLATION, 'credentials ended');
  };

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.isOver) return;
    this.#missedPongs = 0;
    if (isBinary) {
      this.close(UNSUPPORTED_DATA, 'text frames only');
      return;
    }
    const text = data.toString();
    if (this.#exceedsRate()) this.#refuseForRate(text);
    else if (this.#conversation.receive(text)) this.#unusableInARow = 0;
    else this.#countUnusable();
    if ((this.outbox.congested || this.#isSaturated) && !this.isOver) this.#ws.pause();
  }

  #exceedsRate(): boolean {
    const now = Date.now();
    if (now - this.#windowStart >= 1000 || now < this.#windowStart) {
      this.#windowStart = now;
      this.#inWindow = 0;
    }
    return ++this.#inWindow > this.#host.limits.messagesPerSecond;
  }

  #refuseForRate(text: string): void {
    const detail = `More than ${this.#host.limits.messagesPerSecond} messages in one second`;
    this.#conversation.refuse(text, new ThingError('tooMany', detail, { retryAfter: 1 }));
  }

  #countUnusable(): void {
    if (++this.#unusableInARow >= this.#host.limits.unusableFrames) {
      this.close(POLICY_VIOLATION, 'too many unusable frames');
    }
  }

  get #isSaturated(): boolean {
    return this.#conversation.inFlight >= this.#host.limits.requestsInFlight;
  }

  #catchUp(): void {
    if (this.isOver) return;
    this.#conversation.catchUp();
    if (!this.#isSaturated) this.#ws.resume();
  }
}
