import type { ColumnType, Generated } from 'kysely';
import type { AuditRow } from './group.js';
import type { Segment } from './segment.js';
import type { UpgradeTables } from './upgrades/upgrade-tables.js';

/** The id of the gateway's own Thing: a single row. */
interface GatewayTable {
  readonly one: number;
  readonly id: string;
}

/** Every id that was ever given; rows stay when their device goes. */
interface IDsTable {
  readonly id: string;
  /** RFC 3339. */
  readonly since: string;
}

interface DevicesTable {
  readonly place: Generated<number>;
  readonly name: string;
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly settings: string;
  readonly memory: Generated<string>;
  readonly organization: Generated<string>;
  /** Keyed hashes. */
  readonly token: Uint8Array;
  readonly previous_token: Generated<Uint8Array | null>;
  readonly previous_until: Generated<number | null>;
  /** Sealed. */
  readonly credentials: Generated<Uint8Array | null>;
  readonly created: string;
  readonly modified: string;
}

interface AdoptedThingsTable {
  readonly place: Generated<number>;
  readonly name: string;
  readonly id: string;
  readonly td: string;
  readonly settings: string;
  readonly credentials: Uint8Array | null;
  readonly organization: Generated<string>;
  readonly created: string;
}

/** The number of the last group that the run of that name has committed: a single row. */
interface WrittenTable {
  readonly one: number;
  readonly run: string;
  readonly number: number;
}

/** Short keys of Things that have something to remember. */
interface ThingsTable {
  readonly key: number;
  readonly id: string;
}

/** Short keys of the names of affordances, the same for all Things. */
interface NamesTable {
  readonly key: number;
  readonly kind: string;
  readonly name: string;
}

/** The groups that were committed lately; of what is not after the `last` of its Thing's tail, all is in blocks. */
interface LogTable extends Segment {
  readonly id: number;
}

/** The changes of a Thing in a span of time. */
interface BlocksTable {
  readonly thing: number;
  readonly start: number;
  /** The moment of its last change. */
  readonly until: number;
  /** 2 of what has a history, while it grows, then 1; 0 of what has none. */
  readonly class: number;
  readonly count: number;
  /** How many changes of its Thing there had been with its last one; 0 in what older releases wrote. */
  readonly number: number;
  readonly pieces: Uint8Array | null;
  /** Deflated text, in what older releases packed. */
  readonly packed: ColumnType<Uint8Array | null, undefined, undefined>;
}

/** What the minutes of a packed block come to, for each property of numbers: deflated JSON. */
interface MinutesTable {
  readonly thing: number;
  readonly start: number;
  readonly until: number;
  readonly packed: Uint8Array;
}

/** How a Thing stands after all its blocks. Lengths are bytes. */
interface TailsTable {
  readonly thing: number;
  readonly last: number;
  /** JSON: by the key of a property, its value and moment. */
  readonly latest: string;
  /** The start and length of the last growing block, and the length of all of them. */
  readonly open_start: number;
  readonly open_length: number;
  readonly open_total: number;
  /** The start and length of the last block of what has no history. */
  readonly passing_start: number;
  readonly passing_length: number;
  /** How many changes there were, and how many when blocks were last dropped for their number. */
  readonly changes: number;
  readonly pruned: number;
  /** The moment up to which blocks were dropped. */
  readonly floor: number;
}

interface InvocationsTable {
  /** In the order of their requests. */
  readonly place: Generated<number>;
  readonly id: string;
  readonly thing: number;
  readonly action: string;
  readonly state: string;
  readonly cancelled: number;
  /** JSON of what is kept. */
  readonly kept: string;
  readonly requested: number;
  readonly ended: number | null;
}

/** Spans of time of which changes were lost, because nothing could be written for too long. */
interface HolesTable {
  readonly start: number;
  readonly until: number;
}

/** How long the history of a Thing is kept, if not as long as that of others. Milliseconds; names are JSON. */
interface RetentionsTable {
  readonly thing: string;
  readonly raw: number | null;
  readonly means: number | null;
  readonly properties: string | null;
}

/** Users and services. */
interface PrincipalsTable {
  readonly place: Generated<number>;
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly title: string;
  readonly organization: string;
  /** 1 or 0. */
  readonly disabled: number;
  /** Encoded hash. */
  readonly password: string | null;
  readonly created: string;
  readonly modified: string;
}

interface GrantsTable {
  readonly place: Generated<number>;
  readonly id: string;
  readonly principal: string;
  readonly role: string;
  readonly organization: string | null;
  readonly thing: string | null;
  readonly affordance: string | null;
  readonly operation: string | null;
  readonly created: string;
}

interface CredentialsTable {
  readonly place: Generated<number>;
  readonly id: string;
  readonly principal: string;
  readonly kind: string;
  readonly label: string;
  /** Keyed. */
  readonly hash: Uint8Array;
  /** The id of the credential that it was had for. */
  readonly parent: string | null;
  readonly created: string;
  readonly until: number | null;
}

interface AuditTable extends AuditRow {
  readonly place: Generated<number>;
}

/** What is known of files; their bytes are in the data folder. */
interface FilesTable {
  readonly place: Generated<number>;
  readonly id: string;
  /** Of the bytes, hexadecimal. */
  readonly sha256: string;
  readonly name: string;
  readonly media_type: string;
  readonly owner: string;
  readonly organization: string;
  readonly size: number;
  readonly created: string;
}

/** What devices have delivered; a row goes with that of its file. */
interface ResultsTable {
  readonly place: Generated<number>;
  readonly id: string;
  readonly owner: string;
  readonly task: string;
  readonly type: string;
  /** JSON. */
  readonly parameter: string | null;
  readonly original_name: string;
  readonly file: string;
}

/** Registered Thing Descriptions. */
interface RegistrationsTable {
  readonly id: string;
  readonly organization: string;
  /** JSON of the rest. */
  readonly kept: string;
}

/** What happened to Thing Descriptions. */
interface DirectoryEventsTable {
  readonly place: Generated<number>;
  /** JSON. */
  readonly kept: string;
}

/** What somebody let go of. */
interface DeclinedTable {
  readonly place: Generated<number>;
  /** JSON. */
  readonly key: string;
}

/** The tables of the present schema, for both engines. */
export interface Tables extends UpgradeTables {
  readonly gateway: GatewayTable;
  readonly ids: IDsTable;
  readonly devices: DevicesTable;
  readonly adopted_things: AdoptedThingsTable;
  readonly written: WrittenTable;
  readonly things: ThingsTable;
  readonly names: NamesTable;
  readonly log: LogTable;
  readonly blocks: BlocksTable;
  readonly minutes: MinutesTable;
  readonly tails: TailsTable;
  readonly invocations: InvocationsTable;
  readonly holes: HolesTable;
  readonly retentions: RetentionsTable;
  readonly principals: PrincipalsTable;
  readonly grants: GrantsTable;
  readonly credentials: CredentialsTable;
  readonly audit: AuditTable;
  readonly files: FilesTable;
  readonly results: ResultsTable;
  readonly registrations: RegistrationsTable;
  readonly directory_events: DirectoryEventsTable;
  readonly declined: DeclinedTable;
}
