import { setMaxListeners } from 'node:events';
import { type Authentication, type Log, type Principal, ThingError } from '@thingwright/core';
import { type Line, openLines, type Receiver, type Timer } from '@thingwright/device-link';
import type { Upgrade as Handshake, Listener } from '@thingwright/listener';
import type { Campaign } from '../campaign.js';
import type { Fleet } from '../fleet.js';
import type { Upgrade } from '../upgrade.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { isAllowed, type UpgraderRights, visibleOrganizations } from '../upgrader-rights.js';
import type { ObjectKey } from '../wire/client-message.js';
import { type Dialect, isDialect } from '../wire/dialect.js';
import { BatchReaders } from './batch-readers.js';
import { DoorReader } from './door-reader.js';
import { OperationReaders } from './operation-readers.js';

/** What the three endpoints need besides their Listener. */
export interface UpgraderDoorsOptions {
  readonly record: UpgradeRecord;
  readonly fleet: Fleet;
  readonly rights: UpgraderRights;
  readonly log: Log;
  readonly timer: Timer;
}

/** The three endpoints at work. Disposing closes all their connections with 1001; twice does no harm. */
export interface UpgraderDoors extends AsyncDisposable {
  /** Handshakes that were refused so far. */
  readonly refused: number;
  /** Connections that are open. */
  readonly readers: number;
}

/** Bytes of a message of a client: it has one, which is short. */
const MAX_MESSAGE = 65_536;
/** How often those are looked after who could take nothing, in milliseconds. */
const SWEEP = 500;
/** Every so many sweeps permissions are asked for again. */
const PERMISSION_SWEEPS = 20;
const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/;

/** What a handshake is about: whose it is, and how its connection is looked after once it is open. */
interface Subject {
  readonly organization: string | null;
  open(reader: DoorReader, principal: Principal): { ask(): void; leave(): void };
}

/**
 * Opens the endpoints `/ws/firmware-upgrader/{upgrade-operation,batch-upgrade-operation,device}/<id>/` (reference, sections 1 and 3). Whoever may
 * view in the organization of the object is let in; to all others it looks as if there were none: 403 with an empty body.
 */
export function openUpgraderDoors(listener: Listener, options: UpgraderDoorsOptions): UpgraderDoors {
  const { record, fleet, rights, log, timer } = options;
  const lines = openLines({ log, timer, maxPayload: MAX_MESSAGE });
  const now = (): number => timer.now();
  const operations = new OperationReaders({ table: record.tables.upgrades, log, now });
  const batches = new BatchReaders({ record, log, now });
  let [refused, readers, sweeps] = [0, 0, 0];

  const ofUpgrades = (kind: 'operation' | 'device', organization: string, known?: Upgrade): Subject => ({
    organization,
    open(reader) {
      const seat = operations.enter(kind, reader, known);
      return { ask: () => operations.ask(seat), leave: () => operations.leave(seat) };
    },
  });
  const ofCampaign = (campaign: Campaign): Subject => ({
    organization: campaign.organization,
    open(reader, principal) {
      const seat = batches.enter(reader, campaign, visibleOrganizations(rights, principal));
      return { ask: () => batches.ask(seat), leave: () => batches.leave(seat) };
    },
  });
  const subjects: Readonly<Record<ObjectKey, (id: string) => Promise<Subject | undefined>>> = {
    async operation_id(id) {
      const upgrade = await record.tables.upgrades.get(id);
      return upgrade && ofUpgrades('operation', upgrade.organization, upgrade);
    },
    async batch_id(id) {
      const campaign = await record.tables.campaigns.get(id);
      return campaign && ofCampaign(campaign);
    },
    async device_id(id) {
      const device = fleet.get(id);
      return device && ofUpgrades('device', device.organization);
    },
  };

  const refuse = (handshake: Handshake, status: number): void => {
    refused++;
    log.info({ peer: listener.addressOf(handshake.request), status }, 'a reader of upgrades was refused');
    handshake.refuse(status);
  };

  const admit = async (handshake: Handshake, key: ObjectKey): Promise<void> => {
    const { id = '' } = handshake.params;
    if (!UUID.test(id)) return refuse(handshake, 404);
    const dialect = dialectOf(handshake);
    if (!dialect) return refuse(handshake, 400);
    const authentication = await authenticate(listener, handshake);
    const principal = authentication?.principal;
    if (!principal || principal.kind === 'device') return refuse(handshake, 403);
    const subject = await subjects[key](id);
    if (!subject) return refuse(handshake, rights.isSuperuser(principal) ? 404 : 403);
    const mayStay = (): boolean => isAllowed(rights, { principal, right: 'view' }, subject.organization);
    if (!mayStay() || authentication.ended?.aborted) return refuse(handshake, 403);
    const parts = { key, id, dialect, mayStay };
    lines.accept(handshake, listener.addressOf(handshake.request), (line) =>
      receive({ line, parts, subject, authentication }),
    );
  };

  const receive = ({ line, parts, subject, authentication }: Admitted): Receiver => {
    const reader = new DoorReader({ ...parts, line });
    const seat = subject.open(reader, authentication.principal);
    const { ended } = authentication;
    const end = (): void => reader.close(1008, 'the credential has ended');
    // As many connections as there are may rest on one credential.
    if (ended) setMaxListeners(0, ended);
    ended?.addEventListener('abort', end);
    readers++;
    return {
      frame(data, isBinary) {
        const isAsked = reader.asksForState(data, isBinary);
        if (isAsked === 'unknown')
          log.warn({ peer: line.peer }, 'a reader of upgrades sent a message that is not known');
        else if (isAsked) seat.ask();
      },
      closed() {
        readers--;
        ended?.removeEventListener('abort', end);
        seat.leave();
      },
    };
  };

  listener.upgrade('/ws/firmware-upgrader/upgrade-operation/:id/', (handshake) => admit(handshake, 'operation_id'));
  listener.upgrade('/ws/firmware-upgrader/batch-upgrade-operation/:id/', (handshake) => admit(handshake, 'batch_id'));
  listener.upgrade('/ws/firmware-upgrader/device/:id/', (handshake) => admit(handshake, 'device_id'));

  const sweep = (): void => {
    const asksAgain = ++sweeps % PERMISSION_SWEEPS === 0;
    for (const group of [operations, batches]) {
      for (const reader of group.readers()) {
        reader.forgive();
        if (asksAgain) reader.checkPermission();
      }
      group.sweep();
    }
  };
  const subscription = record.upgrades.subscribe((change) => {
    operations.take(change);
    batches.take(change);
  });
  subscription.add(record.campaigns.subscribe((change) => batches.takeCampaign(change)));
  subscription.add(
    record.removals.subscribe((removal) => {
      operations.remove(removal);
      batches.remove(removal);
    }),
  );
  subscription.add(fleet.changes.subscribe((id) => fleet.get(id) ?? operations.removeDevice(id)));
  subscription.add(timer.every(SWEEP, sweep));

  const close = async (): Promise<void> => {
    listener.closing.removeEventListener('abort', onClosing);
    subscription.unsubscribe();
    await lines[Symbol.asyncDispose]();
  };
  const onClosing = (): void => void close();
  if (listener.closing.aborted) onClosing();
  else listener.closing.addEventListener('abort', onClosing);

  return {
    get refused() {
      return refused;
    },
    get readers() {
      return readers;
    },
    [Symbol.asyncDispose]: close,
  };
}

interface Admitted {
  readonly line: Line;
  readonly parts: {
    readonly key: ObjectKey;
    readonly id: string;
    readonly dialect: Dialect;
    readonly mayStay: () => boolean;
  };
  readonly subject: Subject;
  readonly authentication: Authentication;
}

/** How a connection wants to be spoken to; undefined for a dialect that there is not. */
function dialectOf({ url, protocols }: Handshake): Dialect | undefined {
  const asked = url.searchParams.get('dialect');
  if (asked !== null) return isDialect(asked) ? asked : undefined;
  // The first sub-protocol is the one that is selected.
  const [selected = ''] = protocols;
  return isDialect(selected) ? selected : 'union';
}

/** Who asks; undefined for whoever cannot be let in. Rejects with a ThingError `unavailable` when that cannot be told. */
async function authenticate(listener: Listener, { request }: Handshake): Promise<Authentication | undefined> {
  try {
    return await listener.authenticate(request);
  } catch (error) {
    // Too many failures, a page of a foreign origin: these doors have one answer for all of them.
    if (error instanceof ThingError && error.code !== 'unavailable') return undefined;
    throw error;
  }
}
