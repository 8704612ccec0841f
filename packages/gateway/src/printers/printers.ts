import { type Exposure, type Log, silent, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import {
  type DiscoveryOptions,
  discoverPrinters,
  type FoundPrinter,
  type PrinterDiscovery,
  type PrinterKind,
  type PrinterPorts,
  printerKind,
} from '@thingwright/printer';
import type { DeviceRecord } from '@thingwright/store';
import { BehaviorSubject, EMPTY, merge, type Observable } from 'rxjs';
import { openPrinterKey } from './printer-key.js';
import type { PrintersSetting } from './printers-setting.js';

/** What printers are looked for with. */
export interface PrintersOptions extends PrintersSetting {
  /** The folder that holds the key by which printers let the gateway in; absent: a key as long as the process. */
  readonly data?: string;
  /** Whether to hear what printers announce; default true. The UDP port and the TCP ports; default those of the wire. */
  readonly printerPlaces?: Pick<DiscoveryOptions, 'listen' | 'port'> & { readonly ports?: Partial<PrinterPorts> };
  readonly log?: Log;
}

/** What printers need of the gateway. */
export interface PrintersHost {
  /** Whether strangers are listed; those that were adopted are listened to in any case. */
  readonly looks: boolean;
  /** Whether one was adopted in a process before this one. */
  readonly hasSome: () => Promise<boolean>;
  /** Keeps what a printer must remember, by the id of its Thing. */
  readonly keep: (id: string, name: string, value: unknown) => Promise<void>;
}

/** The printers of a gateway. */
export interface Printers extends AsyncDisposable {
  /** All that are known, those that were adopted among them; none where none are looked for. */
  readonly found: () => readonly FoundPrinter[];
  /** Emits whenever {@link found} or {@link adopted} may be others. */
  readonly changes: Observable<unknown>;
  /** The local names of those that are Things, by UUID in lower case. */
  readonly adopted: () => ReadonlyMap<string, string>;
  /** @throws ThingError `unavailable` where no printers are looked for. */
  demand(): PrinterKind;
  /** The Thing of one that was adopted. @throws ThingError `unavailable`. */
  expose(device: DeviceRecord): Exposure;
  forget(name: string): void;
  isConnected(name: string): boolean;
}

/** What a printer remembers: its name in the registry. */
const RECORD = 'printer';

/** Looks for printers, if strangers or adopted ones are wanted. Rejects with a ThingError `unavailable`, `invalid`. */
export async function openPrinters(options: PrintersOptions, host: PrintersHost): Promise<Printers> {
  const isWanted = host.looks || (await host.hasSome());
  const open = isWanted ? await openDiscovery(options, host) : undefined;
  const names = new BehaviorSubject<ReadonlyMap<string, string>>(new Map());
  const nameIs = (name: string, uuid: string | undefined): void => {
    const others = [...names.value].filter(([, local]) => local !== name);
    names.next(new Map(uuid === undefined ? others : [...others, [uuid, name]]));
  };
  const demand = (): PrinterKind => {
    if (open) return open.kind;
    throw new ThingError('unavailable', 'No printers are looked for: serve --discovery printers');
  };
  return {
    found: () => (host.looks ? (open?.discovery.printers ?? []) : []),
    changes: merge(names, open?.discovery.news ?? EMPTY, open?.kind.changes ?? EMPTY),
    adopted: () => names.value,
    demand,
    expose({ name, id, title, settings, memory }) {
      const uuid = String(settings.uuid).toLowerCase();
      const kind = demand();
      open?.kept.set(id, memory[RECORD]);
      try {
        const exposure = kind.expose({ name, id, uuid, title });
        nameIs(name, uuid);
        return exposure;
      } finally {
        open?.kept.delete(id);
      }
    },
    forget(name) {
      open?.kind.forget(name);
      nameIs(name, undefined);
    },
    isConnected: (name) => open?.kind.isConnected(name) ?? false,
    async [Symbol.asyncDispose]() {
      await open?.kind[Symbol.asyncDispose]();
      await open?.discovery[Symbol.asyncDispose]();
      names.complete();
    },
  };
}

interface OpenPrinters {
  readonly discovery: PrinterDiscovery;
  readonly kind: PrinterKind;
  /** What was kept of a printer while its Thing is made. */
  readonly kept: Map<string, unknown>;
}

async function openDiscovery(options: PrintersOptions, { keep }: PrintersHost): Promise<OpenPrinters> {
  const { data, printerAddresses = [], printerRoot: root, printerPlaces = {}, log = silent } = options;
  const { ports, ...places } = printerPlaces;
  const clientKey = await openPrinterKey(data);
  const kept = new Map<string, unknown>();
  const discovery = await discoverPrinters({ ...places, addresses: printerAddresses, root, log });
  const kind = printerKind({
    discovery,
    clientKey,
    compileCheck,
    memory: { recall: (id) => kept.get(id), keep: (id, record) => keep(id, RECORD, record) },
    ...(ports ? { ports } : {}),
    log,
  });
  return { discovery, kind, kept };
}
