import { randomBytes, randomUUID } from 'node:crypto';
import { type Log, type Members, type Now, state, ThingError } from '@thingwright/core';
import type { Link, Receiver } from '@thingwright/device-link';
import { Subject } from 'rxjs';
import type { Static } from 'typebox';
import { LinkSession, type SessionDevice } from './link-session.js';
import { Presence } from './presence.js';
import type { Result, ResultSink } from './result-sink.js';
import type { UploadFailure } from './scan.model.js';
import { ScannerKeeper } from './scanner-keeper.js';
import { ScannerProfile } from './scanner-profile.js';
import type { ScannerMemory, ScannerRecord, TaskRecord } from './scanner-record.js';
import { Scans } from './scans.js';
import type { FailedUpload } from './transfers.js';
import { WindingUp } from './winding-up.js';
import type { DeviceStatus, ReportedDetails } from './wire/device-frame.js';

/** A scanner as it was provisioned. */
export interface ProvisionedScanner {
  /** Its local name. */
  readonly name: string;
  /** The id of its Thing: `urn:uuid:` and the UUID that it dials in with. */
  readonly id: string;
  /** Default: the Model's. */
  readonly title?: string;
}

/** What all scanners of a process share. */
export interface ScannerHost {
  readonly memory: ScannerMemory;
  readonly readRecord: (kept: unknown) => ScannerRecord | undefined;
  readonly results: ResultSink;
  /** Bytes of one file. */
  readonly maxFileSize: number;
  /** A device spoke of a task that is not its own. */
  readonly trespassed?: ((device: ProvisionedScanner, taskID: string) => void) | undefined;
  readonly log: Log;
  readonly now: Now;
}

/** Bytes of a frame: what the first generation takes, and what is sensible. */
const MAX_FRAME = 1_048_576;
const MAX_FRAME_SECOND = 16_777_216;
const SHOWN_RESULTS = 20;
/** Milliseconds between two warnings of the same kind. */
const WARN_EVERY = 60_000;

/** One scanner on the server's side: what arrives over its link becomes properties, events and results. */
export class ScannerDevice implements SessionDevice {
  readonly name: string;
  readonly id: string;
  readonly title: string | undefined;
  readonly host: ScannerHost;
  readonly presence: Presence;
  readonly scans: Scans;
  readonly profile: ScannerProfile;
  readonly upload = state<{ taskId: string; fileName: string; receivedBytes: number; sizeBytes: number } | null>(null);
  readonly results = state<Result[]>([]);
  readonly #resultReady = new Subject<Result>();
  readonly #uploadFailed = new Subject<Static<typeof UploadFailure>>();
  readonly #protocolError = new Subject<{ count: number; last: string }>();
  readonly #duplicateIdentity = new Subject<void>();
  readonly #windingUp: WindingUp;
  readonly #keeper: ScannerKeeper;
  #session: LinkSession | undefined;
  #rejected = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor({ name, id, title }: ProvisionedScanner, host: ScannerHost) {
    this.name = name;
    this.id = id;
    this.title = title;
    this.host = host;
    this.presence = new Presence(host.now);
    this.#windingUp = new WindingUp(this.presence, host.now);
    const record = host.readRecord(host.memory.recall(id)) ?? { past: [] };
    const { memory, log } = host;
    this.#keeper = new ScannerKeeper({ memory, id, name, log, record: () => this.#record() });
    this.profile = new ScannerProfile({ name, title }, record, () => this.#keeper.keep());
    this.scans = new Scans(this.#scansHost(), record);
    void this.#listResults();
  }

  #scansHost() {
    const device = this;
    return {
      name: this.name,
      deviceID: this.id.replace(/^urn:uuid:/, ''),
      now: this.host.now,
      newUUID: randomUUID,
      newSecret: (bytes: number) => randomBytes(bytes).toString('hex'),
      get isConnected() {
        return device.session?.link.isOpen ?? false;
      },
      get maxFrame() {
        return device.presence.wire === 'gen-2' ? MAX_FRAME_SECOND : MAX_FRAME;
      },
      get parameter() {
        return device.profile.parameter.get() ?? {};
      },
      free: () => this.#windingUp.free(),
      start: (text: string) => {
        this.session?.answers.reset();
        return this.session?.link.send(text) ?? false;
      },
      send: (text: string) => this.session?.link.send(text) ?? false,
      keep: () => this.#keeper.keep(),
      note: () => this.#keeper.note(),
      ended: (task: TaskRecord) => this.#scanEnded(task),
    };
  }

  /** The live connection. */
  get session(): LinkSession | undefined {
    return this.#session;
  }

  /** The events of its Thing. */
  get events() {
    return {
      ...this.presence.events,
      ...this.scans.told.events,
      resultReady: this.#resultReady.asObservable(),
      uploadFailed: this.#uploadFailed.asObservable(),
      ...this.profile.events,
      protocolError: this.#protocolError.asObservable(),
      duplicateIdentity: this.#duplicateIdentity.asObservable(),
    };
  }

  /** Takes over the device's new link; an earlier one has no say any more. */
  attach(link: Link): Receiver {
    this.#session?.transfers.disconnected();
    this.scans.happens({ type: 'lost' });
    this.#session = new LinkSession(this, link);
    this.presence.opened();
    return this.#session;
  }

  /** A connection is gone; does nothing if another has taken its place. */
  detach(session: LinkSession, code: number, reason: string): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    this.scans.happens({ type: 'lost' });
    this.upload.set(null);
    this.presence.closed(code, reason);
  }

  /** The device says who it is. */
  register(details: ReportedDetails, parameter: Members | undefined): void {
    this.profile.report(details, parameter);
    this.presence.registered();
    this.presence.says(this.scans.active ? 'BUSY' : 'ONLINE', 'registered');
    this.#keeper.note();
  }

  #record(): ScannerRecord {
    return { ...this.scans.record, ...this.profile.record };
  }

  #scanEnded({ state: ended }: TaskRecord): void {
    this.session?.answers.reset();
    this.#windingUp.scanEnded(ended);
  }

  /** A file arrived whole. */
  stored(result: Result): void {
    const others = (this.results.get() ?? []).filter(({ resultId }) => resultId !== result.resultId);
    this.results.set([result, ...others].slice(0, SHOWN_RESULTS));
    this.#resultReady.next(result);
    this.scans.transferEnded(result.taskId, result.resultId);
  }

  uploadFailed({ taskID, fileName, reason, received, size }: FailedUpload): void {
    this.#uploadFailed.next({ taskId: taskID, fileName, reason, receivedBytes: received, sizeBytes: size });
  }

  /** A frame could not be understood, or was not allowed. */
  reject(last: string): void {
    this.host.log.debug({ device: this.name, reason: last }, 'a frame was refused');
    this.#protocolError.next({ count: ++this.#rejected, last });
  }

  trespassed(taskID: string): void {
    const now = this.host.now();
    // A device that goes on and on does not fill the log.
    if (Math.abs(now - this.#warnedAt) >= WARN_EVERY) {
      this.#warnedAt = now;
      this.host.log.warn({ device: this.name, taskID }, 'a device speaks of a task that is not its own');
    }
    this.host.trespassed?.({ name: this.name, id: this.id }, taskID);
  }

  /** Somebody else uses its identity. */
  tellDuplicate(): void {
    this.#duplicateIdentity.next();
  }

  /** Takes a device out of ERROR. */
  clearError(): { status: DeviceStatus } {
    if (this.scans.active) throw new ThingError('conflict', `'${this.name}' runs a scan`);
    this.scans.told.lastError.set(null);
    if (this.presence.status === 'ERROR') this.presence.says('ONLINE', 'cleared');
    return { status: this.presence.status };
  }

  /** Removes a result with its files. */
  async deleteResult(resultID: string): Promise<void> {
    if (!(await this.host.results.remove(this.id, resultID))) {
      throw new ThingError('notFound', `'${this.name}' has no result '${resultID}'`);
    }
    await this.#listResults();
  }

  async #listResults(): Promise<void> {
    try {
      this.results.set([...(await this.host.results.list(this.id, { limit: SHOWN_RESULTS }))]);
    } catch (error) {
      this.host.log.warn({ device: this.name, error }, 'the results of a scanner could not be listed');
    }
  }

  /** The clock was set by so many milliseconds, or this process stood still: what others have time for is not over by that. */
  clockSet(by: number): void {
    this.#session?.transfers.clockSet(by);
    this.scans.clockSet(by);
    this.#windingUp.clockSet(by);
  }

  /** Does what time brings; called for every device a few times a second. */
  sweep(now: number): void {
    this.#session?.sweep(now);
    this.scans.sweep(now);
    this.#windingUp.sweep(now);
    const current = this.#session?.transfers.current;
    if (!current) {
      if (this.upload.get() !== null) this.upload.set(null);
      return;
    }
    const { file, received } = current;
    this.upload.set({
      taskId: file.taskID,
      fileName: file.originalName,
      receivedBytes: received,
      sizeBytes: file.size,
    });
  }

  /** Lets go of the device, because it was removed. */
  close(): void {
    this.#keeper.close();
    this.#session?.link.close(1008, 'removed');
  }
}
