import type { Log, Now } from '@thingwright/core';
import type { NewResult, ResultSink } from './result-sink.js';
import { safeNameOf } from './safe-name.js';
import { Upload, type UploadEnd, type UploadReason } from './upload.js';
import type { Flow } from './upload-content.js';
import type { TransferHeader } from './wire/device-frame.js';
import { fileTypeOf } from './wire/file-type.js';

/** A file that did not arrive. */
export interface FailedUpload {
  readonly taskID: string;
  /** What the device called it. */
  readonly fileName: string;
  readonly reason: UploadReason;
  readonly received: number;
  readonly size: number;
}

/** A file on its way. */
export type TransferFile = Pick<NewResult, 'taskID' | 'originalName' | 'size'>;

/** What the transfers of a connection need. */
export interface TransfersHost {
  /** The id of the Thing. */
  readonly owner: string;
  readonly sink: ResultSink;
  readonly flow: Flow;
  readonly log: Log;
  readonly now: Now;
  /** Bytes of one file. */
  readonly maxFileSize: number;
  /** A file is on its way. */
  began(file: TransferFile): void;
  /** It is no more; called once for each that began. */
  ended(file: TransferFile, received: number, end: UploadEnd): void;
  /** It never was. */
  refused(failure: FailedUpload): void;
}

/** Files that the storage is busy with, also those that were given up; with more of them the device has to wait. */
const STORING = 4;

/**
 * The files that come over one connection, one after the other: a header, then its bytes in binary frames. The bytes of a file
 * that was refused or given up are dropped in silence.
 */
export class Transfers {
  readonly #host: TransfersHost;
  readonly #uploads = new Set<Upload>();
  #current: Upload | undefined;
  /** Bytes that belong to no file any more. */
  #toDrop = 0;
  #isCrowded = false;

  constructor(host: TransfersHost) {
    this.#host = host;
  }

  /** The file whose bytes come at the moment. */
  get current(): { readonly file: TransferFile; readonly received: number } | undefined {
    return this.#current && { file: this.#current.file, received: this.#current.received };
  }

  /** Begins with a file, in place of one that has not come to its end. `parameter`: what it was measured with. */
  begin(header: TransferHeader, parameter: NewResult['parameter']): void {
    const name = this.#check(header);
    if (name === undefined) return;
    const { taskID, fileName, size, sha256 } = header;
    const { owner, sink, flow, log, now } = this.#host;
    const file = { owner, taskID, ...fileTypeOf(name), name, originalName: fileName, size, sha256, parameter };
    this.#host.began(file);
    const upload: Upload = new Upload({
      file,
      sink,
      flow,
      log,
      now: now(),
      ended: (end) => this.#ended(upload, end),
      released: () => this.#released(upload),
    });
    this.#current = upload;
    this.#uploads.add(upload);
    this.#toDrop = 0;
    this.#makeRoom();
  }

  /** The safe name of a file that may come; undefined if it was refused. */
  #check(header: TransferHeader): string | undefined {
    const name = safeNameOf(header.fileName);
    if (name === undefined) this.refuse(header, 'bad-name');
    // An empty file is a failed upload.
    else if (header.size === 0) this.refuse(header, 'not-allowed');
    else if (header.size > this.#host.maxFileSize) this.refuse(header, 'quota');
    else {
      this.abort();
      return name;
    }
    return undefined;
  }

  /** Takes no file of that header; its bytes are dropped. Of a header without a size, all bytes up to the next are. */
  refuse(header: Pick<TransferHeader, 'taskID' | 'fileName'> & { readonly size?: number }, reason: UploadReason): void {
    this.abort();
    this.#toDrop = header.size ?? Number.POSITIVE_INFINITY;
    const { taskID, fileName, size = 0 } = header;
    this.#host.refused({ taskID, fileName, reason, received: 0, size });
  }

  /** Takes in a binary frame; false if no file is expected. */
  take(chunk: Buffer): boolean {
    const upload = this.#current;
    if (upload) {
      upload.take(chunk, this.#host.now());
      if (upload.missing === 0) this.#current = undefined;
      return true;
    }
    if (this.#toDrop <= 0) return false;
    this.#toDrop -= chunk.length;
    return true;
  }

  /** Gives up the file whose bytes come at the moment; of a task, if one is named. */
  abort(taskID?: string): void {
    if (taskID === undefined || this.#current?.file.taskID === taskID) this.#current?.fail('aborted');
  }

  /** The connection is gone: files that have come whole are stored all the same. */
  disconnected(): void {
    this.#current?.fail('disconnected');
    this.#toDrop = 0;
  }

  /** The clock was set by so many milliseconds. */
  clockSet(by: number): void {
    for (const upload of this.#uploads) upload.clockSet(by);
  }

  sweep(now: number): void {
    for (const upload of this.#uploads) upload.sweep(now);
  }

  #ended(upload: Upload, end: UploadEnd): void {
    if (this.#current === upload) {
      this.#current = undefined;
      // What follows more than was announced has no end but the next header.
      this.#toDrop = 'reason' in end && end.reason === 'overrun' ? Number.POSITIVE_INFINITY : upload.missing;
    }
    this.#host.ended(upload.file, upload.received, end);
  }

  #released(upload: Upload): void {
    this.#uploads.delete(upload);
    this.#makeRoom();
  }

  #makeRoom(): void {
    const isCrowded = this.#uploads.size > STORING;
    if (isCrowded === this.#isCrowded) return;
    this.#isCrowded = isCrowded;
    if (isCrowded) this.#host.flow.hold();
    else this.#host.flow.release();
  }
}
