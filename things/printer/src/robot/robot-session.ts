import { ThingError } from '@thingwright/core';
import { Deadline } from '../connection/deadline.js';
import { deviceError } from '../connection/device-error.js';
import { dial } from '../connection/dial.js';
import type { PeerStream } from '../connection/peer-stream.js';
import type { PrinterTarget } from '../connection/printer-target.js';
import { HELLO_CIPHER, HELLO_TLS } from '../wire/challenge.js';
import { type DeviceAnswer, decodeDeviceAnswer } from '../wire/device-answer.js';
import { commandLine } from '../wire/robot-command.js';
import { openFirstGeneration } from './first-generation.js';
import { openSecondGeneration } from './second-generation.js';

/** How long a robot is waited for, milliseconds. */
export interface RobotTimes {
  /** Until it has let us in. */
  readonly open: number;
  /** For the answer to a command. */
  readonly answer: number;
  /** For the next piece of a file to be taken or given. */
  readonly stall: number;
  /** For the answer after a file, which is written and looked into. */
  readonly settle: number;
}

/** What a robot is given, if nobody says otherwise. */
const ROBOT_TIMES: RobotTimes = { open: 15_000, answer: 20_000, stall: 30_000, settle: 180_000 };

/** How a robot is opened. */
export interface RobotOptions {
  readonly signal?: AbortSignal | undefined;
  readonly times?: Partial<RobotTimes>;
}

/** A part of an answer: what is said, and bytes that were announced with it. */
export interface AnswerPart {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What a file is sent as. */
export interface Sending {
  /** Bytes: the content has exactly so many. */
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** Is told how many bytes went. */
  readonly sent?: (bytes: number) => void;
}

/** A printer that has let us in to run it. One command at a time; after one that failed for the connection all others do. */
export interface RobotSession extends Disposable {
  readonly generation: 1 | 2;
  /** Whether another command can be asked: the connection stands, and nothing has come that belongs to none. */
  readonly isOpen: boolean;
  /**
   * Asks for what is answered with one text; gives it, whatever it is but an error.
   * @throws ThingError by what the device says; `timeout`: whether it acted is unknown; `disconnected`, `protocol`.
   */
  ask(words: readonly string[]): Promise<DeviceAnswer>;
  /** Asks for what is answered with pieces of bytes before the last text. At most 8 pieces with 4 MiB in all. */
  askParts(words: readonly string[]): Promise<{ readonly parts: readonly AnswerPart[]; readonly last: DeviceAnswer }>;
  /** Asks for what is answered with `continue`, a text, and `ok`. */
  askList(words: readonly string[]): Promise<string>;
  /** Sends a file after the command that announces it. What breaks off in the middle ends the connection. */
  upload(words: readonly string[], sending: Sending): Promise<void>;
}

const MOST_PARTS = 8;
const MOST_BYTES = 4_194_304;

/**
 * Opens the robot of a printer, of either generation (reference, section 5.1): it shows that it is the printer that was pinned before we show
 * who we are. @throws ThingError `forbidden` for another device, or one that does not trust our key; `unavailable`, `timeout`,
 * `protocol`.
 */
export async function openRobot(target: PrinterTarget, options: RobotOptions = {}): Promise<RobotSession> {
  const times = { ...ROBOT_TIMES, ...options.times };
  const { signal } = options;
  const late = `The printer '${target.name}' does not let anybody in, nor refuses to`;
  const deadline = new Deadline({ timeout: times.open, signal, late });
  const { stream: plain, hello } = await dial({ address: target.address, port: target.ports.robot }, deadline);
  try {
    if (hello === HELLO_CIPHER)
      return session(await openFirstGeneration(plain, target, deadline), { generation: 1, times });
    if (hello === HELLO_TLS)
      return session(await openSecondGeneration(plain, target, deadline), { generation: 2, times });
    throw new ThingError('protocol', `What answers at ${target.address} is no robot of a printer`);
  } catch (error) {
    plain.close();
    throw error;
  }
}

function session(
  stream: PeerStream,
  { generation, times }: { readonly generation: 1 | 2; readonly times: RobotTimes },
): RobotSession {
  const limit = (timeout: number, what: string, signal?: AbortSignal): Deadline =>
    new Deadline({ timeout, signal, late: `The printer has not answered '${what}'` });

  const next = async (asked: string, deadline: Deadline): Promise<DeviceAnswer> => {
    const answer = decodeDeviceAnswer(await stream.text(deadline));
    if (answer.kind === 'error') throw deviceError(asked, answer.symbols);
    return answer;
  };

  /** After a failure that leaves something unread, the connection is of no use. */
  const guarded = async <T>(words: readonly string[], work: (asked: string) => Promise<T>): Promise<T> => {
    try {
      return await work(words.slice(0, 2).join(' '));
    } catch (error) {
      if (!(error instanceof ThingError) || UNUSABLE.has(error.code)) stream.close();
      throw error;
    }
  };

  const begin = async (words: readonly string[], asked: string): Promise<Deadline> => {
    const deadline = limit(times.answer, asked);
    await stream.sendText(commandLine(words), deadline);
    return deadline;
  };

  const expect = async (kind: DeviceAnswer['kind'], asked: string, deadline: Deadline): Promise<void> => {
    const answer = await next(asked, deadline);
    if (answer.kind !== kind) throw noSense(asked);
  };

  const sendAll = async ({ size, content, signal, sent }: Sending, asked: string): Promise<void> => {
    const wrong = (bytes: number): ThingError =>
      new ThingError('invalid', `The file has ${bytes} bytes where ${size} were announced`);
    const iterator = content[Symbol.asyncIterator]();
    let bytes = 0;
    try {
      for (;;) {
        const chunk = await nextChunk(iterator, limit(times.stall, asked, signal));
        if (!chunk) break;
        bytes += chunk.length;
        if (bytes > size) throw wrong(bytes);
        await stream.send(Buffer.from(chunk), limit(times.stall, asked, signal));
        sent?.(bytes);
      }
    } finally {
      // Not waited for: a source that hangs would hang here too.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
    if (bytes < size) throw wrong(bytes);
  };

  return {
    generation,
    get isOpen() {
      return stream.isOpen && !stream.hasUnread;
    },
    ask: (words) => guarded(words, async (asked) => next(asked, await begin(words, asked))),
    askParts: (words) =>
      guarded(words, async (asked) => {
        const parts: AnswerPart[] = [];
        const deadline = await begin(words, asked);
        let left = MOST_BYTES;
        for (;;) {
          const last = await next(asked, deadline);
          if (last.kind !== 'binary') return { parts, last };
          left -= last.size;
          if (left < 0 || parts.length >= MOST_PARTS) throw tooMuch(asked);
          const bytes = last.size === 0 ? Buffer.alloc(0) : await stream.take(last.size, deadline);
          parts.push({ mediaType: last.mediaType, bytes });
        }
      }),
    askList: (words) =>
      guarded(words, async (asked) => {
        const deadline = await begin(words, asked);
        await expect('continue', asked, deadline);
        const text = await stream.text(deadline);
        await expect('ok', asked, deadline);
        return text;
      }),
    upload: (words, sending) =>
      guarded(words, async (asked) => {
        await expect('continue', asked, await begin(words, asked));
        try {
          await sendAll(sending, asked);
        } catch (error) {
          // The device waits for the rest of the file: nothing else can be said to it.
          stream.close();
          throw error;
        }
        await expect('ok', asked, limit(times.settle, asked, sending.signal));
      }),
    [Symbol.dispose]: () => stream.close(),
  };
}

/** The next piece of a file; undefined at its end. */
async function nextChunk(iterator: AsyncIterator<Uint8Array>, deadline: Deadline): Promise<Uint8Array | undefined> {
  const read = iterator.next().catch((error: unknown) => {
    throw ThingError.from(error, 'The file cannot be read');
  });
  const { done, value } = await deadline.within(read);
  return done ? undefined : value;
}

/** Codes of failures after which more may come of the answer. */
const UNUSABLE: ReadonlySet<string> = new Set(['timeout', 'aborted', 'protocol', 'disconnected', 'tooLarge']);

const noSense = (asked: string): ThingError =>
  new ThingError('protocol', `The printer answers '${asked}' with what makes no sense`);

const tooMuch = (asked: string): ThingError =>
  new ThingError('tooLarge', `The printer answers '${asked}' with more than is taken`);
