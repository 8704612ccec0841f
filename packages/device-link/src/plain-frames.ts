import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { PlaceReader, Source } from './read-in-place.js';

/** FIN and the opcode of text. */
const TEXT = 0x81;
const FIN = 0x80;
const OPCODE = 0x0f;
const CLOSE = 8;
const MASKED = 0x80;
const LENGTH = 0x7f;
/** In place of a length: that it follows in two bytes, in eight. */
const IN_TWO_BYTES = 126;
const IN_EIGHT_BYTES = 127;
const MASK_BYTES = 4;
const ABOVE_ASCII = 0x80;

/** Takes the texts of plain frames. */
export interface TextTaker {
  /** Takes one, valid UTF-8, in its turn among the messages that `ws` tells of; the bytes are valid only during the call. Must not throw. */
  takeText(text: Buffer): void;
}

/** Where frames come from, and who takes those that are plain. */
export interface PlainFramesParts {
  /** A socket that nobody but `ws` reads, at the beginning of a frame. */
  readonly source: Source;
  /** Bytes; longer ones are not plain. */
  readonly maxPayload: number;
  readonly taker: TextTaker;
}

/**
 * Reads the frames that nearly all are: masked text in one piece, whole in what the socket gave at once. Everything else it hands to `ws`
 * as it came, and only looks where it ends: control frames, fragments, binary messages, what is too long, split or wrong (RFC 6455,
 * section 5).
 */
export class PlainFrames implements PlaceReader {
  // Those first that each frame needs.
  /** Whether nothing is read any more. */
  #isOver = false;
  /** Whether the next frame may be a plain one. */
  #isFree = true;
  readonly #maxPayload: number;
  readonly #taker: TextTaker;
  readonly #socket: Socket;
  /** How `ws` reads the socket. */
  readonly #others: readonly unknown[];
  /** The header of a frame for `ws`, while it is not whole. */
  #header: number[] = [];
  /** Bytes of that frame that are still to come after its header. */
  #rest = 0;
  /** Whether more fragments of a message are to come. */
  #isFragmented = false;
  /** Whether that frame is the last one. */
  #isClosing = false;

  constructor({ source, maxPayload, taker }: PlainFramesParts) {
    const { socket } = source;
    this.#socket = socket;
    this.#maxPayload = maxPayload;
    this.#taker = taker;
    this.#others = socket.listeners('data');
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => this.#handOver(this.#takePlain(chunk, chunk.length)));
    source.lead(this);
    // Before that of `ws`, which then looks itself for what is left.
    socket.prependListener('close', () => this.stop());
  }

  /** Reads no more; `ws` has found something wrong. */
  stop(): void {
    this.#isOver = true;
  }

  read(place: Buffer, length: number): void {
    const others = this.#takePlain(place, length);
    // `ws` keeps what it is given until it has a message.
    if (others) this.#handOver(Buffer.from(others));
  }

  /** Takes the plain frames that so many bytes begin with; gives the others. */
  #takePlain(bytes: Buffer, length: number): Buffer | undefined {
    if (this.#isOver) return undefined;
    let start = 0;
    while (this.#isFree && start < length && bytes[start] === TEXT) {
      const text = this.#plainText(bytes, start, length);
      if (text === undefined) break;
      this.#taker.takeText(text);
      start = text.byteOffset - bytes.byteOffset + text.length;
    }
    return start === length ? undefined : bytes.subarray(start, length);
  }

  /** The text of the frame that begins there, freed of its mask; undefined, and nothing is changed, if it is not plain. */
  #plainText(bytes: Buffer, start: number, length: number): Buffer | undefined {
    const second = bytes[start + 1] ?? 0;
    const isLong = second === (MASKED | IN_TWO_BYTES);
    const size = isLong ? (bytes[start + 2] ?? 0) * 256 + (bytes[start + 3] ?? 0) : second & LENGTH;
    const begin = start + (isLong ? 4 : 2) + MASK_BYTES;
    const end = begin + size;
    const isWhole = end <= length && (second & MASKED) !== 0 && second !== (MASKED | IN_EIGHT_BYTES);
    if (!isWhole || size > this.#maxPayload) return undefined;
    const isASCII = unmask(bytes, begin, end);
    const text = bytes.subarray(begin, end);
    if (isASCII || isUtf8(text)) return text;
    unmask(bytes, begin, end);
    return undefined;
  }

  #handOver(others: Buffer | undefined): void {
    if (!others) return;
    this.#follow(others);
    this.#isFree = this.#rest === 0 && this.#header.length === 0 && !this.#isFragmented;
    for (const read of this.#others) if (typeof read === 'function') Reflect.apply(read, this.#socket, [others]);
  }

  /** Looks where the frames end that `ws` is about to read, up to that which closes. */
  #follow(bytes: Buffer): void {
    for (let i = 0; i < bytes.length && !this.#isOver; ) {
      if (this.#rest === 0) {
        this.#followHeader(bytes[i++] ?? 0);
      } else {
        const skipped = Math.min(this.#rest, bytes.length - i);
        this.#rest -= skipped;
        i += skipped;
      }
      this.#isOver = this.#isClosing && this.#rest === 0;
    }
  }

  #followHeader(byte: number): void {
    this.#header.push(byte);
    const [first = 0, second = 0, ...more] = this.#header;
    const length = second & LENGTH;
    const lengthBytes = length === IN_EIGHT_BYTES ? 8 : length === IN_TWO_BYTES ? 2 : 0;
    if (this.#header.length < 2 + lengthBytes + ((second & MASKED) === 0 ? 0 : MASK_BYTES)) return;
    this.#rest = lengthBytes === 0 ? length : more.slice(0, lengthBytes).reduce((sum, each) => sum * 256 + each, 0);
    this.#header = [];
    const opcode = first & OPCODE;
    if (opcode === CLOSE) this.#isClosing = true;
    else if (opcode < CLOSE) this.#isFragmented = (first & FIN) === 0;
  }
}

/** Takes a mask away, or puts it on again (section 5.3); tells whether what there is now is all ASCII. */
function unmask(bytes: Buffer, begin: number, end: number): boolean {
  const first = bytes[begin - 4] ?? 0;
  const second = bytes[begin - 3] ?? 0;
  const third = bytes[begin - 2] ?? 0;
  const fourth = bytes[begin - 1] ?? 0;
  let all = 0;
  let i = begin;
  for (; i + 3 < end; i += 4) {
    const a = (bytes[i] ?? 0) ^ first;
    const b = (bytes[i + 1] ?? 0) ^ second;
    const c = (bytes[i + 2] ?? 0) ^ third;
    const d = (bytes[i + 3] ?? 0) ^ fourth;
    bytes[i] = a;
    bytes[i + 1] = b;
    bytes[i + 2] = c;
    bytes[i + 3] = d;
    all |= a | b | c | d;
  }
  for (; i < end; i++) {
    const byte = (bytes[i] ?? 0) ^ (bytes[begin - 4 + ((i - begin) & 3)] ?? 0);
    bytes[i] = byte;
    all |= byte;
  }
  return all < ABOVE_ASCII;
}
