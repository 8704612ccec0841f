import { randomUUID } from 'node:crypto';
import { formatMilliseconds, type Log, type Now, type State, state } from '@thingwright/core';
import type { Line, Link, Receiver } from '@thingwright/device-link';
import { type Observable, Subject } from 'rxjs';
import { Alarms } from './alarms.js';
import { Broadcast } from './broadcast.js';
import { Commands } from './commands.js';
import { type LastValues, lastKnownOf } from './last-known.js';
import { Presence } from './presence.js';
import { createReadings, type ReadingStreams, readingStreams, type TelemetryFrame } from './readings.js';
import type { ThresholdMemory } from './threshold-memory.js';
import type { Dialect } from './wire/dialect.js';
import type { FrameDecoder, Sender, TelemetryDecoded } from './wire/frame-decoder.js';
import { type Suspect, suspectsOf } from './wire/suspects.js';

/** A telemetry device as it was provisioned. */
export interface ProvisionedTelemetry {
  /** Its local name; the `device_id` of its frames. */
  readonly name: string;
  /** The id of its Thing, a URI. */
  readonly id: string;
  /** Default: the Model's. */
  readonly title?: string;
  /** Default: recognised frame by frame. */
  readonly dialect?: Dialect | undefined;
  /** What it goes on from; absent: it is new. */
  readonly last?: LastValues | undefined;
}

/** What all telemetry devices of a process share. */
export interface TelemetryHost {
  readonly decode: FrameDecoder;
  readonly memory: ThresholdMemory;
  readonly now: Now;
  readonly log: Log;
  readonly newID?: () => string;
}

const DEFAULT_THRESHOLD = 20;
const INVALID_IN_A_ROW = 20;

/** One device on the server's side: what arrives over its link becomes readings, events and broadcasts. */
export class TelemetryDevice implements Sender {
  readonly name: string;
  readonly id: string;
  readonly title: string | undefined;
  readonly dialect: Dialect | undefined;
  readonly presence: Presence;
  readonly commands: Commands;
  readonly #host: TelemetryHost;
  readonly #readings = createReadings();
  readonly #alarms: Alarms;
  /** Made for the first reader: most devices have none. */
  #broadcast: Broadcast | undefined;
  readonly #threshold: State<number>;
  readonly #invalidFrame = new Subject<{ reason: string; count: number }>();
  readonly #duplicateIdentity = new Subject<void>();
  #link: Link | undefined;

  constructor({ name, id, title, dialect, last }: ProvisionedTelemetry, host: TelemetryHost) {
    this.name = name;
    this.id = id;
    this.title = title;
    this.dialect = dialect;
    this.#host = host;
    const lastKnown = lastKnownOf(last);
    const threshold = host.memory.recall(id) ?? DEFAULT_THRESHOLD;
    this.presence = new Presence(host.now, lastKnown);
    this.#alarms = new Alarms(host.now);
    this.#alarms.resume(lastKnown, threshold);
    this.#threshold = state(threshold);
    this.commands = new Commands({
      name,
      now: host.now,
      newID: host.newID ?? randomUUID,
      isThere: () => this.presence.isThere,
      send: (text) => this.#link?.send(text) ?? false,
    });
  }

  /** The values that it reports. */
  get readings(): ReadingStreams {
    return readingStreams(this.#readings);
  }

  /** The events of its Thing. */
  get events() {
    return {
      ...this.presence.events,
      ...this.#alarms.events,
      invalidFrame: this.#invalidFrame.asObservable(),
      duplicateIdentity: this.#duplicateIdentity.asObservable(),
      commandResult: this.commands.results,
    };
  }

  /** The state of charge, in percent, below which its battery is low. */
  get threshold(): Observable<number> {
    return this.#threshold.value;
  }

  /** Sets that, and remembers it. */
  async setThreshold(threshold: number): Promise<number> {
    await this.#host.memory.keep(this.id, threshold);
    this.#threshold.set(threshold);
    this.#alarms.setThreshold(threshold, this.#readings.get()?.battery.soc);
    return threshold;
  }

  /** Takes over the device's new link; an earlier one has no say any more. */
  attach(link: Link): Receiver {
    this.commands.disconnected();
    this.#link = link;
    this.presence.opened();
    return new LinkReceiver(this, link);
  }

  /** A link is gone; does nothing if another has taken its place. */
  detach(link: Link, code: number, reason: string): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.presence.closed({ code, reason });
    this.commands.disconnected();
  }

  /** Takes in one frame; tells whether it was valid. */
  receive(data: Buffer, isBinary: boolean): boolean {
    if (isBinary) return this.#reject('a binary frame');
    const decoded = this.#host.decode(data, this);
    if (decoded.kind === 'invalid') return this.#reject(decoded.reason);
    if (decoded.kind === 'telemetry') this.#take(decoded);
    else this.commands.acknowledge(decoded.acknowledgement);
    return true;
  }

  #reject(reason: string): false {
    const count = this.presence.rejected();
    this.#host.log.debug({ device: this.name, reason, count }, 'a frame was dropped');
    this.#invalidFrame.next({ reason, count });
    return false;
  }

  #take(decoded: TelemetryDecoded): void {
    const now = this.#host.now();
    const suspects = suspectsOf(decoded.payload);
    const json = jsonOf(decoded, now, suspects);
    const frame = frameOf(decoded, now, suspects);
    this.presence.frame(now, frame.timestamp);
    this.#readings.set(frame, json);
    this.#broadcast?.offer(frame, now);
    this.#alarms.watch(frame);
    if (suspects) this.#alarms.suspect(suspects);
    this.commands.observe(frame);
  }

  /** Lets a reader in. */
  addReader(line: Line): void {
    this.#broadcast ??= new Broadcast(this.#readings.get());
    this.#broadcast.add(line, this.#host.now());
  }

  /** Forgets a reader that is gone. */
  removeReader(line: Line): void {
    this.#broadcast?.remove(line);
  }

  /** Somebody else uses its identity. */
  tellDuplicate(): void {
    this.#duplicateIdentity.next();
  }

  /** Does what time brings; called for every device a few times a second. */
  sweep(now: number): void {
    this.presence.sweep(now);
    this.commands.sweep(now);
    this.#broadcast?.sweep(now, this.#link !== undefined);
  }

  /** Lets go of everybody, because the device was removed. */
  close(): void {
    this.#link?.close(1008, 'removed');
    this.#broadcast?.close(1008, 'removed');
  }
}

/** Leads the frames of one link to its device; a link that sends nothing valid any more is closed. */
class LinkReceiver implements Receiver {
  readonly #device: TelemetryDevice;
  readonly #link: Link;
  #invalid = 0;

  constructor(device: TelemetryDevice, link: Link) {
    this.#device = device;
    this.#link = link;
  }

  frame(data: Buffer, isBinary: boolean): void {
    if (this.#device.receive(data, isBinary)) {
      this.#invalid = 0;
      return;
    }
    this.#invalid++;
    if (this.#invalid >= INVALID_IN_A_ROW) this.#link.close(1007, `${INVALID_IN_A_ROW} invalid frames in a row`);
  }

  closed(code: number, reason: string): void {
    this.#device.detach(this.#link, code, reason);
  }
}

const qualityOf = (suspects: readonly Suspect[] | undefined) => (suspects ? ('suspect' as const) : ('good' as const));

/** What {@link frameOf} makes as JSON, where it is enough to add to what the device sent. */
function jsonOf(
  { payload, json }: TelemetryDecoded,
  now: number,
  suspects: readonly Suspect[] | undefined,
): string | undefined {
  if (json === undefined || 'receivedAt' in payload || 'quality' in payload || 'zoneAssumed' in payload)
    return undefined;
  return `${json.slice(0, -1)},"receivedAt":"${formatMilliseconds(now)}","quality":"${qualityOf(suspects)}"}`;
}

/**
 * A sample with what the server knows of it. The payload is this sample's own object: nobody else has it yet, and copying it
 * would cost as much as checking it.
 */
function frameOf(
  { payload, zoneAssumed }: TelemetryDecoded,
  now: number,
  suspects: readonly Suspect[] | undefined,
): TelemetryFrame {
  const frame: TelemetryFrame = Object.assign(payload, {
    receivedAt: formatMilliseconds(now),
    quality: qualityOf(suspects),
  });
  if (zoneAssumed) frame.zoneAssumed = true;
  return frame;
}
