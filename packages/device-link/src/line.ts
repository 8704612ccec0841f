import type { Socket } from 'node:net';
import type { Log } from '@thingwright/core';
import type { RawData, WebSocket } from 'ws';
import { PlainFrames, type TextTaker } from './plain-frames.js';
import type { Source } from './read-in-place.js';

/** What comes in over a {@link Line}; called for every frame, so it should keep nothing for each. */
export interface Receiver {
  /**
   * A whole message; text is valid UTF-8. The bytes of a text are valid only during the call: what is to be kept of them has to be copied; those of a
   * binary message are the receiver's own. Must not throw: if it does, the line closes with 1011.
   */
  frame(data: Buffer, isBinary: boolean): void;
  /** The line is gone; called once, the last call. The code is ours where we closed it, 1006 where it broke. */
  closed(code: number, reason: string): void;
}

/** One WebSocket that was let in, kept alive by pings. */
export interface Line {
  /** The IP address of the other end. */
  readonly peer: string;
  /** The sub-protocol that was selected; an empty string if none. */
  readonly protocol: string;
  /** Whether frames can be sent. */
  readonly isOpen: boolean;
  /** Bytes that wait here because the other end does not take them. */
  readonly backlog: number;
  /** Sends a text message; false, and nothing is sent, if the line is not open or its backlog is above the limit. */
  send(text: string): boolean;
  /** Sends a frame made by {@link textFrame} for many lines at once; like `send` otherwise. */
  write(frame: Buffer): boolean;
  /** Takes nothing more in, so that the other end has to wait, until it is resumed; no sign of life is missed meanwhile. */
  pause(): void;
  /** Ends a pause; does nothing if there is none. */
  resume(): void;
  /** Begins to close with a code of RFC 6455, section 7.4; what the other end still sends is not received. */
  close(code: number, reason: string): void;
}

/** What a line needs besides its socket. */
export interface LineParts {
  readonly websocket: WebSocket;
  /** Where it comes from. */
  readonly source: Source;
  readonly peer: string;
  /** Bytes of one message. */
  readonly maxPayload: number;
  /** Bytes; above it nothing more is sent. */
  readonly backlogLimit: number;
  readonly log: Log;
}

/** A Line over `ws`. */
export class WebSocketLine implements Line, TextTaker {
  // Those first that each frame needs.
  /** Pings in a row after which nothing was heard. */
  missed = 0;
  #ending: { readonly code: number; readonly reason: string } | undefined;
  #receiver: Receiver | undefined;
  readonly #websocket: WebSocket;
  readonly #source: Source;
  readonly #socket: Socket;
  readonly #maxPayload: number;
  readonly #backlogLimit: number;
  readonly #log: Log;
  readonly peer: string;

  constructor({ websocket, source, peer, maxPayload, backlogLimit, log }: LineParts) {
    this.#websocket = websocket;
    this.#source = source;
    this.#socket = source.socket;
    this.peer = peer;
    this.#maxPayload = maxPayload;
    this.#backlogLimit = backlogLimit;
    this.#log = log;
  }

  get protocol(): string {
    return this.#websocket.protocol;
  }

  get isOpen(): boolean {
    return this.#websocket.readyState === this.#websocket.OPEN;
  }

  get backlog(): number {
    return this.#socket.writableLength;
  }

  send(text: string): boolean {
    if (!this.#canSend) return false;
    this.#websocket.send(text);
    return true;
  }

  write(frame: Buffer): boolean {
    if (!this.#canSend) return false;
    this.#socket.write(frame);
    return true;
  }

  get #canSend(): boolean {
    return this.isOpen && this.#socket.writableLength <= this.#backlogLimit;
  }

  /** Counts a ping that was not answered so far; of a line that is paused, nothing can be heard. */
  miss(): void {
    if (!this.#websocket.isPaused) this.missed++;
  }

  pause(): void {
    this.#websocket.pause();
  }

  resume(): void {
    if (!this.#websocket.isPaused) return;
    this.missed = 0;
    this.#websocket.resume();
  }

  ping(): void {
    if (this.isOpen) this.#websocket.ping();
  }

  close(code: number, reason: string): void {
    if (this.#ending) return;
    this.#ending = { code, reason };
    this.#websocket.close(code, reason);
    // The answer has to be heard.
    this.resume();
  }

  /** Ends the connection without a word. */
  terminate(reason: string): void {
    this.#ending ??= { code: 1006, reason };
    this.#websocket.terminate();
  }

  /** Leads what arrives to the receiver; `gone` is told when the line is. */
  follow(receiver: Receiver, gone: () => void): void {
    this.#receiver = receiver;
    const plainFrames = new PlainFrames({ source: this.#source, maxPayload: this.#maxPayload, taker: this });
    this.#websocket
      .on('message', (data, isBinary) => this.#take(data, isBinary))
      .on('ping', () => {
        this.missed = 0;
      })
      .on('pong', () => {
        this.missed = 0;
      })
      .on('error', (error) => {
        plainFrames.stop();
        this.#ending ??= endingOf(error);
        this.#log.debug({ peer: this.peer, error: error.message }, 'a connection failed');
      })
      .on('close', (code, reason) => {
        gone();
        const ending = this.#ending ?? { code, reason: reason.toString() };
        this.#ending = ending;
        receiver.closed(ending.code, ending.reason);
      });
  }

  takeText(text: Buffer): void {
    this.#take(text, false);
  }

  #take(data: RawData, isBinary: boolean): void {
    this.missed = 0;
    if (this.#ending || !Buffer.isBuffer(data)) return;
    try {
      this.#receiver?.frame(data, isBinary);
    } catch (error) {
      this.#log.error({ peer: this.peer, error }, 'a frame could not be dealt with');
      this.close(1011, 'internal error');
    }
  }
}

/** With which code `ws` closes after an error of its own (it reports only 1006 afterwards). */
function endingOf(error: Error): { readonly code: number; readonly reason: string } | undefined {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return { code: 1009, reason: 'message too big' };
  if (code === 'WS_ERR_INVALID_UTF8') return { code: 1007, reason: 'invalid UTF-8' };
  if (typeof code === 'string' && code.startsWith('WS_ERR_')) return { code: 1002, reason: error.message };
  return undefined;
}
