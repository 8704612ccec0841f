import type { IncomingMessage } from 'node:http';
import type { Log } from '@thingwright/core';
import { type DeviceIdentities, openDoor, type Timer } from '@thingwright/device-link';
import type { Listener } from '@thingwright/listener';
import type { ScannerDevice } from './scanner-device.js';

/** What the door needs besides its Listener. */
export interface ScannerDoorOptions {
  readonly identities: DeviceIdentities;
  readonly log: Log;
  readonly timer: Timer;
  /** The device of that UUID, in lower case. */
  deviceOf(uuid: string): ScannerDevice | undefined;
  /** The device of that local name. */
  named(name: string): ScannerDevice | undefined;
}

/** The door of scanners at work. Disposing closes all their connections with 1001. */
export interface ScannerDoor extends AsyncDisposable {
  /** Attempts that were refused so far. */
  readonly refused: number;
}

const PATH = '/api/v1/device/ws';
/** Bytes of a message: more than the chunks of any device that exists. */
const MAX_MESSAGE = 4_194_304;
/** Pings of 20 s: a scan may block its device for five minutes (B24). */
const MISSED_PINGS = 15;
const MAX_TOKEN = 4096;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/;

/**
 * Opens the door where devices of both generations dial in, by their headers `Device-Id` and `Device-Token`: 401 before any
 * upgrade for whoever is none (rule 1), and 1013 after it while that cannot be told, for they do not call again after a refusal.
 */
export function openScannerDoor(listener: Listener, options: ScannerDoorOptions): ScannerDoor {
  const { identities, log, timer, deviceOf, named } = options;
  const door = openDoor({
    identities,
    log,
    timer,
    refusal: 401,
    unable: 'close',
    maxPayload: MAX_MESSAGE,
    missedPings: MISSED_PINGS,
    peerOf: (request) => listener.addressOf(request),
    receive(link) {
      const device = named(link.name);
      if (device) return device.attach(link);
      link.close(1008, 'removed');
      return { frame() {}, closed() {} };
    },
  });
  const duplicates = door.duplicates.subscribe(({ name }) => named(name)?.tellDuplicate());

  listener.upgrade(PATH, (upgrade) => {
    const id = headerOf(upgrade.request, 'device-id').toLowerCase();
    // An id that nobody has stands for itself: it is verified like any other, and takes as long.
    const name = UUID.test(id) ? (deviceOf(id)?.name ?? id) : '';
    const token = headerOf(upgrade.request, 'device-token');
    const isToken = token.length <= MAX_TOKEN && VISIBLE_ASCII.test(token);
    return door.admit(upgrade, { name, token: isToken ? token : undefined });
  });

  const close = async (): Promise<void> => {
    listener.closing.removeEventListener('abort', onClosing);
    duplicates.unsubscribe();
    await door.close(1012);
  };
  const onClosing = (): void => void close();
  if (listener.closing.aborted) onClosing();
  else listener.closing.addEventListener('abort', onClosing);

  return {
    get refused() {
      return door.refused;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** The one value of a header, or an empty string. */
function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
