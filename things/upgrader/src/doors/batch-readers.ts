import { type Log, sameValue, ThingError } from '@thingwright/core';
import { textFrame } from '@thingwright/device-link';
import type { Campaign } from '../campaign.js';
import type { Counts } from '../tally.js';
import type { Upgrade } from '../upgrade.js';
import type { CampaignChange, Removal, UpgradeChange } from '../upgrade-change.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { type BatchCounts, batchCounts, batchStatus, operationProgress } from '../wire/batch-messages.js';
import type { Dialect } from '../wire/dialect.js';
import { type BatchSnapshot, countVisible, readBatchSnapshot } from './batch-snapshot.js';
import type { DoorReader } from './door-reader.js';
import { sharedReads } from './shared-reads.js';

/** What is written to those who look at a campaign. */
export interface BatchReadersParts {
  readonly record: Pick<UpgradeRecord, 'tables' | 'tally'>;
  readonly log: Log;
  readonly now: () => number;
}

/** A connection, with what it has been told and what it has still to be told. */
interface Seat {
  readonly reader: DoorReader;
  readonly room: Room;
  /** Whose devices it sees; undefined: those of all. */
  readonly organizations: readonly string[] | undefined;
  /** Operations that are not what it was told, as they are now. */
  readonly due: Map<string, Upgrade>;
  /** The counts that it was told last. */
  status: BatchCounts | undefined;
  isStatusDue: boolean;
  isStateDue: boolean;
  /** It could not take the counts: the next sweep tries again. */
  isStuck: boolean;
  /** While its answer is read, changes wait, lest an older state comes after a newer one. */
  isReading: boolean;
  /** How many messages it may have at once, until the next sweep. */
  budget: number;
}

/** All who look at the same campaign. */
interface Room {
  campaign: Campaign;
  readonly seats: Set<Seat>;
  isTelling: boolean;
}

/** Messages between two sweeps that go out one by one; after them it is the latest of each operation, with the next sweep. */
const BUDGET = 100;
/** Bytes that are written at once. */
const CHUNK = 65_536;

/**
 * The connections of endpoint 2: each change of an upgrade as a message of its own while there are few, and the latest of each upgrade in bursts;
 * the counts when they are not what they were.
 */
export class BatchReaders {
  readonly #parts: BatchReadersParts;
  readonly #rooms = new Map<string, Room>();
  readonly #readShared = sharedReads<BatchSnapshot>();

  constructor(parts: BatchReadersParts) {
    this.#parts = parts;
  }

  /** Lets a connection in. */
  enter(reader: DoorReader, campaign: Campaign, organizations: readonly string[] | undefined): Seat {
    const room = this.#rooms.get(campaign.id) ?? { campaign, seats: new Set(), isTelling: false };
    const seat: Seat = {
      reader,
      room,
      organizations: campaign.organization === null ? organizations : undefined,
      due: new Map(),
      status: undefined,
      isStatusDue: false,
      isStateDue: false,
      isStuck: false,
      isReading: false,
      budget: BUDGET,
    };
    room.seats.add(seat);
    this.#rooms.set(campaign.id, room);
    return seat;
  }

  /** Forgets a connection that is gone. */
  leave(seat: Seat): void {
    const { room } = seat;
    room.seats.delete(seat);
    if (room.seats.size === 0) this.#rooms.delete(room.campaign.id);
  }

  /** Answers with the present state, soon. */
  ask(seat: Seat): void {
    seat.isStateDue = true;
    void this.#answer(seat);
  }

  /** Takes a change that is kept. */
  take({ upgrade }: UpgradeChange): void {
    const room = upgrade.campaign === null ? undefined : this.#rooms.get(upgrade.campaign);
    if (!room) return;
    const frames = new Map<Dialect, Buffer>();
    for (const seat of room.seats) {
      if (seat.organizations && !seat.organizations.includes(upgrade.organization)) continue;
      const isFree = !seat.isReading && seat.due.size === 0 && seat.budget > 0;
      if (!isFree || !this.#writeProgress(seat, upgrade, frames)) seat.due.set(upgrade.id, upgrade);
    }
    this.#tellStatus(room);
  }

  /** Takes a change of a campaign that is kept. */
  takeCampaign({ campaign }: CampaignChange): void {
    const room = this.#rooms.get(campaign.id);
    if (!room) return;
    room.campaign = campaign;
    this.#tellStatus(room);
  }

  /** Tells those who look at what is removed its last state, and closes (DECIDED). */
  remove(removal: Removal): void {
    const room = 'campaign' in removal ? this.#rooms.get(removal.campaign.id) : undefined;
    for (const seat of room?.seats ?? []) {
      const { dialect } = seat.reader;
      const now = this.#parts.now();
      const { status } = seat;
      if (status) seat.reader.write(textFrame(JSON.stringify(batchStatus(status, { dialect, now }))), now);
      seat.due.clear();
      seat.isStateDue = false;
      seat.reader.close(1000, 'it was deleted');
    }
  }

  /** Goes on with those who could take nothing, or had enough. */
  sweep(): void {
    for (const room of this.#rooms.values()) {
      const frames = new Map<Dialect, Map<Upgrade, Buffer>>();
      for (const seat of room.seats) {
        seat.budget = BUDGET;
        seat.isStuck = false;
        if (seat.isStateDue) void this.#answer(seat);
        else if (!seat.isReading) this.#writeDue(seat, frames);
      }
      void this.#tellStatuses(room);
    }
  }

  /** Every connection. */
  *readers(): Iterable<DoorReader> {
    for (const { seats } of this.#rooms.values()) for (const { reader } of seats) yield reader;
  }

  #writeProgress(seat: Seat, upgrade: Upgrade, frames: Map<Dialect, Buffer>): boolean {
    const { dialect } = seat.reader;
    const frame = frames.get(dialect) ?? this.#progressFrame(upgrade, dialect);
    frames.set(dialect, frame);
    seat.budget--;
    return seat.reader.write(frame, this.#parts.now());
  }

  #progressFrame(upgrade: Upgrade, dialect: Dialect): Buffer {
    return textFrame(JSON.stringify(operationProgress(upgrade, { dialect, now: this.#parts.now() })));
  }

  /** Writes what is due, as much as the connection takes; each frame is made once for all. */
  #writeDue({ reader, due }: Seat, made: Map<Dialect, Map<Upgrade, Buffer>>): void {
    const frames = made.get(reader.dialect) ?? new Map<Upgrade, Buffer>();
    made.set(reader.dialect, frames);
    while (due.size > 0) {
      const chunk: Buffer[] = [];
      const ids: string[] = [];
      let size = 0;
      for (const [id, upgrade] of due) {
        const frame = frames.get(upgrade) ?? this.#progressFrame(upgrade, reader.dialect);
        frames.set(upgrade, frame);
        chunk.push(frame);
        ids.push(id);
        size += frame.length;
        if (size >= CHUNK) break;
      }
      if (!reader.write(Buffer.concat(chunk), this.#parts.now())) return;
      for (const id of ids) due.delete(id);
    }
  }

  /** Reads the state and writes it; what has changed meanwhile follows. */
  async #answer(seat: Seat): Promise<void> {
    if (seat.isReading) return;
    seat.isReading = true;
    const { reader, organizations } = seat;
    try {
      while (seat.isStateDue) {
        seat.isStateDue = false;
        const { id } = seat.room.campaign;
        const key = JSON.stringify([id, reader.dialect, organizations ?? null]);
        const snapshot = await this.#readShared(key, () => this.#readState(id, seat));
        if (!reader.write(snapshot.frame, this.#parts.now())) {
          // The next sweep tries again, with the newest state.
          seat.isStateDue = true;
          return;
        }
        seat.status = snapshot.status;
        for (const [upgradeID, { seq }] of seat.due) {
          if (seq <= (snapshot.seqs.get(upgradeID) ?? 0)) seat.due.delete(upgradeID);
        }
      }
    } catch (error) {
      seat.isStateDue = true;
      this.#parts.log.warn({ error, campaign: seat.room.campaign.id }, 'a campaign cannot be told of for the moment');
    } finally {
      seat.isReading = false;
    }
    this.#writeDue(seat, new Map());
    void this.#tellStatuses(seat.room);
  }

  async #readState(id: string, { reader: { dialect }, organizations }: Seat): Promise<BatchSnapshot> {
    const { tables } = this.#parts.record;
    const campaign = await tables.campaigns.get(id);
    if (!campaign) throw new ThingError('notFound', `There is no campaign ${id}`);
    const counts = async (): Promise<Counts> => (await this.#parts.record.tally(id)).counts();
    return readBatchSnapshot(tables.upgrades, campaign, { dialect, organizations, counts });
  }

  /** Has the counts told to those who were told others. */
  #tellStatus(room: Room): void {
    for (const seat of room.seats) seat.isStatusDue = true;
    void this.#tellStatuses(room);
  }

  /** Tells the counts to those for whom they are due; one run at a time for each campaign. */
  async #tellStatuses(room: Room): Promise<void> {
    if (room.isTelling) return;
    room.isTelling = true;
    const ready = (): Seat[] => [...room.seats].filter(isReady);
    try {
      for (let seats = ready(); seats.length > 0; seats = ready()) {
        for (const seat of seats) seat.isStatusDue = false;
        const all = (await this.#parts.record.tally(room.campaign.id)).counts();
        for (const seat of seats) await this.#tellStatusTo(seat, all);
      }
    } catch (error) {
      for (const seat of room.seats) seat.isStatusDue = true;
      this.#parts.log.warn({ error, campaign: room.campaign.id }, 'a campaign cannot be counted for the moment');
    } finally {
      room.isTelling = false;
    }
  }

  async #tellStatusTo(seat: Seat, all: Counts): Promise<void> {
    const { reader, room, organizations } = seat;
    const { upgrades } = this.#parts.record.tables;
    const counts = organizations ? await countVisible(upgrades, room.campaign.id, organizations) : all;
    const status = batchCounts(room.campaign, counts, reader.dialect);
    if (sameValue(status, seat.status)) return;
    const now = this.#parts.now();
    const frame = textFrame(JSON.stringify(batchStatus(status, { dialect: reader.dialect, now })));
    seat.budget--;
    if (reader.write(frame, now)) seat.status = status;
    else seat.isStatusDue = seat.isStuck = true;
  }
}

/** Whether the counts can be told now. */
const isReady = ({ isStatusDue, isReading, isStuck, budget }: Seat): boolean =>
  isStatusDue && !isReading && !isStuck && budget > 0;
