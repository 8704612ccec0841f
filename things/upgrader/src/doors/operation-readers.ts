import type { Log } from '@thingwright/core';
import { textFrame } from '@thingwright/device-link';
import type { Upgrade } from '../upgrade.js';
import type { Removal, UpgradeChange } from '../upgrade-change.js';
import type { UpgradeTable } from '../upgrade-table.js';
import type { Logged } from '../wire/batch-messages.js';
import type { Dialect } from '../wire/dialect.js';
import { LOG_LIMITS } from '../wire/operation.js';
import { deviceMessage, operationUpdate } from '../wire/operation-messages.js';
import type { DoorReader } from './door-reader.js';
import { recentOperations } from './recent-operations.js';

/** What is written to those who look at one operation, or at those of one device. */
export interface OperationReadersParts {
  readonly table: Pick<UpgradeTable, 'find' | 'holding' | 'getAll' | 'tails'>;
  readonly log: Log;
  readonly now: () => number;
}

/** Which of the two endpoints. */
type Kind = 'operation' | 'device';

/** A connection, with what it has been told and what it has still to be told. */
interface Seat {
  readonly reader: DoorReader;
  readonly room: Room;
  /** The `seq` of each operation that it was told last. */
  readonly told: Map<string, number>;
  /** Operations that are not what it was told. */
  readonly due: Set<string>;
  isStateDue: boolean;
}

/** All who look at the same object. */
interface Room {
  readonly kind: Kind;
  readonly id: string;
  readonly seats: Set<Seat>;
  /** What was last said here. */
  last: Logged | undefined;
}

/** More changes at once than that are told by the latest of each operation. */
const BURST = 100;
/** Of how many operations of a device it is remembered what was told: ended ones are not told of again. */
const MOST_TOLD = 64;

/**
 * The connections of endpoints 1 and 3: all changes in their order, each encoded once a dialect, with the end of the log. One loop reads and writes,
 * so that nobody is told an older state after a newer one; a connection that takes nothing gets the newest state when it does again.
 */
export class OperationReaders {
  readonly #parts: OperationReadersParts;
  readonly #rooms = new Map<string, Room>();
  /** Seats for which the loop has something to do. */
  readonly #waiting = new Set<Seat>();
  #changes: Upgrade[] = [];
  #isRunning = false;

  constructor(parts: OperationReadersParts) {
    this.#parts = parts;
  }

  /** Lets a connection in. `known`: the operation, where there is one to begin with. */
  enter(kind: Kind, reader: DoorReader, known: Upgrade | undefined): Seat {
    const room = this.#rooms.get(nameOf(kind, reader.id)) ?? { kind, id: reader.id, seats: new Set(), last: undefined };
    room.last ??= known && { upgrade: known, log: undefined };
    const seat: Seat = { reader, room, told: new Map(), due: new Set(), isStateDue: false };
    room.seats.add(seat);
    this.#rooms.set(nameOf(kind, reader.id), room);
    return seat;
  }

  /** Forgets a connection that is gone. */
  leave(seat: Seat): void {
    const { room } = seat;
    this.#waiting.delete(seat);
    room.seats.delete(seat);
    if (room.seats.size === 0) this.#rooms.delete(nameOf(room.kind, room.id));
  }

  /** Answers with the present state, soon. */
  ask(seat: Seat): void {
    seat.isStateDue = true;
    this.#waiting.add(seat);
    void this.#run();
  }

  /** Takes a change that is kept. */
  take({ upgrade }: UpgradeChange): void {
    if (!this.#roomsOf(upgrade).some(Boolean)) return;
    this.#changes.push(upgrade);
    void this.#run();
  }

  /** Tells those who look at what is removed its last state, and closes (DECIDED). */
  remove(removal: Removal): void {
    for (const room of [...this.#rooms.values()].filter((room) => isAbout(room, removal))) this.#end(room);
  }

  /** The same for a device that is gone. */
  removeDevice(id: string): void {
    const room = this.#rooms.get(nameOf('device', id));
    if (room) this.#end(room);
  }

  /** Goes on with those who could take nothing. */
  sweep(): void {
    for (const seat of this.#seats()) {
      if (seat.isStateDue || seat.due.size > 0) this.#waiting.add(seat);
    }
    if (this.#waiting.size > 0) void this.#run();
  }

  /** Every connection. */
  *readers(): Iterable<DoorReader> {
    for (const { reader } of this.#seats()) yield reader;
  }

  *#seats(): Iterable<Seat> {
    for (const { seats } of this.#rooms.values()) yield* seats;
  }

  #roomsOf({ id, device }: Upgrade): readonly (Room | undefined)[] {
    return [this.#rooms.get(nameOf('device', device)), this.#rooms.get(nameOf('operation', id))];
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let changes: Upgrade[] = [];
    let seats: Seat[] = [];
    try {
      while (this.#changes.length > 0 || this.#waiting.size > 0) {
        [changes, this.#changes] = [this.#changes, []];
        seats = [...this.#waiting];
        this.#waiting.clear();
        await this.#tell(changes);
        for (const seat of seats) await this.#settle(seat);
      }
    } catch (error) {
      this.#parts.log.warn({ error }, 'upgrades cannot be told of for the moment');
      // Sweeps try again: what is due stays so.
      for (const upgrade of changes)
        for (const room of this.#roomsOf(upgrade)) for (const seat of room?.seats ?? []) seat.due.add(upgrade.id);
    } finally {
      this.#isRunning = false;
    }
  }

  /** Tells all whom they concern of changes. */
  async #tell(changes: readonly Upgrade[]): Promise<void> {
    if (changes.length === 0) return;
    const newest = new Map(changes.map((upgrade) => [upgrade.id, upgrade]));
    const tails = await this.#parts.table.tails([...newest.keys()], LOG_LIMITS.operation);
    for (const upgrade of changes.length > BURST ? newest.values() : changes) {
      const logged: Logged = { upgrade, log: tails.get(upgrade.id) };
      for (const room of this.#roomsOf(upgrade)) if (room) this.#tellRoom(room, logged);
    }
  }

  #tellRoom(room: Room, logged: Logged): void {
    const { upgrade } = logged;
    if (room.last?.upgrade.id !== upgrade.id || room.last.upgrade.seq <= upgrade.seq) room.last = logged;
    const frames = new Map<Dialect, Buffer>();
    for (const seat of room.seats) {
      if ((seat.told.get(upgrade.id) ?? 0) < upgrade.seq) this.#write(seat, logged, frames);
    }
  }

  /** Tells one connection what it asked for, or what it missed. */
  async #settle(seat: Seat): Promise<void> {
    const { room, due } = seat;
    const { table } = this.#parts;
    const isAsked = seat.isStateDue;
    seat.isStateDue = false;
    const ids = [...due];
    due.clear();
    try {
      const state = !isAsked
        ? []
        : room.kind === 'device'
          ? await recentOperations(table, room.id)
          : await table.getAll([room.id]);
      const known = new Set(state.map(({ id }) => id));
      const missed = await table.getAll(ids.filter((id) => !known.has(id)));
      const rows = [...state, ...missed];
      const tails = await table.tails(
        rows.map(({ id }) => id),
        LOG_LIMITS.operation,
      );
      for (const upgrade of rows) {
        const logged: Logged = { upgrade, log: tails.get(upgrade.id) };
        if (room.last === undefined || room.last.upgrade.id === upgrade.id) room.last = logged;
        this.#write(seat, logged, new Map());
      }
    } catch (error) {
      seat.isStateDue ||= isAsked;
      for (const id of ids) due.add(id);
      throw error;
    }
  }

  #write(seat: Seat, { upgrade, log }: Logged, frames: Map<Dialect, Buffer>): void {
    const { reader, room, told, due } = seat;
    const { dialect } = reader;
    const now = this.#parts.now();
    const encode = room.kind === 'device' ? deviceMessage : operationUpdate;
    const frame = frames.get(dialect) ?? textFrame(JSON.stringify(encode(upgrade, log, { dialect, now })));
    frames.set(dialect, frame);
    if (!reader.write(frame, now)) return void due.add(upgrade.id);
    due.delete(upgrade.id);
    told.delete(upgrade.id);
    told.set(upgrade.id, upgrade.seq);
    for (const oldest of told.keys()) {
      if (told.size <= MOST_TOLD) break;
      told.delete(oldest);
    }
  }

  #end(room: Room): void {
    for (const seat of room.seats) {
      if (room.last) this.#write(seat, room.last, new Map());
      seat.due.clear();
      seat.isStateDue = false;
      seat.reader.close(1000, 'it was deleted');
    }
  }
}

const nameOf = (kind: Kind, id: string): string => `${kind} ${id}`;

/** Upgrades go with their campaign, and are not told of one by one. */
function isAbout({ kind, last }: Room, removal: Removal): boolean {
  if (kind !== 'operation' || last === undefined) return false;
  return 'upgrade' in removal ? last.upgrade.id === removal.upgrade.id : last.upgrade.campaign === removal.campaign.id;
}
