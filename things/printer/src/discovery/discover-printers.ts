import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { type Log, silent, ThingError } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import { filter, type Observable, Subject } from 'rxjs';
import { firstWithin } from '../first-within.js';
import { encodePoke } from '../wire/client-packet.js';
import { decodeDevicePacket } from '../wire/device-packet.js';
import { DISCOVERY_PORT } from '../wire/packet-header.js';
import { Budget } from './budget.js';
import { openDiscoverySockets } from './discovery-sockets.js';
import type { FoundPrinter, PrinterNews, PrinterPin } from './found-printer.js';
import { PrinterTable, TABLE_LIMITS, type TableLimits } from './printer-table.js';

/** How printers are looked for. */
export interface DiscoveryOptions {
  /** Asked in turn, besides all that announce themselves: IPv4 addresses of devices that multicast does not reach. */
  readonly addresses?: readonly string[];
  /** Whether to hear what is announced; else only those are found that are asked. Default true. */
  readonly listen?: boolean;
  /** UDP, of announcements and of the devices. Default 1901, as the wire has it. */
  readonly port?: number;
  /** What identities are signed with, from `readIdentityRoot`; without it none counts as verified. */
  readonly root?: KeyObject | undefined;
  readonly limits?: Partial<TableLimits>;
  /** Ends it. */
  readonly signal?: AbortSignal;
  readonly log?: Log;
  readonly timer?: Timer;
  /** Milliseconds of a clock that nobody sets; for tests. Default that of the process. */
  readonly steady?: () => number;
}

/** The search for printers, which goes on until it is disposed. */
export interface PrinterDiscovery extends AsyncDisposable {
  /** All that are known, gone ones among them. */
  readonly printers: readonly FoundPrinter[];
  /** What happens from now on; completes at the end. */
  readonly news: Observable<PrinterNews>;
  /** The printer with that UUID, in lower case. */
  find(uuid: string): FoundPrinter | undefined;
  /** Asks an address whether there is a printer. @throws ThingError `invalid` if it is no IPv4 address. */
  poke(address: string): void;
  /**
   * The printer with that UUID once it is there, within `timeout` milliseconds (default 12,000).
   * @throws ThingError `timeout`, `aborted`.
   */
  lookUp(uuid: string, options?: { readonly timeout?: number; readonly signal?: AbortSignal }): Promise<FoundPrinter>;
  /**
   * Asks a known printer for its metadata and keys anew, for they change with every boot of a device.
   * @throws ThingError `unavailable` if it is not known, `timeout` if it does not answer.
   */
  refresh(uuid: string, signal?: AbortSignal): Promise<FoundPrinter>;
  /** Nobody is listened to under that UUID, in lower case, but the printer that was pinned; without a pin, whoever comes first. */
  pin(uuid: string, pin: PrinterPin | undefined): void;
  /**
   * The printer of that UUID has turned out to be another: it is contested, and if somebody else claims to be it, its address is not
   * listened to for some minutes.
   */
  distrust(uuid: string): void;
  /** Datagrams that were not listened to so far: malformed, forged, too many. */
  readonly refused: number;
}

/** Milliseconds between two pokes of an address, and two looks for new interfaces. */
const POKE_EVERY = 3000;
const JOIN_EVERY = 15_000;
const SECOND = 1000;
/** Datagrams that are looked at in a second: a LAN of 256 printers sends 200. Nobody alone has all of them. */
const DATAGRAMS = { total: 4000, each: 1000 };
const LOOK_UP = 12_000;
const REFRESH = 3000;

/**
 * Looks for printers by their own discovery protocol, in all its versions (reference, section 2). Whatever strangers send costs
 * a bounded amount of work and memory. @throws ThingError `unavailable` if the port cannot be shared, `invalid` for an address.
 */
export async function discoverPrinters(options: DiscoveryOptions = {}): Promise<PrinterDiscovery> {
  const { addresses = [], listen = true, port = DISCOVERY_PORT, root, signal, log = silent } = options;
  const { timer = systemTimer, steady = () => performance.now() } = options;
  for (const address of addresses) checkAddress(address);
  const news = new Subject<PrinterNews>();
  let isClosed = false;
  const datagrams = new Budget(DATAGRAMS);
  let flooded = 0;

  const table = new PrinterTable({
    root,
    limits: { ...TABLE_LIMITS, ...options.limits },
    devicePort: port,
    send: (bytes, to) => sockets.send(bytes, to),
    tell: (one) => news.next(one),
    wallClock: () => timer.now(),
  });
  const sockets = await openDiscoverySockets({
    port: listen ? port : undefined,
    log,
    receive(bytes, from) {
      if (isClosed) return;
      if (datagrams.take(from.address)) table.take(decodeDevicePacket(bytes), from, steady());
      else flooded++;
    },
  });

  const poke = (address: string): void => {
    for (const version of [1, 2] as const) sockets.send(encodePoke(version), { address, port });
  };
  const pokeAll = (): void => addresses.forEach(poke);
  const stops = [
    timer.every(SECOND, () => {
      datagrams.renew();
      table.sweep(steady());
    }),
    timer.every(POKE_EVERY, pokeAll),
    timer.every(JOIN_EVERY, () => sockets.join()),
  ];
  pokeAll();

  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    signal?.removeEventListener('abort', onAbort);
    for (const stop of stops) stop();
    news.complete();
    await sockets[Symbol.asyncDispose]();
  };
  const onAbort = (): void => void close();
  if (signal?.aborted) await close();
  else signal?.addEventListener('abort', onAbort, { once: true });

  const find = (uuid: string): FoundPrinter | undefined => table.find(uuid, steady());
  const ofUuid = (uuid: string) =>
    news.pipe(filter((one) => one.type !== 'conflict' && one.printer.uuid === uuid && one.printer.isReachable));

  return {
    get printers() {
      return table.printers(steady());
    },
    news: news.asObservable(),
    find,
    poke(address) {
      checkAddress(address);
      if (!isClosed) poke(address);
    },
    async lookUp(uuid, { timeout = LOOK_UP, signal: caller } = {}) {
      const known = find(uuid);
      if (known?.isReachable) return known;
      await firstWithin(ofUuid(uuid), { timeout, signal: caller, late: `There is no printer ${uuid} on the LAN` });
      return found(uuid);
    },
    async refresh(uuid, caller) {
      const before = found(uuid);
      const answered = firstWithin(news.pipe(filter((one) => one.type === 'answered' && one.printer.uuid === uuid)), {
        timeout: REFRESH,
        signal: caller,
        late: `The printer '${before.name}' does not say who it is`,
      });
      table.touch(uuid, steady());
      await answered;
      return found(uuid);
    },
    pin: (uuid, pin) => table.pin(uuid, pin, steady()),
    distrust: (uuid) => table.distrust(uuid, steady()),
    get refused() {
      return table.refused + flooded;
    },
    [Symbol.asyncDispose]: close,
  };

  function found(uuid: string): FoundPrinter {
    const printer = find(uuid);
    if (!printer) throw new ThingError('unavailable', `There is no printer ${uuid} on the LAN`);
    return printer;
  }
}

function checkAddress(address: string): void {
  if (!isIPv4(address)) throw new ThingError('invalid', `'${address}' is no IPv4 address`);
}
