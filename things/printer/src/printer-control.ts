import { randomUUID } from 'node:crypto';
import { formatMilliseconds, type Now, ThingError } from '@thingwright/core';
import { Subject } from 'rxjs';
import type { Static } from 'typebox';
import type { JobTracker } from './job-tracker.js';
import type { PrintFile } from './print-file.js';
import type { PrinterStatus } from './printer-status.js';
import {
  heatToolhead,
  kick,
  listFolder,
  moveFilament,
  type PlayerCommand,
  player,
  readEstimate,
  readFileInfo,
  readInfo,
  readRobotReport,
  removeFile,
  select,
} from './robot/robot-commands.js';
import type { RobotLine } from './robot/robot-line.js';
import type { RobotSession } from './robot/robot-session.js';
import { isEnded, permits } from './status.js';
import type { Status } from './status.model.js';
import { createTurns } from './turns.js';
import { mediaTypeOf, type StoredPath, storedPath, uploadCommand } from './wire/robot-command.js';
import type { RobotReport } from './wire/robot-report.js';

/** What is printed: a file that the printer has, or one that it is sent. */
export type PrintSource = { readonly path: string } | { readonly file: PrintFile };

/** Who waits for a file to go, and how it learns how far it is. */
export interface Sender {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((told: { readonly sentBytes: number; readonly sizeBytes: number }) => void) | undefined;
}

/** What control needs of its device. */
export interface ControlParts {
  /** For messages. */
  readonly name: string;
  readonly now: Now;
  readonly line: RobotLine;
  readonly status: PrinterStatus;
  readonly jobs: JobTracker;
  /** Opens a session of its own. */
  open(signal?: AbortSignal): Promise<RobotSession>;
  reported(report: RobotReport): void;
}

/** Files that wait while another is sent. */
const MOST_FILES = 8;
/** Milliseconds between two words about how far a file is. */
const TELL_EVERY = 250;

/** Runs a printer: its jobs and its files. What the state forbids is refused with `conflict`. */
export class PrinterControl {
  readonly #parts: ControlParts;
  readonly #oneFile = createTurns({ most: MOST_FILES });
  readonly #closing = new AbortController();
  readonly #fileListChanged = new Subject<{ path: string; change: 'added' | 'removed'; at: string }>();

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  get events() {
    return { fileListChanged: this.#fileListChanged.asObservable() };
  }

  /** Refuses at once what the known state forbids. */
  accept(command: PlayerCommand): void {
    const { id } = this.#parts.status;
    if (id !== undefined) this.#check(id, command);
  }

  #check(id: number, command: PlayerCommand): void {
    if (permits(id, command)) return;
    const group = this.#parts.status.current?.group ?? 'unknown';
    throw new ThingError('conflict', `The printer '${this.#parts.name}' cannot ${command} now: it is ${group} (${id})`);
  }

  /** Has the task do something, if how the printer stands permits it. */
  command(command: Exclude<PlayerCommand, 'start'>): Promise<void> {
    return this.#parts.line.use(async (session) => {
      this.#check(await this.#report(session), command);
      await player(session, command);
      await this.#report(session);
    });
  }

  /** Gives the id of the status. */
  async #report(session: RobotSession): Promise<number> {
    const report = await readRobotReport(session);
    this.#parts.reported(report);
    return report.id;
  }

  /** Starts a print on a session of its own, for what is chosen belongs to it (reference, section 1). Gives the id of the job. */
  start(source: PrintSource, { signal: caller, progress }: Sender = {}): Promise<{ jobId: string }> {
    const signal = this.#untilClosed(caller);
    const path = 'path' in source ? fileAt(source.path) : undefined;
    return this.#oneFile(async () => {
      using session = await this.#parts.open(signal);
      const id = await this.#report(session);
      this.#check(id, 'start');
      if (isEnded(id)) await player(session, 'quit');
      if (path) await select(session, path);
      else if ('file' in source) await this.#send(session, source.file, { signal, progress });
      return { jobId: await this.#begin(session, 'path' in source ? source.path : source.file.name) };
    });
  }

  async #begin(session: RobotSession, file: string): Promise<string> {
    const { jobs } = this.#parts;
    const jobId = randomUUID();
    // Once it has begun there may be nothing to ask: some firmware tells only before, some only after.
    jobs.expect({ jobId, file, estimate: await readEstimate(session) });
    try {
      await player(session, 'start');
      await this.#report(session);
    } catch (error) {
      jobs.expect(undefined);
      throw error;
    }
    return jobId;
  }

  /** Puts a file into the storage. */
  async upload(path: string, file: PrintFile, { signal: caller, progress }: Sender = {}): Promise<void> {
    const signal = this.#untilClosed(caller);
    const place = writable(path);
    await this.#oneFile(async () => {
      using session = await this.#parts.open(signal);
      await this.#send(session, file, { signal, progress, place });
    });
    this.#fileListChanged.next({ path, change: 'added', at: formatMilliseconds(this.#parts.now()) });
  }

  #untilClosed(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
  }

  /** Breaks off what is being sent. What runs on the printer goes on. */
  close(): void {
    this.#closing.abort();
  }

  async #send(
    session: RobotSession,
    { name, size, content }: PrintFile,
    { signal, progress, place }: Sender & { readonly place?: StoredPath },
  ): Promise<void> {
    let toldAt = 0;
    await session.upload(uploadCommand(mediaTypeOf(name), size, place), {
      size,
      content,
      signal,
      sent: (sentBytes) => {
        const now = performance.now();
        if (now - toldAt < TELL_EVERY && sentBytes < size) return;
        toldAt = now;
        progress?.({ sentBytes, sizeBytes: size });
      },
    });
  }

  list(path = '/SD'): Promise<Awaited<ReturnType<typeof listFolder>>> {
    const place = storedPath(path);
    return this.#parts.line.use((session) => listFolder(session, place));
  }

  describeFile(path: string): Promise<Awaited<ReturnType<typeof readFileInfo>>> {
    const place = fileAt(path);
    return this.#parts.line.use((session) => readFileInfo(session, place));
  }

  async remove(path: string): Promise<void> {
    const place = writable(path);
    await this.#parts.line.use((session) => removeFile(session, place));
    this.#fileListChanged.next({ path, change: 'removed', at: formatMilliseconds(this.#parts.now()) });
  }

  /** Gives the toolhead a temperature in the middle of a job. */
  heat(temperature: number, index = 0): Promise<void> {
    return this.#parts.line.use(async (session) => {
      this.#check(await this.#report(session), 'abort');
      await heatToolhead(session, index, temperature);
      this.#parts.jobs.heated(temperature);
    });
  }

  /** Moves filament while a job is paused. */
  moveFilament(way: 'load' | 'unload', index = 0): Promise<void> {
    return this.#parts.line.use(async (session) => {
      this.#check(await this.#report(session), 'resume');
      await moveFilament(session, way, index);
    });
  }

  /** Ends what other clients have to themselves. */
  release(): Promise<void> {
    return this.#parts.line.use(kick);
  }

  describeDevice(): Promise<Readonly<Record<string, string>>> {
    return this.#parts.line.use(readInfo);
  }

  async refresh(): Promise<Static<typeof Status>> {
    await this.#parts.line.report();
    const { current } = this.#parts.status;
    if (!current) throw new ThingError('unavailable', `The printer '${this.#parts.name}' does not say how it stands`);
    return current;
  }
}

/** @throws ThingError `invalid` for the root of a storage, or none. */
function fileAt(path: string): StoredPath {
  const place = storedPath(path);
  if (place.path === '') throw new ThingError('invalid', `'${path}' is no file`);
  return place;
}

/** @throws ThingError `invalid`; `forbidden` for what can only be read. */
function writable(path: string): StoredPath {
  const place = fileAt(path);
  if (place.storage !== 'SD') throw new ThingError('forbidden', `'${path}' can only be read`);
  return place;
}
