import type { KeyObject } from 'node:crypto';
import type { Now } from '@thingwright/core';
import type { BareAnnouncement, SignedAnnouncement } from '../wire/announcement.js';
import { encodePoke, encodeTouch } from '../wire/client-packet.js';
import type { DevicePacket } from '../wire/device-packet.js';
import { type BareTouchAnswer, provenSlaveKey, type SignedTouchAnswer } from '../wire/touch-answer.js';
import { Budget, type BudgetLimits } from './budget.js';
import { type Claim, examineClaim, fitsPin, isSameClaim, isSameOwner, type SignedClaim } from './claim.js';
import type { ConflictReason, Endpoint, FoundPrinter, PrinterNews, PrinterPin } from './found-printer.js';
import { GONE_AFTER, Sighting } from './sighting.js';

/** How much of the LAN is taken in. */
export interface TableLimits {
  /** UUIDs that are known at once. */
  readonly printers: number;
  /** UUIDs that may be known by one address. */
  readonly printersEach: number;
  /** Signatures that are checked in a second. */
  readonly checks: BudgetLimits;
  /** Pokes in a second that beacons cause. */
  readonly pokes: BudgetLimits;
}

/** What is taken in if nobody says otherwise: far more than a LAN has, far less than hurts. */
export const TABLE_LIMITS: TableLimits = {
  printers: 256,
  printersEach: 16,
  checks: { total: 128, each: 32 },
  pokes: { total: 32, each: 1 },
};

/** What the table needs of who receives for it. */
export interface TableParts {
  /** What the factory signs identities with, if it is known here. */
  readonly root: KeyObject | undefined;
  readonly limits: TableLimits;
  /** The UDP port where devices listen for pokes. */
  readonly devicePort: number;
  send(bytes: Buffer, to: Endpoint): void;
  tell(news: PrinterNews): void;
  /** The wall clock, for what is shown. */
  readonly wallClock: Now;
}

/** Milliseconds until a UUID is forgotten that never said who it is, and one that is gone and was not pinned. */
const FORGET_STRANGER = 15_000;
const FORGET_GONE = 3_600_000;
/** Milliseconds of silence of a known device after which its beacon has it poked. */
const QUIET = 3000;
/** Milliseconds between two times that a conflict is told. */
const CONFLICTS = 60_000;

/**
 * The printers of a LAN, by what they say (reference, section 2.12): fed packets, it says what to send and what has happened. A
 * packet costs a bounded amount of work and of memory, whoever sends it. Moments are milliseconds of a clock that nobody sets.
 */
export class PrinterTable {
  readonly #parts: TableParts;
  readonly #sightings = new Map<string, Sighting>();
  readonly #pins = new Map<string, PrinterPin>();
  readonly #checks: Budget;
  readonly #pokes: Budget;
  /** When a conflict over a UUID was told that was not seen otherwise; of pinned ones only. */
  readonly #conflicts = new Map<string, number>();
  /** Packets that were not listened to. */
  refused = 0;

  constructor(parts: TableParts) {
    this.#parts = parts;
    this.#checks = new Budget(parts.limits.checks);
    this.#pokes = new Budget(parts.limits.pokes);
  }

  /** The printers that are known, gone ones among them. */
  printers(now: number): FoundPrinter[] {
    return [...this.#sightings.values()].flatMap((sighting) => sighting.printer(now) ?? []);
  }

  find(uuid: string, now: number): FoundPrinter | undefined {
    return this.#sightings.get(uuid)?.printer(now);
  }

  /** From now on nobody else is listened to under that UUID; without a pin, whoever comes first. */
  pin(uuid: string, pin: PrinterPin | undefined, now: number): void {
    this.#conflicts.delete(uuid);
    const known = this.#sightings.get(uuid);
    if (!pin) {
      this.#pins.delete(uuid);
      // It may have been replaced: whoever is there now is met anew.
      if (known?.wasContested) this.#forget(known, now);
      return;
    }
    this.#pins.set(uuid, pin);
    if (known?.claim && !fitsPin(known.claim, pin)) {
      this.#forget(known, now);
      this.#conflict(uuid, known.endpoint, 'key', now);
    }
  }

  /** Takes a packet in. */
  take(packet: DevicePacket, source: Endpoint, now: number): void {
    if (packet.kind === 'poke') return;
    // Nothing can be sent to port 0, where no packet comes from that is not forged.
    const isTaken =
      packet.kind !== 'invalid' &&
      source.port !== 0 &&
      (packet.kind === 'beacon'
        ? this.#beacon(packet.uuid, source, now)
        : packet.kind === 'announcement'
          ? this.#announcement(packet, source, now)
          : this.#answer(packet, source, now));
    if (!isTaken) this.refused++;
  }

  /** Asks a known device for its metadata, out of turn; false if it is not known. */
  touch(uuid: string, now: number): boolean {
    const sighting = this.#sightings.get(uuid);
    if (sighting) this.#touch(sighting, now);
    return sighting !== undefined;
  }

  /**
   * The one that speaks for a UUID has turned out to be another: it is contested. If somebody else claims the UUID too, it is not
   * listened to for a while, and that one is heard.
   */
  distrust(uuid: string, now: number): void {
    const sighting = this.#sightings.get(uuid);
    if (!sighting) return;
    if (sighting.isClaimed(now)) {
      this.#hide(sighting, now);
      sighting.distrust(now);
    } else {
      sighting.foundOut(now);
      if (sighting.isShown) this.#show(sighting, 'changed', now);
    }
  }

  /** Does what time brings; called every second. */
  sweep(now: number): void {
    this.#checks.renew();
    this.#pokes.renew();
    for (const sighting of this.#sightings.values()) this.#age(sighting, now);
  }

  #age(sighting: Sighting, now: number): void {
    const silence = now - sighting.heardAt;
    if (silence > GONE_AFTER) this.#hide(sighting, now);
    const isPinned = this.#pins.has(sighting.uuid);
    if (silence > (sighting.wasShown ? FORGET_GONE : FORGET_STRANGER) && !(isPinned && sighting.wasShown)) {
      this.#forget(sighting, now);
    } else if (silence <= GONE_AFTER && sighting.touches(now)) this.#sendTouch(sighting);
  }

  #hide(sighting: Sighting, now: number): void {
    if (!sighting.isShown) return;
    sighting.isShown = false;
    const printer = sighting.printer(now);
    if (printer) this.#parts.tell({ type: 'disappeared', printer });
  }

  #forget(sighting: Sighting, now: number): void {
    this.#sightings.delete(sighting.uuid);
    const printer = sighting.wasShown ? sighting.printer(now) : undefined;
    if (printer) this.#parts.tell({ type: 'forgotten', printer });
  }

  #beacon(uuid: string, { address }: Endpoint, now: number): boolean {
    const known = this.#sightings.get(uuid);
    if (known && now - known.heardAt <= QUIET) return true;
    if (!this.#pokes.take(address)) return false;
    const to = { address, port: this.#parts.devicePort };
    for (const version of [1, 2] as const) this.#parts.send(encodePoke(version), to);
    return true;
  }

  #announcement(packet: SignedAnnouncement | BareAnnouncement, source: Endpoint, now: number): boolean {
    const { uuid, version } = packet;
    const claim = version === 1 ? this.#claim(packet, source, now) : undefined;
    if (version === 1 && !claim) return false;
    const sighting = this.#sightingOf(packet, { source, claim }, now);
    if (!sighting) return false;
    if (!sighting.listensTo(source, version, { isPinned: this.#pins.has(uuid), now })) {
      if (source.address !== sighting.endpoint.address) this.#conflict(uuid, source, 'address', now);
      return false;
    }
    if (claim) sighting.claim = claim;
    sighting.announced(source, packet, now);
    sighting.lastSeen = this.#parts.wallClock();
    const isTaken = sighting.take(packet.status, now);
    if (isTaken) this.#show(sighting, 'heard', now);
    if (sighting.touches(now)) this.#sendTouch(sighting);
    return isTaken;
  }

  #answer(packet: SignedTouchAnswer | BareTouchAnswer, source: Endpoint, now: number): boolean {
    const sighting = this.#sightings.get(packet.uuid);
    if (!sighting?.awaits(source, packet.version)) return false;
    if (packet.version === 1) {
      if (!sighting.claim || !this.#checks.take(source.address)) return false;
      const slaveKey = provenSlaveKey(packet, sighting.claim.key);
      if (!slaveKey) return false;
      sighting.slaveKey = slaveKey;
    } else {
      const claim = this.#claim(packet, source, now);
      if (!claim) return false;
      sighting.claim = claim;
    }
    const stamp = packet.version === 1 ? packet.stamp : undefined;
    const isNews = sighting.answered(packet.metadata, { stamp, now });
    sighting.lastSeen = this.#parts.wallClock();
    if (isNews || !sighting.isShown) this.#show(sighting, 'changed', now);
    const printer = sighting.printer(now);
    if (printer) this.#parts.tell({ type: 'answered', printer });
    return true;
  }

  /** The claim of a packet, if it may be listened to: of the device that the UUID has been of, and signed where it ought to be. */
  #claim(claimed: SignedClaim, source: Endpoint, now: number): Claim | undefined {
    const sighting = this.#sightings.get(claimed.uuid);
    const known = sighting?.claim;
    if (known && isSameClaim(known, claimed)) return known;
    const pin = this.#pins.get(claimed.uuid);
    if (pin && !fitsPin(claimed, pin)) {
      this.#conflict(claimed.uuid, source, 'key', now);
      return undefined;
    }
    if (!this.#checks.take(source.address)) return undefined;
    const claim = examineClaim(claimed, this.#parts.root);
    if (!claim || !sighting || !known || isSameOwner(known, claim)) return claim;
    // What the factory signed is not replaced; what anybody may have made up is by what the factory signed, or once it is gone.
    if (!known.isVerified && (claim.isVerified || now - sighting.heardAt > GONE_AFTER)) {
      this.#forget(sighting, now);
      return claim;
    }
    this.#conflict(claimed.uuid, source, 'key', now);
    return undefined;
  }

  #sightingOf(
    { uuid, version }: SignedAnnouncement | BareAnnouncement,
    { source, claim }: { readonly source: Endpoint; readonly claim: Claim | undefined },
    now: number,
  ): Sighting | undefined {
    const known = this.#sightings.get(uuid);
    if (known) return known;
    const isTrusted = claim?.isVerified === true || this.#pins.has(uuid);
    // Without a signature to check, a newcomer costs what checking one does.
    if (!claim && !this.#checks.take(source.address)) return undefined;
    if (!this.#makesRoom(source, isTrusted, now)) return undefined;
    const sighting = new Sighting(uuid, { endpoint: source, version, now });
    this.#sightings.set(uuid, sighting);
    return sighting;
  }

  /** Whether one more can be known: who is trusted takes the place of who is not, and who never answered that of nobody. */
  #makesRoom({ address }: Endpoint, isTrusted: boolean, now: number): boolean {
    const { printers, printersEach } = this.#parts.limits;
    let ofAddress = 0;
    let weakest: Sighting | undefined;
    for (const sighting of this.#sightings.values()) {
      if (sighting.endpoint.address === address) ofAddress++;
      if (this.#isTrusted(sighting) || (sighting.isShown && !isTrusted)) continue;
      if (!weakest || rank(sighting) < rank(weakest)) weakest = sighting;
    }
    if (ofAddress >= printersEach && !isTrusted) return false;
    if (this.#sightings.size < printers) return true;
    if (!weakest) return false;
    this.#forget(weakest, now);
    return true;
  }

  #isTrusted({ uuid, claim }: Sighting): boolean {
    return claim?.isVerified === true || this.#pins.has(uuid);
  }

  #conflict(uuid: string, { address }: Endpoint, reason: ConflictReason, now: number): void {
    const sighting = this.#sightings.get(uuid);
    if (sighting ? !sighting.contested(now) : now - (this.#conflicts.get(uuid) ?? Number.NEGATIVE_INFINITY) < CONFLICTS)
      return;
    if (!sighting) this.#conflicts.set(uuid, now);
    this.#parts.tell({ type: 'conflict', uuid, address, reason });
    if (sighting?.isShown) this.#show(sighting, 'changed', now);
  }

  #show(sighting: Sighting, type: 'changed' | 'heard', now: number): void {
    const printer = sighting.printer(now);
    if (!printer) return;
    const isThere = sighting.isShown;
    sighting.isShown = true;
    sighting.wasShown = true;
    this.#parts.tell({ type: isThere ? type : 'appeared', printer });
  }

  #touch(sighting: Sighting, now: number): void {
    sighting.touch(now);
    this.#sendTouch(sighting);
  }

  #sendTouch({ version, uuid, endpoint }: Sighting): void {
    this.#parts.send(encodeTouch(version, uuid), endpoint);
  }
}

/** Who is to go first: who never said who it is, then who is gone, then the one that was silent longest. */
const rank = ({ wasShown, isShown, heardAt }: Sighting): number => (isShown ? 2e15 : wasShown ? 1e15 : 0) + heardAt;
