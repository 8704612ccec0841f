import type { Duplex } from 'node:stream';
import { ThingError } from '@thingwright/core';
import { encodeClientText } from '../wire/text-frame.js';
import type { Deadline } from './deadline.js';

/** The two directions of a cipher; each gives as many bytes as it takes. */
export interface StreamCipher {
  readonly encrypt: { update(bytes: Buffer): Buffer };
  readonly decrypt: { update(bytes: Buffer): Buffer };
}

const EVENTS = ['readable', 'end', 'close', 'error'] as const;

/**
 * A connection to a device that is read as it is needed, and no faster: what a device sends unasked waits in the system. One reads
 * at a time. All that waits has a Deadline, and ends with a ThingError `disconnected` if the connection does.
 */
export class PeerStream {
  readonly #stream: Duplex;
  readonly #cipher: StreamCipher | undefined;
  #failure: Error | undefined;

  constructor(stream: Duplex, cipher?: StreamCipher) {
    this.#stream = stream;
    this.#cipher = cipher;
    stream.on('error', this.#fail);
    // Without a listener nothing is read ahead, and the end would not be seen while nobody asks.
    stream.on('readable', this.#lookForEnd);
  }

  readonly #lookForEnd = (): void => {
    if (this.#stream.readableLength === 0) this.#stream.read(0);
  };

  readonly #fail = (error: Error): void => {
    this.#failure ??= error;
  };

  /** Whether anything more can come or go. */
  get isOpen(): boolean {
    const { destroyed, readableEnded, writable } = this.#stream;
    return !destroyed && !readableEnded && writable && this.#failure === undefined;
  }

  /** Whether something has come that nobody has asked for, or not taken. */
  get hasUnread(): boolean {
    return this.#stream.readableLength > 0;
  }

  /** Takes exactly so many bytes, at least one. */
  async take(count: number, deadline: Deadline): Promise<Buffer> {
    const stream = this.#stream;
    for (;;) {
      const chunk: unknown = stream.read(count);
      if (Buffer.isBuffer(chunk) && chunk.length === count) return this.#cipher?.decrypt.update(chunk) ?? chunk;
      if (chunk !== null || !this.isOpen) throw this.#lost();
      await deadline.wait((settle) => this.#watch(EVENTS, settle));
    }
  }

  /** Takes a text frame of a device: two bytes of length, then so many (reference, section 4.1). What is no UTF-8 is replaced. */
  async text(deadline: Deadline): Promise<string> {
    const length = (await this.take(2, deadline)).readUInt16LE(0);
    return length === 0 ? '' : (await this.take(length, deadline)).toString();
  }

  /** Sends bytes, as fast as the device takes them: resolves once the system has them all. */
  async send(bytes: Buffer, deadline: Deadline): Promise<void> {
    if (!this.isOpen) throw this.#lost();
    const stream = this.#stream;
    const isRoomLeft = stream.write(this.#cipher?.encrypt.update(bytes) ?? bytes);
    while (!isRoomLeft && stream.writableNeedDrain) {
      if (!this.isOpen) throw this.#lost();
      await deadline.wait((settle) => this.#watch(['drain', 'close', 'error', 'end'], settle));
    }
  }

  /** Sends a text as a frame. @throws ThingError `tooLarge` for one that a device does not take. */
  sendText(text: string, deadline: Deadline): Promise<void> {
    return this.send(encodeClientText(text), deadline);
  }

  /** Goes on with a cipher. */
  secured(cipher: StreamCipher): PeerStream {
    this.#letGo();
    return new PeerStream(this.#stream, cipher);
  }

  /** Gives the stream itself away, with all that was not taken of it; to be used no more here. */
  release(): Duplex {
    this.#letGo();
    return this.#stream;
  }

  #letGo(): void {
    this.#stream.off('readable', this.#lookForEnd);
    this.#stream.off('error', this.#fail);
    // Who comes next listens; between the two nothing may be thrown.
    this.#stream.on('error', ignore);
  }

  /** Ends the connection at once. */
  close(): void {
    this.#stream.on('error', ignore);
    this.#stream.destroy();
  }

  #watch(events: readonly string[], settle: () => void): () => void {
    const go = (): void => settle();
    for (const event of events) this.#stream.once(event, go);
    return () => {
      for (const event of events) this.#stream.off(event, go);
    };
  }

  #lost(): ThingError {
    const cause = this.#failure;
    return new ThingError('disconnected', 'The printer has ended the connection', cause ? { cause } : {});
  }
}

const ignore = (): void => {};
