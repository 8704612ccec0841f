import { type KeyObject, randomUUID } from 'node:crypto';
import { type Log, type State, state, ThingError } from '@thingwright/core';
import type { Timer } from '@thingwright/device-link';
import { filter, type Subscription } from 'rxjs';
import type { PrinterPorts, PrinterTarget } from './connection/printer-target.js';
import type { PrinterDiscovery } from './discovery/discover-printers.js';
import type { FoundPrinter, PrinterNews, PrinterPin } from './discovery/found-printer.js';
import { JobTracker } from './job-tracker.js';
import { keyFingerprint } from './key-fingerprint.js';
import { type ManagerTimes, openManager } from './manager/manager-session.js';
import { PrinterManagement } from './manager/printer-management.js';
import { PrinterControl } from './printer-control.js';
import { PrinterFacts } from './printer-facts.js';
import type { PrinterMemory, PrinterRecord } from './printer-record.js';
import { PrinterStatus } from './printer-status.js';
import { RobotLine } from './robot/robot-line.js';
import { openRobot, type RobotSession, type RobotTimes } from './robot/robot-session.js';
import { hasTask } from './status.js';
import type { RobotReport } from './wire/robot-report.js';

/** A printer that is served as a Thing. */
export interface AdoptedPrinter {
  /** Local name of the Thing. */
  readonly name: string;
  /** Id of the Thing; what must be remembered is kept under it. */
  readonly id: string;
  /** What the printer calls itself; any case. */
  readonly uuid: string;
  /** Default: that of the Model. */
  readonly title?: string;
}

/** What printers need of who runs them. */
export interface PrinterHost {
  readonly discovery: PrinterDiscovery;
  readonly clientKey: KeyObject;
  readonly memory: PrinterMemory;
  readonly readRecord: (kept: unknown) => PrinterRecord | undefined;
  readonly ports: PrinterPorts;
  readonly times: { readonly manager?: Partial<ManagerTimes>; readonly robot?: Partial<RobotTimes> };
  readonly log: Log;
  readonly timer: Timer;
}

/** A printer at work: what it tells of itself, what is asked of it, and what is remembered of it. */
export class PrinterDevice {
  readonly name: string;
  readonly uuid: string;
  readonly title: string | undefined;
  readonly facts: PrinterFacts;
  readonly status: PrinterStatus;
  readonly jobs: JobTracker;
  readonly control: PrinterControl;
  readonly management: PrinterManagement;
  readonly #authorized: State<boolean | null> = state<boolean | null>(null);
  readonly #id: string;
  readonly #host: PrinterHost;
  readonly #line: RobotLine;
  readonly #news: Subscription;
  #pin: PrinterPin | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor({ name, id, uuid, title }: AdoptedPrinter, host: PrinterHost) {
    this.name = name;
    this.uuid = uuid.toLowerCase();
    this.title = title;
    this.#id = id;
    this.#host = host;
    const now = () => host.timer.now();
    const record = host.readRecord(host.memory.recall(id)) ?? { job: null };
    this.#pin = record.pin;
    this.facts = new PrinterFacts(now);
    this.status = new PrinterStatus(now);
    this.jobs = new JobTracker({ now, newUUID: randomUUID, kept: record.job, changed: () => this.#note() });
    this.#line = new RobotLine({
      name,
      log: host.log,
      open: (signal) => this.#openRobot(signal),
      isFollowed: () => this.facts.isReachable && this.#authorized.get() !== false && hasTask(this.status.id ?? 0),
      reported: (report) => this.#reported(report),
      estimated: (seconds) => this.jobs.estimated(seconds),
    });
    const { line, jobs, status } = { line: this.#line, jobs: this.jobs, status: this.status };
    const reported = (report: RobotReport) => this.#reported(report);
    this.control = new PrinterControl({ name, now, line, jobs, status, reported, open: (s) => this.#openRobot(s) });
    this.management = new PrinterManagement({
      clientKey: host.clientKey,
      open: async (options) => openManager(await this.#target(), { times: host.times.manager ?? {}, ...options }),
      trusted: (isTrusted) => this.#authorized.set(isTrusted),
      nameNow: async () => (await host.discovery.refresh(this.uuid)).name,
    });
    this.#news = host.discovery.news
      .pipe(filter((news) => uuidOf(news) === this.uuid))
      .subscribe((news) => this.#take(news));
    // Whoever is there already, and is another, is told of now.
    host.discovery.pin(this.uuid, this.#pin);
    const found = host.discovery.find(this.uuid);
    if (found) this.#heard(found);
  }

  /** Whether the printer admits our key; null: it was not asked yet. */
  get authorized() {
    return this.#authorized.value;
  }

  #take(news: PrinterNews): void {
    if (news.type === 'conflict') this.facts.conflict(news.address, news.reason);
    else if (news.type === 'disappeared' || news.type === 'forgotten') this.facts.gone();
    else this.#heard(news.printer);
  }

  #heard(printer: FoundPrinter): void {
    if (!this.#pin) this.#pinTo({ serial: printer.serial, masterKey: keyFingerprint(printer.masterKey) });
    this.facts.heard(printer);
    const { status } = printer;
    if (!this.status.announced(status, performance.now())) return;
    this.jobs.follow(status.id, { progress: status.progress });
  }

  /** From now on it is this one, and no other with its UUID. */
  #pinTo(pin: PrinterPin): void {
    this.#pin = pin;
    this.#host.discovery.pin(this.uuid, pin);
    this.#note();
  }

  #reported(report: RobotReport): void {
    this.#authorized.set(true);
    this.status.reported(report, performance.now());
    const { id, progress, traveled, timeRunning } = report;
    this.jobs.follow(id, { progress, traveled, timeRunning });
  }

  async #openRobot(signal?: AbortSignal): Promise<RobotSession> {
    const { discovery } = this.#host;
    // The key of the older generation's hello is new with every boot. Without an answer the one that is known may still do.
    if (this.#found().discoveryVersion === 1) await discovery.refresh(this.uuid, signal).catch(() => undefined);
    const target = await this.#target();
    let isAnother = false;
    const noticed = (): void => {
      isAnother = true;
      target.isAnother();
    };
    try {
      return await openRobot({ ...target, isAnother: noticed }, { signal, times: this.#host.times.robot ?? {} });
    } catch (error) {
      if (!isAnother && error instanceof ThingError && error.code === 'forbidden') this.#authorized.set(false);
      throw error;
    }
  }

  #found(): FoundPrinter {
    const found = this.#host.discovery.find(this.uuid);
    if (!found?.isReachable) throw new ThingError('unavailable', `The printer '${this.name}' is not there`);
    return found;
  }

  async #target(): Promise<PrinterTarget> {
    const { address, slaveKey } = this.#found();
    const { clientKey, ports } = this.#host;
    const pin = this.#pin;
    if (!pin) throw new ThingError('unavailable', `The printer '${this.name}' was not seen yet`);
    return {
      uuid: this.uuid,
      name: this.name,
      address,
      ports,
      pin,
      slaveKey,
      clientKey,
      keepTLSKey: (tlsKey) => this.#keepTLSKey(tlsKey),
      isAnother: () => this.#isAnother(),
    };
  }

  async #keepTLSKey(tlsKey: string): Promise<void> {
    if (!this.#pin) return;
    const before = this.#pin;
    this.#pin = { ...before, tlsKey };
    try {
      await this.#keep();
    } catch (error) {
      this.#pin = before;
      throw new ThingError('unavailable', `The key of the printer '${this.name}' cannot be kept`, { cause: error });
    }
  }

  /** Who answers at its address is not the printer; if somebody else claims to be it too, that one is heard. */
  #isAnother(): void {
    const found = this.#host.discovery.find(this.uuid);
    if (!found) return;
    this.#host.discovery.distrust(this.uuid);
    this.facts.conflict(found.address, 'certificate');
  }

  /** Resolves when what stands now is kept: one write after the other. */
  #keep(): Promise<void> {
    const kept = this.#keeping.then(() =>
      this.#host.memory.keep(this.#id, { ...(this.#pin ? { pin: this.#pin } : {}), job: this.jobs.job }),
    );
    this.#keeping = kept.catch(() => undefined);
    return kept;
  }

  /** Keeps it without being waited for. */
  #note(): void {
    this.#keep().catch((error: unknown) => {
      this.#host.log.error({ printer: this.name, error }, 'how a printer stands could not be kept');
    });
  }

  /** Does what time brings; called a few times a second. */
  sweep(): void {
    this.#line.sweep();
  }

  /** Lets go of the printer. Its pin is forgotten with it if it was removed. */
  close(isRemoved: boolean): void {
    this.#news.unsubscribe();
    this.#line.close();
    this.control.close();
    if (isRemoved) this.#host.discovery.pin(this.uuid, undefined);
  }
}

const uuidOf = (news: PrinterNews): string => (news.type === 'conflict' ? news.uuid : news.printer.uuid);
