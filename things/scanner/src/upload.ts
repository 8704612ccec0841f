import { type Log, ThingError } from '@thingwright/core';
import type { NewResult, Result, ResultSink } from './result-sink.js';
import type { UPLOAD_FAILURES } from './scan.model.js';
import { type Flow, UploadContent } from './upload-content.js';

/** Why a file was not taken. */
export type UploadReason = (typeof UPLOAD_FAILURES)[number];

/** How an upload ended. */
export type UploadEnd = { readonly result: Result } | { readonly reason: UploadReason };

/** What an upload needs. Times are milliseconds since 1970. */
export interface UploadParts {
  readonly file: NewResult;
  readonly sink: ResultSink;
  readonly flow: Flow;
  readonly log: Log;
  readonly now: number;
  /** Called once. */
  ended(end: UploadEnd): void;
  /** Called once, at its end or later: the sink has let go of it, or has been at it for too long. */
  released(): void;
}

/** Milliseconds without a byte from the device, or into the storage. */
const STALL = 60_000;

/** One file on its way from a device to the sink. Ends once: with a result, or with a reason and nothing left behind. */
export class Upload {
  readonly file: NewResult;
  readonly #parts: UploadParts;
  readonly #content: UploadContent;
  #received = 0;
  #taken = 0;
  #movedAt: number;
  #isOver = false;
  #isReleased = false;

  constructor(parts: UploadParts) {
    this.file = parts.file;
    this.#parts = parts;
    this.#movedAt = parts.now;
    this.#content = new UploadContent(parts.flow);
    void this.#store();
  }

  /** Bytes that have come. */
  get received(): number {
    return this.#received;
  }

  /** Bytes that are still to come. */
  get missing(): number {
    return this.file.size - this.#received;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async #store(): Promise<void> {
    const { sink, log } = this.#parts;
    const { file } = this;
    try {
      // A sink that throws at once rejects like any other: an upload does not end before its maker has it in hand.
      const result = await Promise.resolve().then(() => sink.write(this.#content, file));
      if (!this.#isOver) this.#end({ result });
      // It was given up before the storage was done with it.
      else await sink.remove(file.owner, result.resultId);
    } catch (error) {
      if (this.#isOver) return;
      const reason = reasonOf(error);
      if (reason === 'aborted') log.error({ file: file.name, error }, 'a result could not be stored');
      this.#end({ reason });
    } finally {
      this.#release();
    }
  }

  /** Takes in what came; more than was announced is not taken, and ends it. */
  take(chunk: Buffer, now: number): void {
    // Who sends nothing but frames does not move.
    if (this.#isOver || chunk.length === 0) return;
    if (chunk.length > this.missing) {
      this.fail('overrun');
      return;
    }
    this.#movedAt = now;
    this.#received += chunk.length;
    this.#content.push(chunk);
    if (this.missing === 0) this.#content.end();
  }

  /** Gives it up; what was stored of it goes. */
  fail(reason: UploadReason): void {
    if (!this.#isOver) this.#end({ reason });
  }

  /** The clock was set by so many milliseconds. */
  clockSet(by: number): void {
    this.#movedAt += by;
  }

  /** Looks whether it moves. */
  sweep(now: number): void {
    if (this.#content.taken !== this.#taken) {
      this.#taken = this.#content.taken;
      this.#movedAt = now;
    }
    if (now - this.#movedAt < STALL) return;
    this.fail('stalled');
    this.#release();
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#parts.released();
  }

  #end(end: UploadEnd): void {
    this.#isOver = true;
    if ('reason' in end) this.#content.fail(new ThingError('aborted', `The upload ended: ${end.reason}`));
    this.#parts.ended(end);
  }
}

function reasonOf(error: unknown): UploadReason {
  if (!(error instanceof ThingError)) return 'aborted';
  if (error.code === 'tooLarge') return 'quota';
  return error.code === 'invalid' ? 'checksum' : 'aborted';
}
