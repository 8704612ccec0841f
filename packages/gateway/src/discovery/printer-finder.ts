import { type Now, ThingError } from '@thingwright/core';
import type { FoundPrinter } from '@thingwright/printer';
import { map, startWith } from 'rxjs';
import { validate, version } from 'uuid';
import type { AdoptedThing } from '../adoption/adoptions.js';
import type { Fleet, ProvisionRequest } from '../fleet.js';
import type { Printers } from '../printers/printers.js';
import type { AdoptFoundRequest, Finder, Found } from './finder.js';

/** What it finds them with. */
export interface PrinterFinderParts {
  readonly printers: Printers;
  readonly fleet: Pick<Fleet, 'provision'>;
  readonly now?: Now;
}

const PREFIX = 'printer:';
const MOST_TITLE = 200;

/** Lists the printers of the LAN, and adopts them as devices of the kind `printer`. */
export function createPrinterFinder({ printers, fleet, now = Date.now }: PrinterFinderParts): Finder {
  const since = new Map<string, string>();

  const list = (): readonly Found[] => {
    const found = printers.found();
    const adopted = printers.adopted();
    const uuids = new Set(found.map(({ uuid }) => uuid));
    for (const uuid of since.keys()) if (!uuids.has(uuid)) since.delete(uuid);
    return found.map((printer) => {
      const first = since.get(printer.uuid) ?? new Date(now()).toISOString();
      since.set(printer.uuid, first);
      return toFound(printer, adopted.get(printer.uuid), first);
    });
  };

  return {
    found: printers.changes.pipe(startWith(undefined), map(list)),
    // They announce themselves every few seconds.
    search: () => undefined,
    keyOf(name) {
      const [uuid] = [...printers.adopted()].find(([, local]) => local === name) ?? [];
      return uuid === undefined ? undefined : `${PREFIX}${uuid}`;
    },
    async adopt(key, request) {
      const found = list().find((one) => one.key === key);
      if (!found) throw new ThingError('notFound', `No printer was found with the key '${key}'`);
      if (found.name !== undefined) throw new ThingError('conflict', `It is adopted already, as '${found.name}'`);
      if (found.state === 'conflict') {
        throw new ThingError('conflict', `Two devices say that they are '${found.title}': one of them has to go`);
      }
      if (request.credentials) {
        throw new ThingError('invalid', 'A printer is shown its password by authorizeWithPassword, once it is adopted');
      }
      return provision(key.slice(PREFIX.length), found.title, request);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };

  async function provision(uuid: string, found: string, request: AdoptFoundRequest): Promise<AdoptedThing> {
    const { name, title = found, organization } = request;
    const device = {
      kind: 'printer',
      title,
      uuid,
      ...(name === undefined ? {} : { name }),
      ...(organization === undefined ? {} : { organization }),
    };
    const { id, name: local, td } = await provisionUnder(uuid, device);
    return { id, name: local, td };
  }

  /** Its Thing has its own UUID, if that is one that no Thing ever had; else a new one. */
  async function provisionUnder(uuid: string, device: ProvisionRequest) {
    if (!validate(uuid) || version(uuid) !== 4) return fleet.provision(device);
    try {
      return await fleet.provision({ ...device, id: uuid });
    } catch (error) {
      if (error instanceof ThingError && error.code === 'conflict') return fleet.provision(device);
      throw error;
    }
  }
}

function toFound(printer: FoundPrinter, local: string | undefined, since: string): Found {
  const { uuid, name, serial, address, identityVerified, isContested, isReachable } = printer;
  const title = (name === '' ? `Printer ${serial}` : name).slice(0, MOST_TITLE);
  const base = {
    key: `${PREFIX}${uuid}`,
    kind: 'printer' as const,
    title,
    source: 'printers' as const,
    address,
    identityVerified,
    since,
  };
  if (isContested) {
    const reason = 'another device says that it is this one';
    return { ...base, state: 'conflict', reason, ...(local === undefined ? {} : { name: local }) };
  }
  if (local !== undefined) return { ...base, state: 'adopted', name: local };
  return isReachable
    ? { ...base, state: 'found' }
    : { ...base, state: 'unreachable', reason: 'nothing was heard of it' };
}
