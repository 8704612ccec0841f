import type { Log, Members, Now } from '@thingwright/core';
import type { Link, Receiver } from '@thingwright/device-link';
import { Answers } from './answers.js';
import { linkFlow } from './link-flow.js';
import type { Presence } from './presence.js';
import type { Result, ResultSink } from './result-sink.js';
import type { Scans } from './scans.js';
import { type FailedUpload, type TransferFile, Transfers } from './transfers.js';
import type { UploadEnd } from './upload.js';
import type { Flow } from './upload-content.js';
import {
  type DeviceFrame,
  decodeDeviceFrame,
  type ReportedDetails,
  type TransferHeader,
  type Update,
} from './wire/device-frame.js';
import { type Generation, recogniseGeneration } from './wire/generation.js';
import { encodeError, encodeFeedback, PONG } from './wire/server-encoder.js';

const BAD_IN_A_ROW = 20;
/** What a device may say between two looks at the time, in frames; each KiB of one counts as one more. */
const FRAMES_AT_ONCE = 200;

/** What a connection needs of its device. */
export interface SessionDevice {
  readonly name: string;
  /** The id of its Thing. */
  readonly id: string;
  readonly host: {
    readonly results: ResultSink;
    /** Bytes of one file. */
    readonly maxFileSize: number;
    readonly log: Log;
    readonly now: Now;
  };
  readonly presence: Presence;
  readonly scans: Scans;
  /** The live connection. */
  readonly session: LinkSession | undefined;
  /** The device says who it is. */
  register(details: ReportedDetails, parameter: Members | undefined): void;
  /** A frame could not be understood, or was not allowed. */
  reject(reason: string): void;
  /** It spoke of a task that is not its own, or showed another capability. */
  trespassed(taskID: string): void;
  /** A file arrived whole. */
  stored(result: Result): void;
  uploadFailed(failure: FailedUpload): void;
  /** The connection is gone. */
  detach(session: LinkSession, code: number, reason: string): void;
}

/** One connection of a device, from its first frame to its end. One that was replaced has no say any more. */
export class LinkSession implements Receiver {
  readonly link: Link;
  readonly transfers: Transfers;
  readonly answers: Answers;
  readonly #device: SessionDevice;
  #wire: Generation = 'unknown';
  #isFirst = true;
  #isRegistered = false;
  #bad = 0;
  readonly #flow: Flow;
  #framesLeft = FRAMES_AT_ONCE;

  constructor(device: SessionDevice, link: Link) {
    this.#device = device;
    this.link = link;
    this.answers = new Answers(link);
    const { id, host } = device;
    this.#flow = linkFlow(link);
    this.transfers = new Transfers({
      owner: id,
      sink: host.results,
      flow: this.#flow,
      log: host.log,
      now: host.now,
      maxFileSize: host.maxFileSize,
      began: ({ taskID }) => device.scans.transferBegan(taskID),
      ended: (file, received, end) => this.#transferEnded(file, received, end),
      refused: (failure) => this.#uploadFailed(failure),
    });
  }

  frame(data: Buffer, isBinary: boolean): void {
    if (this.#device.session !== this) return;
    this.#device.presence.heard();
    if (isBinary) {
      if (!this.transfers.take(data)) this.#reject('a binary frame outside of a file transfer');
      else this.#device.scans.happens({ type: 'heard' });
      return;
    }
    this.#spend(1 + Math.trunc(data.length / 1024));
    const frame = decodeDeviceFrame(data);
    this.#wire = recogniseGeneration(this.#wire, frame, this.#isFirst);
    this.#device.presence.speaks(this.#wire, this.#isFirst);
    this.#isFirst = false;
    if (this.#take(frame)) this.#bad = 0;
  }

  /** Who says too much at once has to wait until the next sweep: nothing is lost, and nobody else suffers. */
  #spend(frames: number): void {
    const isSpent = this.#framesLeft <= 0;
    this.#framesLeft -= frames;
    if (!isSpent && this.#framesLeft <= 0) this.#flow.hold();
  }

  /** Does what time brings. */
  sweep(now: number): void {
    this.transfers.sweep(now);
    if (this.#framesLeft <= 0) this.#flow.release();
    this.#framesLeft = FRAMES_AT_ONCE;
  }

  /** Tells whether the frame was one that can be dealt with. */
  #take(frame: DeviceFrame): boolean {
    switch (frame.kind) {
      case 'ping':
        this.link.send(PONG);
        return true;
      case 'register':
        this.#returned();
        this.#isRegistered = true;
        this.#device.register(frame.details, frame.parameter);
        this.#say('Device registered successfully');
        return true;
      case 'update':
        return this.#update(frame.update);
      case 'transfer':
        return this.#transfer(frame.header);
      case 'badTransfer':
        this.transfers.refuse(frame, 'not-allowed');
        return this.#reject(frame.reason);
      case 'unknown':
        return this.#reject(`Unknown command: ${frame.command}`);
      case 'invalid':
        return this.#reject(frame.reason);
    }
  }

  /** Who may be of the first generation does not read while it scans, whatever became of that scan here. */
  get #isReading(): boolean {
    const { scans, presence } = this.#device;
    return this.#wire === 'gen-2' || (scans.active === undefined && presence.status !== 'BUSY');
  }

  #say(
    message: string,
    more: { readonly code?: string; readonly taskID?: string; readonly resultID?: string } = {},
  ): void {
    this.answers.say(encodeFeedback({ message, ...more }), this.#isReading);
  }

  #reject(reason: string): false {
    this.#device.reject(reason);
    this.answers.say(encodeError(reason), this.#isReading);
    if (++this.#bad >= BAD_IN_A_ROW) this.link.close(1007, `${BAD_IN_A_ROW} bad frames in a row`);
    return false;
  }

  /** A scan that was begun over another connection goes on, if the device has not forgotten it. */
  #returned(): void {
    this.#device.scans.happens({ type: 'returned', hasForgotten: this.#wire === 'gen-1' });
  }

  #update(update: Update): boolean {
    const { scans, presence } = this.#device;
    const { status, taskID, capability, progress } = update;
    if (taskID !== undefined && !scans.isActive(taskID, capability)) return this.#foreign(update, taskID);
    this.#returned();
    const isGreeting = status === 'ONLINE' && progress === undefined && !this.#isRegistered;
    const isRunning = scans.active !== undefined && status === 'ONLINE' && (isGreeting || progress !== undefined);
    presence.says(isRunning ? 'BUSY' : status, 'device');
    if (status === 'ERROR') {
      this.transfers.abort(taskID ?? scans.active?.taskID);
      scans.happens({ type: 'error', message: update.message ?? '' });
    } else if (progress !== undefined && taskID !== undefined) {
      scans.happens({ type: 'progress', percent: progress });
      if (this.answers.isWorth(progress)) this.#say(`Acquisition task progress: ${progress}%`, { taskID });
    } else if (status === 'BUSY') {
      scans.happens({ type: 'busy' });
    } else if (status === 'ONLINE' && !isGreeting) {
      scans.happens({ type: 'idle' });
    }
    return true;
  }

  /** A device that goes on with a scan that is over says how it stands itself, no more. */
  #foreign({ status, capability = '' }: Update, taskID: string): boolean {
    const { scans, presence } = this.#device;
    if (scans.parameterFor(taskID, capability)) {
      presence.says(status, 'device');
      this.#say('The task is over', { code: 'task-over', taskID });
      return true;
    }
    this.#device.trespassed(taskID);
    return this.#reject('The task is not one of this device');
  }

  #transfer(header: TransferHeader): boolean {
    const { scans } = this.#device;
    this.#returned();
    const measuredWith = scans.parameterFor(header.taskID, header.capability);
    if (measuredWith) {
      this.transfers.begin(header, header.parameter ?? measuredWith);
      return true;
    }
    this.#device.trespassed(header.taskID);
    this.transfers.refuse(header, 'not-allowed');
    return this.#reject('The task is not one of this device, or is over for long');
  }

  #transferEnded({ taskID, originalName, size }: TransferFile, received: number, end: UploadEnd): void {
    if ('result' in end) {
      const { resultId } = end.result;
      this.#device.stored(end.result);
      this.#say(`File ${resultId} stored`, { code: 'stored', taskID, resultID: resultId });
    } else {
      this.#uploadFailed({ taskID, fileName: originalName, reason: end.reason, received, size });
      this.#device.scans.transferEnded(taskID, undefined);
    }
  }

  #uploadFailed(failure: FailedUpload): void {
    const { taskID, reason, received, size } = failure;
    this.#device.uploadFailed(failure);
    const message =
      reason === 'checksum'
        ? 'Checksum mismatch for uploaded file.'
        : `The file was not stored: ${reason} (${received}/${size} bytes).`;
    this.#say(message, { code: reason, taskID });
  }

  closed(code: number, reason: string): void {
    this.transfers.disconnected();
    this.#device.detach(this, code, reason);
  }
}
