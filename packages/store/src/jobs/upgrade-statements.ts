import { CompiledQuery } from 'kysely';
import type { DatabaseKind } from '../engine/database-kind.js';
import type { Engine } from '../engine/engine.js';
import { storableText } from '../storable-text.js';
import type { NewUpgradeRow, UpgradeReplacement, UpgradeRow } from '../upgrades/upgrade-rows.js';
import type { DeviceFirmwareTable } from '../upgrades/upgrade-tables.js';
import { portions } from './portions.js';

/** Lines of one insert. */
const LINES = 200;

/** Columns that a replacement sets, and those that never change. */
const CHANGING = [
  'position',
  'image',
  'phase',
  'holds_device',
  'modified',
  'seq',
  'lease_holder',
  'lease_fence',
  'latest',
  'kept',
] as const;
const LASTING = [
  'id',
  'device',
  'organization',
  'campaign',
  'group_number',
  'place',
  'requested_by',
  'client_key',
  'created',
  'lease_until',
  'due',
  'lines',
] as const;
const LINE_COLUMNS = ['upgrade', 'number', 'at', 'text'] as const;

/** The first two parameters: fence and end of the lease that is read. A lease of that fence that ends later stays. */
const PROLONGED = 'lease_fence = ? AND lease_until > ?';
const REPLACE = `UPDATE upgrades SET ${CHANGING.map((column) => `${column} = ?`).join()}, lines = lines + ?,
  lease_until = CASE WHEN ${PROLONGED} THEN lease_until ELSE ? END,
  due = CASE WHEN ${PROLONGED} THEN CASE WHEN lease_until > ? THEN ? ELSE lease_until END ELSE ? END
  WHERE id = ? AND seq = ? RETURNING lines`;
const RENEW = `UPDATE upgrades SET lease_until = ?, due = CASE WHEN latest < ? THEN latest ELSE ? END
  WHERE id = ? AND lease_holder = ? AND lease_fence = ?`;

const IMAGE = 'SELECT id FROM firmware_images WHERE id = ?';
const OTHER_FIRMWARE = 'SELECT id FROM device_firmware WHERE device = ? AND id <> ?';
const FIRMWARE_COLUMNS = ['id', 'device', 'image', 'installed', 'created', 'modified'] as const;
const PUT_FIRMWARE = `${insertInto('device_firmware', FIRMWARE_COLUMNS, 1)}
  ON CONFLICT (id) DO UPDATE SET ${FIRMWARE_COLUMNS.map((column) => `${column} = excluded.${column}`).join()}`;

/** What is done often: SQL that is written once, as to build it costs more than to carry it out. */
export class UpgradeStatements {
  /** The position of the last change. */
  position: number;
  readonly #kind: DatabaseKind;
  readonly #db: Engine['db'];

  /** In a transaction; `position` is that of the last change before. */
  constructor({ kind, db }: Pick<Engine, 'kind' | 'db'>, position: number) {
    this.#kind = kind;
    this.#db = db;
    this.position = position;
  }

  /** Adds upgrades with their logs; gives their positions. */
  async insert(rows: readonly NewUpgradeRow[]): Promise<readonly number[]> {
    const positions = rows.map(() => ++this.position);
    const values = rows.flatMap(({ upgrade, lines }, i) => [
      ...this.#changing(upgrade, positions[i] ?? 0),
      ...lastingOf(upgrade),
      lines.length,
    ]);
    await this.#run(insertInto('upgrades', [...CHANGING, ...LASTING], rows.length), values);
    await this.#append(rows.flatMap(({ upgrade, lines }) => linesOf(upgrade, lines, 0)));
    return positions;
  }

  /** Gives the position, undefined if the row is another by now. */
  async replace({ upgrade, expected, lines }: UpgradeReplacement): Promise<number | undefined> {
    const { lease } = upgrade;
    const read = [lease?.fence ?? null, lease && whole(lease.until)];
    const latest = upgrade.latest === null ? null : whole(upgrade.latest);
    const { rows } = await this.#run<{ lines: number }>(REPLACE, [
      ...this.#changing(upgrade, this.position + 1),
      lines.length,
      ...read,
      lease && whole(lease.until),
      ...read,
      latest,
      latest,
      dueOf(upgrade),
      upgrade.id,
      expected,
    ]);
    const [row] = rows;
    if (!row) return undefined;
    await this.#append(linesOf(upgrade, lines, row.lines - lines.length));
    return ++this.position;
  }

  /** Tells whether that lease was there. */
  async renew(
    { id, fence, holder }: { readonly id: string; readonly fence: number; readonly holder: string },
    until: number,
  ): Promise<boolean> {
    const end = whole(until);
    const { numAffectedRows } = await this.#run(RENEW, [end, end, end, id, holder, fence]);
    return numAffectedRows !== 0n;
  }

  /** Adds what a device has, or replaces the row of that id; gives why that cannot be. */
  async putFirmware(row: DeviceFirmwareTable): Promise<string | undefined> {
    const { id, device, image } = row;
    const images = await this.#run(IMAGE, [image]);
    if (images.rows.length === 0) return `There is no image ${image}`;
    const others = await this.#run(OTHER_FIRMWARE, [device, id]);
    if (others.rows.length > 0) return `There is another record of what device ${device} has`;
    await this.#run(
      PUT_FIRMWARE,
      FIRMWARE_COLUMNS.map((column) => row[column]),
    );
    return undefined;
  }

  async #append(lines: readonly (readonly unknown[])[]): Promise<void> {
    for (const some of portions(lines, LINES)) {
      await this.#run(insertInto('upgrade_lines', LINE_COLUMNS, some.length), some.flat());
    }
  }

  #changing(upgrade: UpgradeRow, position: number): readonly unknown[] {
    const { image, phase, holdsDevice, modified, seq, lease, latest, kept } = upgrade;
    return [
      position,
      image,
      phase,
      holdsDevice ? 1 : 0,
      modified,
      seq,
      lease?.holder ?? null,
      lease?.fence ?? null,
      latest === null ? null : whole(latest),
      kept,
    ];
  }

  #run<R>(text: string, parameters: readonly unknown[]) {
    return this.#db.executeQuery<R>(CompiledQuery.raw(numbered(this.#kind, text), [...parameters]));
  }
}

/** The values of LASTING, but for the number of lines. */
const lastingOf = (upgrade: UpgradeRow): readonly unknown[] => [
  upgrade.id,
  upgrade.device,
  upgrade.organization,
  upgrade.campaign,
  upgrade.group,
  upgrade.place,
  upgrade.requestedBy,
  upgrade.clientKey,
  upgrade.created,
  upgrade.lease && whole(upgrade.lease.until),
  dueOf(upgrade),
];

const linesOf = (
  { id, modified }: UpgradeRow,
  lines: readonly string[],
  from: number,
): readonly (readonly unknown[])[] => lines.map((text, i) => [id, from + i, modified, storableText(text)]);

/** Moments are whole milliseconds here; nobody looks too early. */
const whole = (moment: number): number => Math.ceil(moment);

function dueOf({ lease, latest }: UpgradeRow): number | null {
  if (lease === null) return latest === null ? null : whole(latest);
  return whole(Math.min(lease.until, latest ?? lease.until));
}

function insertInto(table: string, columns: readonly string[], rows: number): string {
  const row = `(${columns.map(() => '?').join()})`;
  return `INSERT INTO ${table} (${columns.join()}) VALUES ${Array.from({ length: rows }, () => row).join()}`;
}

/** Parameters as an engine writes them; there is no other question mark in our text. */
function numbered(kind: DatabaseKind, text: string): string {
  if (kind === 'sqlite') return text;
  let i = 0;
  return text.replace(/\?/g, () => `$${++i}`);
}
